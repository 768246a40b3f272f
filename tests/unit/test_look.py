"""What both sides look like is compared step by step, in words and pictures."""

from pathlib import Path

import pytest

from harness.compare import compare
from harness.evidence import RunFolder
from harness.look import Watched, look
from harness.model import Element, Observation, Outcome, Screenshot, Seen, Side, Trace
from tests.unit.evidence.test_differing import picture

TITLE, OTHER = Element(tag="h1", text="Orders"), Element(tag="h1", text="{{ title }}")
BOX, FAR = (40, 30, 20, 10), (200, 160, 30, 30)


class Stage:
    """Run folders with pictures."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def watched(self, name: str, **boxes: tuple[tuple[int, int, int, int], ...]) -> Watched:
        folder = RunFolder.at(self.path / name)
        return Watched(
            folder=folder,
            before=self._trace(folder, "before", boxes.get("before", ()), TITLE),
            after=self._trace(folder, "after", boxes.get("after", ()), OTHER),
        )

    @staticmethod
    def _trace(folder: RunFolder, side: Side, boxes: tuple[tuple[int, int, int, int], ...], title: Element) -> Trace:
        """Two steps, of which the second only looked."""
        picture(folder.side(side) / "01.png", *boxes)
        seen: tuple[Observation, ...] = (
            Screenshot(step=1, time_s=0.1, path=f"{side}/01.png"),
            Seen(step=1, time_s=0.1, elements=(title,)),
        )
        second = "passed" if side == "before" else "failed"
        outcomes = (
            Outcome(number=1, action="click", description={}, outcome="passed"),
            Outcome.model_validate({"number": 2, "action": "expect", "description": {}, "outcome": second}),
            Outcome(number=3, action="click", description={}, outcome="not-run"),
        )
        return Trace(side=side, browser="chromium 1", outcomes=outcomes, observations=seen)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_words_and_pictures_of_each_step_that_both_sides_got_to(stage: Stage) -> None:
    run = stage.watched("run", after=(BOX,))
    first, second = look(compare(run.before, run.after), run).appearance
    assert (first.step, second.step) == (1, 2)
    assert [(one.before, one.after) for one in second.changed] == [(TITLE, OTHER)]
    assert first.picture
    assert first.picture.regions == ((32, 16, 32, 32),)
    assert (run.folder.path / first.picture.path).is_file()
    assert second.picture == first.picture  # nothing had changed, so that it is there once
    assert len(list((run.folder.path / "differences").iterdir())) == 1


def test_what_differs_between_equals_is_no_difference(stage: Stage) -> None:
    run, again = stage.watched("run", after=(BOX, FAR)), stage.watched("again", after=(BOX,))
    first, _ = look(compare(run.before, run.after), run, [again]).appearance
    assert first.picture
    assert first.picture.regions == ((32, 16, 32, 32),)
    only_noise = stage.watched("noise", after=(BOX,))
    look(compare(only_noise.before, only_noise.after), only_noise)
    assert all(
        one.picture is None
        for one in look(compare(only_noise.before, only_noise.after), only_noise, [stage.watched("bare")]).appearance
    )
    assert list((only_noise.folder.path / "differences").iterdir()) == []  # what was shown before is gone


def test_pictures_that_are_missing_or_damaged_are_not_compared(stage: Stage) -> None:
    run = stage.watched("run", after=(BOX,))
    (run.folder.path / "after/01.png").write_text("no picture")
    assert all(one.picture is None for one in look(compare(run.before, run.after), run).appearance)
    (run.folder.path / "after/01.png").unlink()
    assert all(one.picture is None for one in look(compare(run.before, run.after), run).appearance)

"""reviewing: entries drafted from runs, and what becomes of them."""

from datetime import date
from pathlib import Path

import pytest

from harness import spec
from harness.errors import EngineError, InputError
from harness.language import Message
from harness.model import KnownIssue, Verdict
from harness.reviewing import draft, review
from harness.spec.known_issue import write_known_issue
from tests.stories import FLASK_ADMIN, GALLERY, SLIDES, Story, leave_run
from tests.unit.test_recognise import issue, shown

TODAY = date(2026, 12, 1)


def drafted(tmp_path: Path, story: Story) -> KnownIssue:
    return draft(leave_run(tmp_path / "runs", story), tmp_path / "known-issues", today=TODAY, given={})


@pytest.mark.parametrize("story", [GALLERY, FLASK_ADMIN], ids=lambda one: one.environment)
def test_a_draft_is_read_back_and_recognises_its_run(tmp_path: Path, story: Story) -> None:
    made = drafted(tmp_path, story)
    write_known_issue(made)
    read = spec.known_issue_file(made.path)
    assert read == made
    assert (read.owner, read.review) == ("?", date(2027, 3, 1))
    assert [one.issue for one in shown(story, read).known] == [read.name]
    assert shown(SLIDES, read).known == ()
    for symptom in read.symptoms:  # each on its own
        assert shown(story, read.model_copy(update={"symptoms": (symptom,)})).known


def test_what_people_say_is_taken(tmp_path: Path) -> None:
    run = leave_run(tmp_path / "runs", GALLERY)
    made = draft(run, tmp_path, today=TODAY, given={"cause": "jQuery 3", "mend": "", "owner": "anna"})
    assert (made.cause, made.mend, made.owner) == ("jQuery 3", "", "anna")


def test_there_must_be_a_failure(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is same: there is no failure to know"):
        drafted(tmp_path, SLIDES)


def test_nothing_is_known_twice(tmp_path: Path) -> None:
    made = drafted(tmp_path, GALLERY)
    write_known_issue(made)
    with pytest.raises(InputError, match="is there already"):
        drafted(tmp_path, GALLERY)
    made.path.rename(made.path.with_name("other.yaml"))
    with pytest.raises(InputError, match=r"known already: .*other\.yaml"):
        drafted(tmp_path, GALLERY)


def of(verdict: Verdict, one: KnownIssue) -> str:
    (found,) = review([one], lambda environment, scenario: verdict)
    return found.standing


def test_what_becomes_of_an_entry() -> None:
    known = issue(case={"environment": "a.yaml", "scenario": "b.yaml"})
    assert of(shown(GALLERY, known), known) == "there"
    assert of(GALLERY.verdict(), known) == "changed"
    assert of(SLIDES.verdict(), known) == "gone"
    assert of(GALLERY.verdict().model_copy(update={"verdict": "no-verdict"}), known) == "unknown"


def test_what_cannot_be_run_again_is_said() -> None:
    def broken(environment: Path, scenario: Path) -> Verdict:
        raise EngineError(Message("no engine"))

    without, with_case = issue(), issue(case={"environment": "a.yaml", "scenario": "b.yaml"})
    found = list(review([without, with_case], broken))
    assert [(one.standing, str(one.why)) for one in found] == [
        ("unknown", "it names no `case`, so it cannot be run again"),
        ("unknown", "no engine"),
    ]


def test_paths_are_from_the_folder_of_the_entry() -> None:
    asked: list[Path] = []

    def again(environment: Path, scenario: Path) -> Verdict:
        asked.extend((environment, scenario))
        return SLIDES.verdict()

    list(review([issue(case={"environment": "../a.yaml", "scenario": "b.yaml"})], again))
    assert asked == [Path("known-issues/../a.yaml"), Path("known-issues/b.yaml")]


def test_a_day_of_review_is_over_the_day_after() -> None:
    one = issue()
    assert not one.is_due(one.review)
    assert one.is_due(date(2027, 2, 1))

"""The story of a replay, with a browser that answers as told and steps that end as told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import replay as module
from harness.errors import BrowserError
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import (
    Client,
    ConsoleMessage,
    Dom,
    Environment,
    Outcome,
    Part,
    Recipe,
    Ref,
    Replica,
    Scenario,
    Screenshot,
    Server,
    Step,
    Trace,
)
from harness.model.arguments import StepArguments
from harness.observing.recording import Recording
from harness.protocols import StepFailure
from harness.replay import describe, replay
from harness.webdriver.bidi import BidiRefused
from tests.unit.fake_session import FakeSession, text

Doing = Callable[[Any], None]


class Arguments(StepArguments):
    short = ""


class FakeStep:
    Arguments = Arguments
    default_timeout_s = 1.0

    def __init__(self, doing: Doing, *, passive: bool = False) -> None:
        self.doing = doing
        self.passive = passive

    def describe(self, arguments: Any) -> Message:
        return Message("do {what}", what="it")

    def run(self, page: Any, arguments: Any) -> None:
        self.doing(page)


def good(page: Any) -> None:
    page.note(Message("went well"))


def bad(page: Any) -> None:
    raise StepFailure(Message("{target} is not in the page", target="css=#a"))


def dead(page: Any) -> None:
    raise BrowserError(Message("the tab crashed"))


def session_of() -> FakeSession:
    session = FakeSession()
    session.answers["script.callFunction"] = lambda params: (
        text('["Title", "http://p/", "1 1"]') if "glances" in params["functionDeclaration"] else text("<html></html>")
    )
    session.answers["network.addDataCollector"] = lambda _: {"collector": "1"}
    return session


class Stage:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.session = session_of()
        self.seen: list[Outcome] = []

    def play(self, *steps: FakeStep) -> Trace:
        names = [f"step-{number}" for number in range(1, len(steps) + 1)]
        self.monkeypatch.setattr(module, "STEPS", dict(zip(names, steps, strict=True)))
        scenario = Scenario(
            path=Path("s.yaml"),
            name="s",
            steps=tuple(
                Step(number=number, action=name, arguments=Arguments(), timeout_s=1)
                for number, name in enumerate(names, 1)
            ),
        )
        return replay(
            scenario,
            self.replica(),
            self.folder / "after",
            side="after",
            on_step=self.seen.append,
            session=self.session,
        )

    def replica(self) -> Replica:
        recipe = Recipe(name="p", folder=self.folder, product=Part(version=("1",)), start=("p",), port=80)
        return Replica(
            run_id="r",
            environment=Environment(client=Client(), server=Server(product=Ref(name="p"))),
            recipe=recipe,
            product_url="http://p",
            product_address=("127.0.0.1", 80),
            webdriver_url="http://127.0.0.1:1",
            network="n",
            product_container="c",
            browser_container="b",
            log_path=self.folder / "server.log",
        )


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def test_steps_that_pass(stage: Stage) -> None:
    trace = stage.play(FakeStep(good), FakeStep(good))
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed", "passed"]
    assert [outcome.number for outcome in stage.seen] == [1, 2]
    first = trace.outcomes[0]
    assert (first.page_title, first.page_url) == ("Title", "http://p/")
    assert [note.text for note in first.notes] == ["went well"]
    assert first.description["en"] == "do it"
    assert (trace.side, trace.browser, trace.fault, trace.not_observed) == ("after", "fake 1.0", None, ())


def test_steps_that_do_something_are_told_from_those_that_look(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    acted = list[int]()
    monkeypatch.setattr(Recording, "acted", lambda recording: acted.append(recording.at()[0]))
    stage.play(FakeStep(good), FakeStep(good, passive=True), FakeStep(good))
    assert acted == [1, 3]


def test_the_first_failure_ends_the_replay(stage: Stage) -> None:
    trace = stage.play(FakeStep(good), FakeStep(bad), FakeStep(good))
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed", "failed", "not-run"]
    assert trace.failed
    assert trace.failed.reason
    assert str(trace.failed.reason.message()) == "css=#a is not in the page"
    assert trace.fault is None
    assert [outcome.number for outcome in stage.seen] == [1, 2]


def test_a_dead_browser_is_a_fault_and_no_failed_step(stage: Stage) -> None:
    trace = stage.play(FakeStep(good), FakeStep(dead), FakeStep(good))
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed", "not-run", "not-run"]
    assert trace.fault
    assert (trace.fault.step, str(trace.fault.reason.message())) == (2, "the tab crashed")


def test_a_browser_that_dies_at_the_end_of_a_step_is_a_fault(stage: Stage) -> None:
    def die(page: Any) -> None:
        stage.session.lost = BrowserError(Message("the tab crashed"))

    trace = stage.play(FakeStep(good), FakeStep(die))
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed", "not-run"]
    assert trace.fault


def test_a_step_that_fails_because_the_browser_died_is_a_fault(stage: Stage) -> None:
    def die(page: Any) -> None:
        stage.session.lost = BrowserError(Message("the tab crashed"))
        raise StepFailure(Message("css=#a is not in the page"))

    trace = stage.play(FakeStep(die))
    assert trace.failed is None
    assert trace.fault


def test_a_browser_that_dies_after_its_last_answer_fails_no_step(stage: Stage) -> None:
    alive = stage.session.answers["script.callFunction"]

    def last_words(params: Any) -> Any:
        said = alive(params)
        if "glances" in params["functionDeclaration"]:
            stage.session.lost = BrowserError(Message("the tab crashed"))
        return said

    stage.session.answers["script.callFunction"] = last_words
    trace = stage.play(FakeStep(bad))
    assert trace.failed is None
    assert trace.fault


def test_the_trace_on_disk_says_the_same(stage: Stage) -> None:
    (stage.folder / "server.log").write_text("2026-11-22T20:00:00Z started\n")
    trace = stage.play(FakeStep(good), FakeStep(bad), FakeStep(good))
    assert RunFolder(path=stage.folder).read_trace("after") == trace


def test_a_fault_is_on_disk_too(stage: Stage) -> None:
    trace = stage.play(FakeStep(dead))
    assert RunFolder(path=stage.folder).read_trace("after") == trace


def test_every_step_has_its_picture_and_document(stage: Stage) -> None:
    trace = stage.play(FakeStep(good), FakeStep(good), FakeStep(bad))
    for kind, content in ((Screenshot, b"picture"), (Dom, b"<html></html>")):
        found = [item for item in trace.observations if isinstance(item, kind)]
        assert [item.step for item in found] == [1, 2, 3]
        assert len({item.path for item in found}) == 3
        assert all((stage.folder / item.path).read_bytes() == content for item in found)


def test_a_step_that_only_looked_shares_the_picture_where_nothing_moved(stage: Stage) -> None:
    trace = stage.play(FakeStep(good), FakeStep(good, passive=True), FakeStep(bad, passive=True))
    paths = [item.path for item in trace.observations if isinstance(item, Screenshot)]
    assert paths == ["after/screenshots/01.png", "after/screenshots/01.png", "after/screenshots/03.png"]


def test_it_takes_a_new_picture_where_something_moved(stage: Stage) -> None:
    marks = iter(range(10))
    stage.session.answers["script.callFunction"] = lambda params: (
        text(f'["T", "http://p/", "1 {next(marks)}"]') if "glances" in params["functionDeclaration"] else text("<p>")
    )
    trace = stage.play(FakeStep(good), FakeStep(good, passive=True))
    assert len({item.path for item in trace.observations if isinstance(item, Screenshot)}) == 2


def test_what_happens_during_a_step_is_placed_in_it(stage: Stage) -> None:
    import time

    def speak(page: Any) -> None:
        args = [{"type": "string", "value": "hello"}]
        entry = {"type": "console", "level": "info", "text": "hello", "args": args, "timestamp": time.time() * 1000}
        page.session.happen("log.entryAdded", **entry)

    trace = stage.play(FakeStep(good), FakeStep(speak))
    (found,) = [item for item in trace.observations if isinstance(item, ConsoleMessage)]
    assert (found.step, found.text) == (2, "hello")


def test_what_a_browser_cannot_give_is_said(stage: Stage) -> None:
    refused = BidiRefused("network.addDataCollector", "unknown command", "no such command")
    stage.session.answers["network.addDataCollector"] = lambda _: refused
    trace = stage.play(FakeStep(good))
    assert [str(said.message()) for said in trace.not_observed] == [
        "the bodies of answers: unknown command: no such command"
    ]
    assert trace.fault is None


def test_the_session_is_closed_in_any_case(stage: Stage) -> None:
    stage.play(FakeStep(dead))
    assert stage.session.closed == 1

    def ours(page: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage.play(FakeStep(ours))
    assert stage.session.closed == 2


def test_the_authors_words_come_first() -> None:
    step = Step(number=1, action="pause", arguments=Arguments(), description="Breathe", timeout_s=1)
    assert describe(step) == {"en": "Breathe", "zh": "Breathe"}
    both = step.model_copy(update={"description": {"en": "Breathe", "zh": "呼吸"}})
    assert describe(both) == {"en": "Breathe", "zh": "呼吸"}

"""What is kept of a session, without a browser."""

from pathlib import Path

import pytest

from harness.errors import BrowserError
from harness.evidence import RunFolder
from harness.language import Message
from harness.masking import Secrets
from harness.model import Fault, LogLine, Outcome, Said, Screenshot
from harness.observing import Observing
from tests.unit.fake_session import FakeSession, text


@pytest.fixture
def session() -> FakeSession:
    made = FakeSession()
    made.answers["script.callFunction"] = lambda _: text("<html></html>")
    made.answers["network.addDataCollector"] = lambda _: {"collector": "1"}
    return made


@pytest.fixture
def observing(session: FakeSession, tmp_path: Path) -> Observing:
    made = Observing(session, tmp_path / "before", side="before", name="by-hand", secrets=Secrets())
    made.begin()
    return made


def outcome(number: int, ended: str) -> Outcome:
    return Outcome.model_validate({"number": number, "action": "open", "description": {}, "outcome": ended})


def test_a_trace_is_what_was_observed_and_is_on_disk(observing: Observing, tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("2026-11-22T20:00:00Z serving\n")
    observing.recording.step_begins()
    for future in observing.show(1):
        future.result(5)
    observing.ended(outcome(1, "passed"))
    trace = observing.end(None, log)
    observing.close()
    assert (trace.side, trace.browser, trace.fault) == ("before", "fake 1.0", None)
    assert trace.outcomes == (outcome(1, "passed"),)
    assert {Screenshot, LogLine} <= {type(item) for item in trace.observations}
    assert RunFolder(path=tmp_path).read_trace("before") == trace
    assert "by-hand" in (tmp_path / "before/trace.jsonl").read_text().splitlines()[0]


@pytest.mark.parametrize(("ended", "seen"), [("passed", True), ("failed", False)])
def test_what_the_last_step_set_off_is_waited_for_where_it_passed(
    observing: Observing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: str, seen: bool
) -> None:
    recording = observing.recording
    late = LogLine(step=1, time_s=0.0, source="product", text="late")
    monkeypatch.setattr(recording, "quiet", lambda *_: recording.emit(late))
    observing.ended(outcome(1, ended))
    assert (late in observing.end(None, tmp_path / "none").observations) is seen


def test_the_log_is_read_when_it_is_complete(observing: Observing, tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    observing.recording.step_begins()
    observing.ended(outcome(1, "passed"))
    trace = observing.end(None, log, logged=lambda: log.write_text("2026-11-22T20:00:00Z late\n") and None)
    assert [one.text for one in trace.observations if isinstance(one, LogLine)] == ["late"]


def test_a_browser_that_is_lost_is_the_fault_of_the_last_step_that_ran(
    observing: Observing, session: FakeSession, tmp_path: Path
) -> None:
    for number, ended in enumerate(("passed", "failed", "not-run"), 1):
        observing.ended(outcome(number, ended))
    session.lost = BrowserError(Message("the tab crashed"))
    assert observing.end(None, tmp_path / "none").fault == Fault(reason=Said(text="the tab crashed"), step=2)


def test_a_fault_that_is_known_counts_more(observing: Observing, session: FakeSession, tmp_path: Path) -> None:
    session.lost = BrowserError(Message("the tab crashed"))
    fault = Fault(reason=Said(text="the disk is full"), step=1)
    assert observing.end(fault, tmp_path / "none").fault == fault

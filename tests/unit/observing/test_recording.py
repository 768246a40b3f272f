"""What a replay keeps while it runs."""

import json
from pathlib import Path
from threading import Timer
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.masking import Secrets
from harness.model import Attempt, ConsoleMessage, Dom, LogLine, Mail
from harness.observing.recording import LOG_LINE_LIMIT, Recording, log_lines
from tests.unit.fake_session import FakeSession

HEAD = Attempt(selector="head", found=0, state="missing")


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(FakeSession(), tmp_path / "before", HEAD, Secrets())


def message(text: str = "x") -> ConsoleMessage:
    return ConsoleMessage(step=0, time_s=0, level="info", text=text)


def test_each_fact_is_on_disk_at_once(recording: Recording) -> None:
    recording.emit(message("中\n"))
    lines = (recording.folder / "trace.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line).get("text") for line in lines] == [None, "中\n"]
    assert recording.observed() == (message("中\n"),)


def test_nulls_inside_of_a_body_stay(recording: Recording) -> None:
    from harness.model import Request

    recording.emit(Request(step=0, time_s=0, method="GET", url="/", body={"a": None}))
    assert json.loads((recording.folder / "trace.jsonl").read_text().splitlines()[1])["body"] == {"a": None}


def test_what_comes_after_the_end_is_dropped(recording: Recording) -> None:
    recording.close()
    recording.emit(message())
    assert len((recording.folder / "trace.jsonl").read_text().splitlines()) == 1


def test_times_are_placed_in_steps(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("harness.observing.recording.time", lambda: clock[0])
    recording._began = 1000.0
    for seconds in (1001.0, 1002.0):
        clock[0] = seconds
        recording.step_begins()
    clock[0] = 1003.0
    assert recording.at() == (2, 3.0)
    assert [recording.at(epoch_s) for epoch_s in (1000.5, 1001.0, 1001.9, 1002.5)] == [
        (0, 0.5),
        (1, 1.0),
        (1, 1.9),
        (2, 2.5),
    ]
    assert recording.at(2000.0) == (2, 3.0)  # a clock that is ahead


def test_times_of_a_browser_whose_clock_is_wrong_are_placed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.observing.recording.time", lambda: 1000.0)
    recording = Recording(FakeSession(), tmp_path / "before", HEAD, Secrets(), 86400)
    monkeypatch.setattr("harness.observing.recording.time", lambda: 1005.0)
    assert recording.at(1002.0 + 86400) == (0, 2.0)
    assert recording.at() == (0, 5.0)


def test_waiting_ends_with_news(recording: Recording) -> None:
    Timer(0.05, lambda: recording.emit(message())).start()
    recording.wait(10)
    assert len(recording.observed()) == 1


def test_quiet_is_when_nothing_comes_any_more(recording: Recording) -> None:
    def speak(more: int) -> None:
        recording.emit(message())
        if more:
            Timer(0.02, speak, [more - 1]).start()

    recording.quiet(60, 60)  # nothing has come yet, so that there is nothing to wait for
    speak(5)
    recording.quiet(60, 0)  # whose time is up at once
    recording.emit(Dom(step=0, time_s=0, path="x"))  # which is ours
    recording.quiet(0.5, 60)
    assert len(recording.observed()) == 7


def test_what_a_step_did_is_given_time_to_be_answered(recording: Recording) -> None:
    recording.step_begins()
    recording.acted()
    Timer(0.02, recording.emit, [message()]).start()
    recording.quiet(0.5, 60)
    assert len(recording.observed()) == 1


def test_a_step_that_only_looked_is_not_waited_for(recording: Recording) -> None:
    recording.step_begins()
    recording.acted()
    recording.step_begins()
    began = monotonic()
    recording.quiet(60, 60)
    assert monotonic() - began < 50


def test_the_servers_lines_are_placed_in_steps(recording: Recording, tmp_path: Path) -> None:
    recording._began = 1_795_377_600.0  # 2026-11-22T20:00:00Z
    recording._starts = [1.0, 2.0]
    log = tmp_path / "server.log"
    log.write_text(
        "2026-11-22T19:59:59.500000000Z starting\n"
        "2026-11-22T20:00:01.250Z GET /\n"
        "Traceback without a time\n"
        "\n"
        "2026-11-22T21:00:02.5+01:00 done\n",
        "utf-8",
    )
    recording.place_log(log)
    assert recording.observed() == (
        LogLine(step=0, time_s=-0.5, text="starting"),
        LogLine(step=1, time_s=1.25, text="GET /"),
        LogLine(step=1, time_s=1.25, text="Traceback without a time"),
        LogLine(step=2, time_s=2.5, text="done"),
    )


def test_the_log_of_a_service_is_placed_without_what_it_says_to_who_waits_for_it(
    recording: Recording, tmp_path: Path
) -> None:
    recording._began = 1_795_377_600.0  # 2026-11-22T20:00:00Z
    log = tmp_path / "service-postgresql.log"
    log.write_text(
        "2026-11-22T20:00:00.5Z FATAL:  the database system is starting up\n"
        '2026-11-22T20:00:01Z ERROR:  relation "shop" does not exist\n',
        "utf-8",
    )
    recording.place_log(log, "postgresql")
    (line,) = recording.observed()
    assert line == LogLine(step=0, time_s=1.0, source="postgresql", text='ERROR:  relation "shop" does not exist')


def test_what_a_mail_server_tells_of_is_a_mail(recording: Recording, tmp_path: Path) -> None:
    recording._began = 1_795_377_600.0
    log = tmp_path / "service-smtp.log"
    log.write_text('2026-11-22T20:00:01Z mail {"recipients": ["b@x.test"], "subject": "Hello"}\n', "utf-8")
    recording.place_log(log, "smtp")
    assert recording.observed() == (Mail(step=0, time_s=1.0, source="smtp", recipients=("b@x.test",), subject="Hello"),)


def test_no_log_is_no_lines(tmp_path: Path) -> None:
    assert list(log_lines(tmp_path / "none")) == []


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_are_some_lines(tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]) -> None:
    log = tmp_path_factory.mktemp("log") / "server.log"
    log.write_bytes(b"\n".join(b"2026-11-22T20:00:00Z " + chunk for chunk in chunks))
    for epoch_s, text in log_lines(log):
        assert epoch_s == 1_795_377_600.0
        assert text.strip()
        assert "\n" not in text


def test_long_lines_are_cut(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("2026-11-22T20:00:00Z " + "x" * 10_000)
    ((_, text),) = log_lines(log)
    assert len(text) == LOG_LINE_LIMIT

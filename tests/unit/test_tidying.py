"""What an error or an interruption leaves of a run: nothing, whatever its threads and the engine do."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from harness import tidying
from harness.engine import Swept
from harness.errors import EngineError
from harness.language import Message
from harness.tidying import TRIES, removed_at_once


class Removals:
    """Stands for the engine's removal; each of ``failures`` first calls fails."""

    def __init__(self, failures: int) -> None:
        self.failures, self.calls = failures, 0

    def __call__(self, engine: object, *, run_id: str) -> Swept:
        self.calls += 1
        if self.calls <= self.failures:
            raise EngineError(Message("the engine is busy"))
        return Swept()


@pytest.fixture
def over() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def left(monkeypatch: pytest.MonkeyPatch, removals: Removals, *threads: Thread) -> None:
    monkeypatch.setattr(tidying, "remove", removals)
    with pytest.raises(KeyboardInterrupt), removed_at_once(None, "run", threads):  # type: ignore[arg-type]
        raise KeyboardInterrupt


def test_an_engine_that_fails_once_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    removals = Removals(failures=3)
    left(monkeypatch, removals)
    assert removals.calls == 4


def test_an_engine_that_is_gone_is_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    removals = Removals(failures=10_000)
    left(monkeypatch, removals)
    assert removals.calls == TRIES


def test_what_a_thread_still_starts_is_removed_too(monkeypatch: pytest.MonkeyPatch, over: Event) -> None:
    thread = Thread(target=over.wait, daemon=True)
    thread.start()
    removals = Removals(failures=0)

    def counted(engine: object, *, run_id: str) -> Swept:
        if removals.calls == 3:
            over.set()
            thread.join()
        return removals(engine, run_id=run_id)

    monkeypatch.setattr(tidying, "remove", counted)
    with pytest.raises(KeyboardInterrupt), removed_at_once(None, "run", [thread]):  # type: ignore[arg-type]
        raise KeyboardInterrupt
    assert removals.calls == 5  # the last after the thread had ended


def test_without_an_error_nothing_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    removals = Removals(failures=0)
    monkeypatch.setattr(tidying, "remove", removals)
    with removed_at_once(None, "run", []):  # type: ignore[arg-type]
        pass
    assert removals.calls == 0

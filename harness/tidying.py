"""The threads of a run, and what an interruption leaves of them and of all that they started: nothing."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from harness.engine import Engine, remove
from harness.errors import EngineError
from harness.signals import undisturbed

GOODBYE_S = 10.0  # how long an interrupted run waits for its threads
AGAIN_S = 0.02
TRIES = 25  # of a removal that the engine fails at

T = TypeVar("T")


@contextmanager
def removed_at_once(engine: Engine, run_id: str, threads: Sequence[threading.Thread]) -> Iterator[None]:
    """An error or an interruption removes all there is of a run, and what its threads still start: they
    are not interrupted themselves, so that each thing that comes into being is known to somebody."""
    try:
        yield
    except BaseException:
        with undisturbed():
            _remove_until_over(engine, run_id, threads)
        raise


def _remove_until_over(engine: Engine, run_id: str, threads: Sequence[threading.Thread]) -> None:
    """Remove until no thread lives and a removal went through. An engine that fails is asked again some times; that
    it fails is not said: the error that led here says more."""
    deadline, failures = monotonic() + GOODBYE_S, 0
    pause = threading.Event()  # never set
    while monotonic() < deadline and failures < TRIES:
        alive = [thread for thread in threads if thread.is_alive()]
        try:
            remove(engine, run_id=run_id)
            if not alive:
                return
        except EngineError:
            failures += 1
        pause.wait(AGAIN_S)


def in_thread(work: "Callable[[Future[T]], None]") -> "tuple[threading.Thread, Future[T]]":
    """Run ``work`` in a thread that does not keep the process alive; it sets the future's
    result, and what it raises before that is the future's error."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            work(done)
        except BaseException as exc:  # noqa: BLE001  handed over to whoever waits
            if not done.done():
                done.set_exception(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, done

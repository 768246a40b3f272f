"""A log is complete when it holds what the engine had, however late it is written."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer
from time import monotonic
from typing import Any

import pytest

from harness.errors import EngineError
from harness.language import Message
from harness.replicas.followers import Follower


class Printing:
    """A container that has printed ``newest`` lines, which come when they are let."""

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self.let, self.over = Event(), Event()

    def newest_line_at(self) -> bytes:
        return stamp(self.newest) if self.newest else b""

    def keep_log(self, path: Path, mask: Callable[[str], str], kept: Callable[[bytes], None]) -> None:
        with path.open("a") as log:
            for number in range(1, self.newest + 1):
                self.let.wait()
                log.write(f"{mask(str(number))}\n")
                log.flush()
                kept(stamp(number))
        self.over.wait()


def stamp(number: int) -> bytes:
    return f"2026-11-29T21:16:05.{number:09}Z".encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def follower(container: Any, path: Path) -> Follower:
    return Follower(container, path, str)


def test_what_was_printed_is_waited_for(path: Path) -> None:
    container = Printing(3)
    following = follower(container, path)
    Timer(0.05, container.let.set).start()
    following.catch_up(60)
    assert path.read_text() == "1\n2\n3\n"
    container.over.set()
    following.join()


def test_nothing_is_waited_for_where_nothing_was_printed(path: Path) -> None:
    container = Printing(0)
    following = follower(container, path)
    began = monotonic()
    following.catch_up(60)
    assert monotonic() - began < 50
    container.over.set()


def test_the_wait_is_bounded_and_ends_with_the_container(path: Path) -> None:
    container = Printing(1)
    following = follower(container, path)
    following.catch_up(0.01)
    assert path.read_text() == ""
    container.let.set()
    container.over.set()
    following.join()
    container.newest = 2  # which nobody will write any more
    began = monotonic()
    following.catch_up(60)
    assert monotonic() - began < 50


def test_an_engine_that_does_not_say_it_is_an_error(path: Path) -> None:
    container = Printing(0)

    def gone() -> bytes:
        raise EngineError(Message("gone"))

    container.newest_line_at = gone  # type: ignore[method-assign]
    with pytest.raises(EngineError):
        follower(container, path).catch_up(1)
    container.over.set()

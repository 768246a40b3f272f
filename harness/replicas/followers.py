"""Followers: the log of each container of a replica in a file, as it comes."""

from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread
from time import monotonic

from harness.engine.containers import Running


class Follower:
    """Keeps what a container prints in ``path`` from now on, until it ends or is removed; ``mask`` as ``keep_log``."""

    def __init__(self, running: Running, path: Path, mask: Callable[[str], str]) -> None:
        self._running = running
        self._last = b""  # when the engine got the newest line that is kept
        self._news = Condition()
        self._ended = False
        self._thread = Thread(target=self._follow, args=(path, mask), name=f"{path.stem}-log", daemon=True)
        self._thread.start()

    def catch_up(self, timeout_s: float) -> None:
        """Wait until all is kept that the engine has now; EngineError where it does not say what that is."""
        newest, deadline = self._running.newest_line_at(), monotonic() + timeout_s
        with self._news:
            while self._last < newest and not self._ended and (left_s := deadline - monotonic()) > 0:
                self._news.wait(left_s)

    def join(self) -> None:
        """Wait until the container is gone, or has ended."""
        self._thread.join()

    def _follow(self, path: Path, mask: Callable[[str], str]) -> None:
        try:
            self._running.keep_log(path, mask, self._kept)
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _kept(self, at: bytes) -> None:
        with self._news:
            self._last = max(self._last, at)
            self._news.notify_all()

"""Questions that many threads ask and one answers. Imports nothing of ours."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Answers by key, each made by the first who asks; whoever asks later waits for it."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Future[T]] = {}
        self._lock = threading.Lock()

    def claim(self, key: Hashable) -> "Future[T] | None":
        """The future that the caller must now see to; None where somebody else does already."""
        with self._lock:
            if key in self._answers:
                return None
            future = self._answers[key] = Future()
            return future

    def answer(self, key: Hashable) -> T:
        """The answer to a question that was claimed; raises what its answering raised."""
        return self._answers[key].result()

    def ask(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer, made here where nobody has asked before."""
        mine = self.claim(key)
        if mine is not None:
            try:
                mine.set_result(make())
            except BaseException as exc:
                mine.set_exception(exc)
                raise
        return self.answer(key)

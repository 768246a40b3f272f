"""Pictures: files of evidence, one a step, whose content comes from the browser a little later."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from typing import TypeVar

from harness.errors import HarnessError
from harness.model import Dom, Screenshot
from harness.protocols import Watch

T = TypeVar("T")


class Pictures:
    """Keeps what was asked of the browser under ``<folder>/<step>.<suffix>``, and says so."""

    def __init__(self, watch: Watch, folder: str, suffix: str, kind: type[Screenshot] | type[Dom]) -> None:
        (watch.folder / folder).mkdir(parents=True, exist_ok=True)
        self._watch = watch
        self._name = f"{watch.folder.name}/{folder}/{{:02}}.{suffix}"
        self._kind = kind
        self._kept: dict[int, Future[None]] = {}
        self._said: list[Future[None]] = []
        self._last = 0  # number of the newest

    def keep(self, number: int, asked: Future[T], content: Callable[[T], bytes]) -> Future[None]:
        """Keep what was asked at the end of a step; done when it is on disk and observed."""
        step, time_s = self._watch.at()
        path = self._name.format(number)
        kept: Future[None] = Future()
        self._kept[number], self._last = kept, number

        def write(shown: Future[T]) -> None:
            try:
                (self._watch.folder.parent / path).write_bytes(content(shown.result()))
                self._watch.emit(self._kind(step=step, time_s=time_s, path=path))
            except (HarnessError, OSError) as exc:
                kept.set_exception(exc)
            else:
                kept.set_result(None)

        asked.add_done_callback(write)
        return kept

    def keep_last(self) -> bool:
        """Let the newest file show the page at the end of this step, too; false where there is none."""
        kept = self._kept.get(self._last)
        if kept is None:
            return False
        step, time_s = self._watch.at()
        observation = self._kind(step=step, time_s=time_s, path=self._name.format(self._last))
        said: Future[None] = Future()
        self._said.append(said)

        def emit(shown: Future[None]) -> None:
            if shown.exception() is None:
                self._watch.emit(observation)
            said.set_result(None)

        kept.add_done_callback(emit)
        return True

    def finish(self, timeout_s: float) -> dict[int, str]:
        """Wait for what is under way; the steps that have no file, and why."""
        wait_for_all([*self._kept.values(), *self._said], timeout=timeout_s)
        missing = {number: kept.exception() if kept.done() else TimeoutError() for number, kept in self._kept.items()}
        return {number: str(exc) or "no answer" for number, exc in missing.items() if exc is not None}

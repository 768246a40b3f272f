"""screenshot: the viewport at the end of every step, asked for at once and written when it comes."""

from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from typing import Any

from harness.errors import BrowserError
from harness.language import Message
from harness.model import Screenshot
from harness.protocols import Watch


class Screenshots:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        self._asked: dict[int, Future[bytes]] = {}
        self._last = 0  # number of the newest
        (watch.folder / "screenshots").mkdir(parents=True, exist_ok=True)
        return ()

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        step, time_s = self._watch.at()
        if unchanged and (earlier := self._asked.get(self._last)):
            self._emit_when_there(earlier, Screenshot(step=step, time_s=time_s, path=self._path(self._last)))
            return ()
        image = self._watch.session.screenshot()
        self._asked[number], self._last = image, number
        path = self._path(number)

        def write(shown: Future[bytes]) -> None:
            if shown.exception() is None:
                (self._watch.folder.parent / path).write_bytes(shown.result())

        image.add_done_callback(write)
        self._emit_when_there(image, Screenshot(step=step, time_s=time_s, path=path))
        return [image]

    def _path(self, number: int) -> str:
        return f"{self._watch.folder.name}/screenshots/{number:02}.{self._watch.session.image_suffix}"

    def _emit_when_there(self, image: Future[bytes], observation: Screenshot) -> None:
        def emit(shown: Future[bytes]) -> None:
            if shown.exception() is None:
                self._watch.emit(observation)

        image.add_done_callback(emit)

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        wait_for_all(self._asked.values(), timeout=timeout_s)
        return tuple(
            Message("no screenshot of step {number}: {why}", number=number, why=_why(image))
            for number, image in self._asked.items()
            if not image.done() or image.exception() is not None
        )


def _why(image: Future[bytes]) -> str:
    error = image.exception() if image.done() else None
    return str(error.what) if isinstance(error, BrowserError) else "no answer"

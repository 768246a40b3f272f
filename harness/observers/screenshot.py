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
        (watch.folder / "screenshots").mkdir(parents=True, exist_ok=True)
        return ()

    def step_ended(self, number: int) -> Sequence[Future[Any]]:
        step, time_s = self._watch.at()
        image = self._watch.session.screenshot()
        self._asked[number] = image
        name = f"screenshots/{number:02}.{self._watch.session.image_suffix}"

        def write(shown: Future[bytes]) -> None:
            if shown.exception() is None:
                (self._watch.folder / name).write_bytes(shown.result())
                self._watch.emit(Screenshot(step=step, time_s=time_s, path=f"{self._watch.folder.name}/{name}"))

        image.add_done_callback(write)
        return [image]

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

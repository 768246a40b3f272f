"""screenshot: the viewport at the end of every step, asked for at once and written when it comes."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from harness.evidence.pictures import Pictures
from harness.language import Message
from harness.model import Screenshot
from harness.protocols import Watch


class Screenshots:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        self._pictures = Pictures(watch, "screenshots", watch.session.image_suffix, Screenshot)
        return ()

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        if unchanged and self._pictures.keep_last():
            return ()
        return [self._pictures.keep(number, self._watch.screenshot(), bytes)]

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        return tuple(
            Message("no screenshot of step {number}: {why}", number=number, why=why)
            for number, why in self._pictures.finish(timeout_s).items()
        )

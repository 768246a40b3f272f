"""errors: exceptions and rejected promises that no code of the page caught
(BiDi ``log.entryAdded`` of type ``javascript``)."""

import re
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from harness.language import Message
from harness.model import ScriptError
from harness.protocols import Watch
from harness.remote import origin

UNCAUGHT = re.compile(r"^Uncaught (\(in promise\) )?")  # Chromium says it of some


class Errors:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        return [watch.session.subscribe({"log.entryAdded": self._entry})]

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        return ()

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        return ()

    def _entry(self, entry: dict[str, Any]) -> None:
        if entry.get("type") != "javascript":
            return
        step, time_s = self._watch.at(entry["timestamp"] / 1000)
        self._watch.emit(
            ScriptError(
                step=step,
                time_s=time_s,
                text=UNCAUGHT.sub("", str(entry.get("text") or "")),
                **origin(entry),
            )
        )

"""console: what the page writes to its console (BiDi ``log.entryAdded`` of type ``console``)."""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from harness.language import Message
from harness.model import ConsoleMessage
from harness.protocols import Watch
from harness.remote import origin, plain

TEXT_LIMIT = 10_000
SIMPLE = frozenset({"string", "number", "boolean", "null", "undefined", "bigint"})


class Console:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        return [watch.session.subscribe({"log.entryAdded": self._entry})]

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        return ()

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        return ()

    def _entry(self, entry: dict[str, Any]) -> None:
        if entry.get("type") != "console":
            return
        step, time_s = self._watch.at(entry["timestamp"] / 1000)
        self._watch.emit(
            ConsoleMessage(
                step=step,
                time_s=time_s,
                level=entry["level"],
                text=text_of(entry),
                **origin(entry),
            )
        )


def text_of(entry: dict[str, Any]) -> str:
    """The words as the console shows them; objects as JSON, where BiDi says only what they are."""
    args = entry.get("args") or []
    if all(arg["type"] in SIMPLE for arg in args):
        return str(entry.get("text") or "")[:TEXT_LIMIT]
    return " ".join(map(_word, args))[:TEXT_LIMIT]


def _word(arg: dict[str, Any]) -> str:
    value = plain(arg)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""console: what the page writes to its console (BiDi ``log.entryAdded`` of type ``console``)."""

import json
from typing import Any

from harness.language import Message
from harness.model import ConsoleMessage
from harness.webdriver.log_entries import LogEntries
from harness.webdriver.values import origin, plain

TEXT_LIMIT = 10_000
SIMPLE = frozenset({"string", "number", "boolean", "null", "undefined", "bigint"})


class Console(LogEntries):
    entry_type = "console"

    def __init__(self) -> None:
        self._placed: set[bool] = set()  # whether messages came with their place

    def observation(self, entry: dict[str, Any], step: int, time_s: float) -> ConsoleMessage:
        self._placed.add(bool(origin(entry)))
        return ConsoleMessage(step=step, time_s=time_s, level=entry["level"], text=text_of(entry), **origin(entry))

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        unplaced = (Message("where in the page console messages come from"),) if self._placed == {False} else ()
        return (*super().finish(timeout_s), *unplaced)


def text_of(entry: dict[str, Any]) -> str:
    """The words as the console shows them; objects as JSON, where BiDi says only what they are."""
    args = entry.get("args") or []
    if all(arg["type"] in SIMPLE for arg in args):
        return str(entry.get("text") or "")[:TEXT_LIMIT]
    return " ".join(map(_word, args))[:TEXT_LIMIT]


def _word(arg: dict[str, Any]) -> str:
    value = plain(arg)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""console: what the page writes to its console (BiDi ``log.entryAdded`` of type ``console``)."""

import json
from typing import Any

from harness.log_entries import LogEntries
from harness.model import ConsoleMessage
from harness.remote import origin, plain

TEXT_LIMIT = 10_000
SIMPLE = frozenset({"string", "number", "boolean", "null", "undefined", "bigint"})


class Console(LogEntries):
    entry_type = "console"

    def observation(self, entry: dict[str, Any], step: int, time_s: float) -> ConsoleMessage:
        return ConsoleMessage(step=step, time_s=time_s, level=entry["level"], text=text_of(entry), **origin(entry))


def text_of(entry: dict[str, Any]) -> str:
    """The words as the console shows them; objects as JSON, where BiDi says only what they are."""
    args = entry.get("args") or []
    if all(arg["type"] in SIMPLE for arg in args):
        return str(entry.get("text") or "")[:TEXT_LIMIT]
    return " ".join(map(_word, args))[:TEXT_LIMIT]


def _word(arg: dict[str, Any]) -> str:
    value = plain(arg)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

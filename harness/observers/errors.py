"""errors: exceptions and rejected promises that no code of the page caught
(BiDi ``log.entryAdded`` of type ``javascript``)."""

import re
from typing import Any

from harness.model import ConsoleMessage, Observation, ScriptError
from harness.webdriver.log_entries import LogEntries
from harness.webdriver.values import origin

THROWN = re.compile(r"(uncaught\b|\w*(error|exception)\b)", re.IGNORECASE)
UNCAUGHT = re.compile(r"^Uncaught (\(in promise\) )?")  # Chromium says it of some


class Errors(LogEntries):
    entry_type = "javascript"

    def observation(self, entry: dict[str, Any], step: int, time_s: float) -> Observation:
        text = UNCAUGHT.sub("", said := str(entry.get("text") or ""))
        if not entry.get("stackTrace") and not THROWN.match(said):  # what Firefox itself thinks of a document
            return ConsoleMessage(step=step, time_s=time_s, level="warn", text=text)
        return ScriptError(step=step, time_s=time_s, text=text, **origin(entry))

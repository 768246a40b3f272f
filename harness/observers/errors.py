"""errors: exceptions and rejected promises that no code of the page caught
(BiDi ``log.entryAdded`` of type ``javascript``)."""

import re
from typing import Any

from harness.log_entries import LogEntries
from harness.model import ScriptError
from harness.remote import origin

UNCAUGHT = re.compile(r"^Uncaught (\(in promise\) )?")  # Chromium says it of some


class Errors(LogEntries):
    entry_type = "javascript"

    def observation(self, entry: dict[str, Any], step: int, time_s: float) -> ScriptError:
        text = UNCAUGHT.sub("", str(entry.get("text") or ""))
        return ScriptError(step=step, time_s=time_s, text=text, **origin(entry))

"""What may mend a regression and was not tried, as commands."""

import shlex
from collections.abc import Iterator

from harness.language import Message
from harness.model import Verdict


def untried(verdict: Verdict) -> Iterator[tuple[str, Message]]:
    """A command, and what it does, each; nothing where a mend was seen, or where no control run looked for one."""
    conclusion = verdict.conclusion
    if verdict.verdict != "regression" or conclusion is None or conclusion.mended_by:
        return
    is_newer_tried = "--try-newer" in verdict.command or any(one.kind == "newer" for one in conclusion.controls)
    if conclusion.cause == "plugin-incompatible" and verdict.command and not is_newer_tried:
        yield f"{verdict.command} --try-newer", Message("tries newer versions of the plug-ins")
    if any(one.change for one in verdict.chain):
        yield (
            f"harness suggest-compat {shlex.quote(verdict.run_folder)}",
            Message("writes a gateway that gives the answers their old shape, and tries it"),
        )

"""Screenshots as data URIs, within a budget for the whole report."""

import base64
from dataclasses import dataclass

from harness.evidence import RunFolder

BUDGET_BYTES = 12 * 1024**2
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


@dataclass(frozen=True, kw_only=True)
class Picture:
    """``uri`` is empty where the picture did not fit in, or is none; ``path`` is in the run folder."""

    path: str
    uri: str


class Album:
    """Reads pictures until the budget is spent; ask for the most telling first."""

    def __init__(self, folder: RunFolder, budget_bytes: int = BUDGET_BYTES) -> None:
        self.folder = folder
        self.left_bytes = budget_bytes

    def picture(self, path: str) -> Picture:
        return Picture(path=path, uri=self._uri(path))

    def _uri(self, path: str) -> str:
        file = self.folder.evidence(path)
        if file is None or file.stat().st_size > self.left_bytes:
            return ""
        content = file.read_bytes()
        kind = next((kind for magic, kind in _KINDS if content.startswith(magic)), "")
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            kind = "image/webp"
        if not kind:
            return ""
        self.left_bytes -= len(content)
        return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"

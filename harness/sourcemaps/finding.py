"""The source map of a script: its header, else its last comment, says where that is (ECMA-426, 9)."""

import base64
import binascii
import re
from dataclasses import dataclass
from time import monotonic
from urllib.parse import unquote_to_bytes, urljoin

from harness.sourcemaps.serving import Served

SCRIPT_BYTES = 16 << 20
MAP_BYTES = 32 << 20
TAIL = 4 << 20  # bytes at the end of a script in which its comment is looked for: an inline map may be large
_COMMENT = re.compile(rb"(?://|/\*)[#@][ \t]*sourceMappingURL=([^\s'\"*]+)")
_DATA = re.compile(r"data:(?:application|text)/json(?P<parameters>(?:;[\w.=-]+)*),(?P<content>.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A map as it was served; ``url`` is what its sources are relative to."""

    url: str
    text: str


def found(script: str, served: Served, deadline: float) -> Found | None:
    """The map of a script that the product serves; None where there is none, or it is of another host."""
    if monotonic() > deadline:
        return None
    file = served.get(script, limit_bytes=SCRIPT_BYTES, deadline=deadline)
    if file is None or "html" in file.headers.get("content-type", ""):
        return None
    named = file.headers.get("sourcemap") or file.headers.get("x-sourcemap") or comment(file.content)
    if not named:
        return None
    if named.startswith("data:"):
        text = inline(named)
        return Found(url=script, text=text) if text is not None else None
    try:
        url = urljoin(script, named)
    except ValueError:
        return None
    if not served.serves(url):
        return None
    there = served.get(url, limit_bytes=MAP_BYTES, deadline=deadline)
    return Found(url=url, text=there.content.decode("utf-8", "replace")) if there else None


def comment(content: bytes) -> str:
    """What the last comment of a script names; empty where none does."""
    last = b""
    for one in _COMMENT.finditer(content, max(0, len(content) - TAIL)):
        last = one[1]
    return last.decode("utf-8", "replace")


def inline(url: str) -> str | None:
    """The map in a ``data:`` address; None where it holds none."""
    match = _DATA.fullmatch(url)
    if match is None:
        return None
    content = unquote_to_bytes(match["content"])
    if ";base64" in match["parameters"]:
        try:
            content = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            return None
    return content.decode("utf-8", "replace")

"""Zip files that say whatever a test wants them to say, header by header."""

import hashlib
import json
import stat
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.bundle import LIMITS, Bundle, Limits
from harness.errors import InputError
from harness.model import Expected, Manifest

REGULAR = (stat.S_IFREG | 0o644) << 16
MANIFEST = Manifest(
    tool_version="0.1.0",
    created="2026-11-22T23:08:15+08:00",
    name="datasette-search",
    environment="datasette-search",
    scenario="search-every-table",
    expected=Expected(verdict="regression", fingerprint="5f2c", layer="client", step=4, reason="“2 results” is gone"),
)


@dataclass(kw_only=True)
class Part:
    """A member, and what its local header and its entry in the directory say instead of the truth."""

    name: str | bytes
    content: bytes = b""
    deflated: bool = False
    packed: bytes | None = None  # instead of the packed content
    both: dict[str, Any] = field(default_factory=dict)
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    behind: bytes = b""  # what follows it and belongs to nothing

    def facts(self, said: dict[str, Any]) -> dict[str, Any]:
        name = self.name.encode() if isinstance(self.name, str) else self.name
        return {
            "name": name,
            "flags": 0 if name.isascii() else 0x800,
            "method": 8 if self.deflated else 0,
            "crc": zlib.crc32(self.content),
            "packed": len(self.body),
            "size": len(self.content),
            "extra": b"",
            **self.both,
            **said,
        }

    @property
    def body(self) -> bytes:
        return self.packed if self.packed is not None else deflate(self.content) if self.deflated else self.content


def deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def listing(parts: list[Part], **said: Any) -> bytes:
    """A ``manifest.json`` that lists ``parts``, with other values for some of its keys."""
    files = [
        {
            "path": part.name if isinstance(part.name, str) else part.name.decode("utf-8", "replace"),
            "sha256": hashlib.sha256(part.content).hexdigest(),
            "size_bytes": len(part.content),
        }
        for part in parts
    ]
    return json.dumps(MANIFEST.model_dump(mode="json") | {"files": files} | said).encode()


def bundle(*parts: Part, manifest: bytes | None = None, **said: Any) -> bytes:
    """A zip file of ``parts`` behind a ``manifest.json`` that lists them."""
    head = Part(name="manifest.json", content=listing(list(parts)) if manifest is None else manifest)
    return archive([head, *parts], **said)


def archive(
    parts: list[Part], *, before: bytes = b"", behind: bytes = b"", moved: int = 0, end: dict[str, Any] | None = None
) -> bytes:
    """A zip file. ``moved`` is added to all places it names; ``end`` is what its end record says instead."""
    body, directory = b"", b""
    for part in parts:
        directory += entry(part, len(body) + moved)
        body += header(part) + part.body + part.behind
    said = {"disk": 0, "first": 0, "here": len(parts), "count": len(parts), "size": len(directory)}
    said |= {"start": len(body) + moved, "comment": b"", **(end or {})}
    numbers = (said[key] for key in ("disk", "first", "here", "count", "size", "start"))
    tail = struct.pack("<4s4H2LH", b"PK\5\6", *numbers, len(said["comment"])) + said["comment"]
    return before + body + directory + tail + behind


def header(part: Part) -> bytes:
    says = part.facts(part.local)
    numbers = (20, says["flags"], says["method"], 0, 33, says["crc"], says["packed"], says["size"])
    lengths = (len(says["name"]), says.get("extra_length", len(says["extra"])))
    return struct.pack("<4s5H3L2H", b"PK\3\4", *numbers, *lengths) + says["name"] + says["extra"]


def entry(part: Part, offset: int) -> bytes:
    says = {"offset": offset, "made": 3 << 8 | 20, "needed": 20, "comment": b"", "disk": 0, "mode": REGULAR}
    says |= part.facts(part.central)
    numbers = (says["made"], says["needed"], says["flags"], says["method"], 0, 33)
    sizes = (says["crc"], says["packed"], says["size"])
    lengths = (len(says["name"]), len(says["extra"]), len(says["comment"]), says["disk"])
    fixed = struct.pack("<4s6H3L5H2L", b"PK\1\2", *numbers, *sizes, *lengths, 0, says["mode"], says["offset"])
    return fixed + says["name"] + says["extra"] + says["comment"]


def refusal(path: Path, data: bytes, limits: Limits = LIMITS) -> str:
    """What is said of a bundle that is refused; ``path`` is where it is put."""
    path.write_bytes(data)
    there = sorted(path.parent.rglob("*"))
    with pytest.raises(InputError) as caught:
        Bundle.open(path, limits)
    assert sorted(path.parent.rglob("*")) == there, "something was written"
    error = caught.value
    assert error.exit_code == 2
    assert error.advice is not None, "it does not say what to do"
    assert str(path) in str(error)
    assert error.into("zh").startswith("拒绝使用")
    return str(error).removeprefix(f"{path} is refused: ")


def accepted(path: Path, data: bytes, limits: Limits = LIMITS) -> dict[str, bytes]:
    """The content of a bundle by name, without its ``manifest.json``."""
    path.write_bytes(data)
    with Bundle.open(path, limits) as opened:
        return {name: b"".join(opened.open_member(name)) for name in opened.names[1:]}

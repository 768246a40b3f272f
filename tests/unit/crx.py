"""Extensions as files, made for tests."""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEY = b"a public key, of nobody"
MANIFEST = {"manifest_version": 3, "name": "Banner", "version": "1.2.0"}


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def crx(files: Mapping[str, bytes], *, key: bytes = KEY, known_by: bytes = KEY) -> bytes:
    """A CRX3 with that public key, signed by nobody, whose id is that of the key it is ``known_by``."""
    signed = field(1, hashlib.sha256(known_by).digest()[:16])
    header = field(2, field(1, b"another key") + field(2, b"-")) + field(2, field(1, key) + field(2, b"-"))
    header += field(10_000, signed)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return struct.pack("<4sII", b"Cr24", 3, len(header)) + header + packed.getvalue()


def manifest(**changes: Any) -> bytes:
    return json.dumps(MANIFEST | changes).encode()


def folder(home: Path, name: str = "banner", **files: bytes) -> Path:
    """An unpacked extension in ``extensions/`` of ``home``; names of files with ``__`` for a dot."""
    place = home / "extensions" / name
    place.mkdir(parents=True)
    for file, content in ({"manifest__json": manifest()} | files).items():
        (place / file.replace("__", ".")).write_bytes(content)
    return place

"""Extensions as files, made for tests."""

import functools
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_PRIVATE = ec.derive_private_key(20_261_129, ec.SECP256R1())
MANIFEST = {"manifest_version": 3, "name": "Banner", "version": "1.2.0"}


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def public(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


KEY = public(_PRIVATE)


@functools.cache
def publisher() -> rsa.RSAPrivateKey:
    """Another who signs, such as a store."""
    return rsa.generate_private_key(65537, 2048)


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def crx(
    files: Mapping[str, bytes] | bytes, *, known_by: bytes = KEY, version: int = 3, published: bool = False
) -> bytes:
    """A CRX3 of files, or of an archive as it is, whose id is that of the key it is ``known_by``; signed by the owner
    of ``KEY`` and, where it is ``published``, by another before that."""
    archive = files if isinstance(files, bytes) else zipped(files)
    data = field(1, hashlib.sha256(known_by).digest()[:16])
    said = b"CRX3 SignedData\0" + len(data).to_bytes(4, "little") + data + archive
    header = field(3, field(1, KEY) + field(2, _PRIVATE.sign(said, ec.ECDSA(SHA256()))))
    if published:
        signature = publisher().sign(said, padding.PKCS1v15(), SHA256())
        header = field(2, field(1, public(publisher())) + field(2, signature)) + header
    header += field(10_000, data)
    return struct.pack("<4sII", b"Cr24", version, len(header)) + header + archive


def manifest(**changes: Any) -> bytes:
    return json.dumps(MANIFEST | changes).encode()


def folder(home: Path, name: str = "banner", **files: bytes) -> Path:
    """An unpacked extension in ``extensions/`` of ``home``; names of files with ``__`` for a dot."""
    place = home / "extensions" / name
    place.mkdir(parents=True)
    for file, content in ({"manifest__json": manifest()} | files).items():
        (place / file.replace("__", ".")).write_bytes(content)
    return place

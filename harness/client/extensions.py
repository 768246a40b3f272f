"""Extensions of a browser as files: an unpacked folder, or a ``.crx`` or ``.xpi`` that is unpacked here.

Formats: XPI, which is a zip; CRX3 (``Cr24``, version 3, length of the header, header, zip), whose header is the
protobuf message ``CrxFileHeader`` of Chromium's ``components/crx_file/crx3.proto``.
"""

import base64
import hashlib
import io
import json
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from harness.errors import InputError
from harness.language import Message
from harness.model import Extension
from harness.model.desktop import EXTENSIONS

FOLDER = "/opt/extensions"  # in the image of a browser: one folder, or link to one, an extension
MANIFEST = "manifest.json"
SIZE_LIMIT_BYTES = 64 << 20
FILES_LIMIT = 5_000
_ZIP = b"PK\x03\x04"
_HEAD = struct.Struct("<4sII")
_DAMAGED = (ValueError, struct.error, zipfile.BadZipFile, zlib.error)
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)  # which Chromium allows in a manifest
_PACKED = re.compile(r"\.(crx|xpi)$", re.IGNORECASE)
_RSA, _ECDSA, _SIGNED = 2, 3, 10_000  # fields of CrxFileHeader
_KEY, _CRX_ID = 1, 1  # of AsymmetricKeyProof and of SignedData


def place(extension: Extension) -> str:
    """Where it lies in the image, unpacked. Firefox takes a folder whose name ends with ``.xpi`` for an archive."""
    return f"{FOLDER}/" + _PACKED.sub(r"-\1", extension.package)


def files(extension: Extension, home: Path) -> dict[str, bytes]:
    """What an extension of ``extensions/`` in ``home`` holds, by path, sorted. InputError where it is not
    there, is none, or is too large."""
    path = home / EXTENSIONS / extension.name
    found = dict(_unpacked(path) if path.is_file() else _in_folder(path))
    if MANIFEST not in found:
        raise InputError(
            Message("there is no {name} in {path}", name=MANIFEST, path=path),
            Message("name the folder that has it"),
        )
    return dict(sorted(found.items()))


def read(extension: Extension, home: Path) -> Extension:
    """The same with the version its manifest says, and its checksum. InputError as ``files``."""
    content = files(extension, home)
    digest = hashlib.sha256()
    for path, data in content.items():
        digest.update(f"{path}\0{len(data)}\0".encode() + data)
    return extension.model_copy(update={"version": _version(content[MANIFEST]), "checksum": digest.hexdigest()})


def _version(manifest: bytes) -> str:
    """Empty where the browser will find fault with the manifest."""
    try:
        return str(json.loads(_COMMENT.sub("", manifest.decode("utf-8-sig")))["version"])[:50]
    except (ValueError, KeyError, TypeError):
        return ""


# --------------------------------------------------------------------- folder
def _in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    if not folder.is_dir():
        raise InputError(Message("there is no {path}", path=folder))
    inside, size, count = folder.resolve(), 0, 0
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root) / name
            if not path.resolve().is_relative_to(inside) or not path.is_file():
                raise InputError(Message("{path} is no ordinary file of the extension", path=path))
            size, count = size + path.stat().st_size, count + 1
            _check_size(folder, size, count)
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _check_size(path: Path, size_bytes: int, count: int) -> None:
    if size_bytes > SIZE_LIMIT_BYTES or count > FILES_LIMIT:
        raise InputError(
            Message(
                "{path} is larger than an extension may be: {size} MiB, {count} files",
                path=path,
                size=SIZE_LIMIT_BYTES >> 20,
                count=FILES_LIMIT,
            )
        )


# ------------------------------------------------------------------------ crx
def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        data = path.read_bytes() if path.stat().st_size <= SIZE_LIMIT_BYTES else b""
        at, key = (0, b"") if data.startswith(_ZIP) else _signed(data)
        with zipfile.ZipFile(io.BytesIO(data[at:])) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            _check_size(path, sum(info.file_size for info in members), len(members))
            for info in members:
                name = PurePosixPath(info.filename)
                if name.is_absolute() or ".." in name.parts or "\\" in info.filename:
                    raise ValueError
                content = archive.read(info)
                yield info.filename, _with_key(content, key) if key and info.filename == MANIFEST else content
    except (*_DAMAGED, OSError, NotImplementedError, RuntimeError) as exc:
        raise InputError(
            Message("{path} is neither an extension of Chromium (CRX3) nor of Firefox (XPI)", path=path),
            Message("unpack it into a folder of {folder} and name that", folder=f"{EXTENSIONS}/"),
        ) from exc


def _signed(data: bytes) -> tuple[int, bytes]:
    """Where the archive of a ``.crx`` begins, and its key. ValueError, struct.error."""
    magic, version, length = _HEAD.unpack_from(data)
    if (magic, version) != (b"Cr24", 3):
        raise ValueError
    return _HEAD.size + length, _key(data[_HEAD.size : _HEAD.size + length])


def _key(header: bytes) -> bytes:
    """The public key (DER) that the extension is known by. ValueError where there is none."""
    fields = list(_fields(header))
    signed = next((value for number, value in fields if number == _SIGNED), b"")
    wanted = next((value for number, value in _fields(signed) if number == _CRX_ID), b"")
    for number, proof in fields:
        if number in (_RSA, _ECDSA):
            for field, key in _fields(proof):
                if field == _KEY and hashlib.sha256(key).digest()[:16] == wanted:
                    return key
    raise ValueError("no key")


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a protobuf message, which are all that these have. ValueError."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        size, at = _varint(message, at)
        if tag & 7 != 2 or at + size > len(message):
            raise ValueError("not such a message")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("not such a message")
        byte = message[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def _with_key(manifest: bytes, key: bytes) -> bytes:
    """With the key, an extension that is unpacked keeps its id."""
    try:
        document = json.loads(_COMMENT.sub("", manifest.decode("utf-8-sig")))
    except ValueError:
        return manifest
    if not isinstance(document, Mapping):
        return manifest
    return json.dumps({**document, "key": base64.b64encode(key).decode()}, ensure_ascii=False).encode()

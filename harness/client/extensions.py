"""Extensions of a browser as files: an unpacked folder, or a ``.crx`` or ``.xpi`` that is unpacked here."""

import base64
import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from harness.client import crx
from harness.errors import InputError
from harness.language import Message
from harness.model import Extension, File
from harness.model.desktop import EXTENSIONS

FOLDER = "/opt/extensions"  # in the image of a browser: one folder, or link to one, an extension
MANIFEST = "manifest.json"
SIZE_LIMIT_BYTES = 64 << 20
FILES_LIMIT = 5_000
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)  # which Chromium allows in a manifest
_PACKED = re.compile(r"\.(crx|xpi)$", re.IGNORECASE)


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


# --------------------------------------------------------------------- packed
def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        _check_size(path, path.stat().st_size, 1)
        data = path.read_bytes()
    except OSError as exc:
        raise InputError(Message("{path} cannot be read: {reason}", path=path, reason=exc.strerror)) from exc
    packed = crx.opened(path, data)
    members = packed.members
    _check_size(path, sum(info.file_size for info in members), len(members))
    for name, content in packed.files():
        yield name, _with_key(content, packed.key) if packed.key and name == MANIFEST else content


def _with_key(manifest: bytes, key: bytes) -> bytes:
    """With the key, an extension that is unpacked keeps its id."""
    try:
        document = json.loads(_COMMENT.sub("", manifest.decode("utf-8-sig")))
    except ValueError:
        return manifest
    if not isinstance(document, Mapping):
        return manifest
    return json.dumps({**document, "key": base64.b64encode(key).decode()}, ensure_ascii=False).encode()


# ---------------------------------------------------------------- of packages
def check_package(extension: Extension, archives: Iterable[File]) -> None:
    """InputError where none of ``archives``, tars of ``node_modules``, has a manifest where an extension of npm
    says."""
    package = PurePosixPath("node_modules", extension.name)
    there = sorted(
        str(name.parent.relative_to(package))
        for name in map(PurePosixPath, _names(archives))
        if name.name == MANIFEST and name.is_relative_to(package)
    )
    if (extension.folder or ".") in there:
        return
    where = f"{extension}/{extension.folder}".rstrip("/")
    one_of = Message("name the folder that has it: {folders}", folders=", ".join(there))
    none = Message("this package is no extension of a browser")
    raise InputError(
        Message("there is no {name} in {path}", name=MANIFEST, path=where),
        one_of if there else none,
    )


def _names(archives: Iterable[File]) -> Iterator[str]:
    for file in archives:
        content = io.BytesIO(file.content) if isinstance(file.content, bytes) else file.content.open("rb")
        with content, tarfile.open(fileobj=content) as archive:
            yield from archive.getnames()

"""npm's packages unpacked into one archive whose bytes depend on nothing but the packages."""

import io
import json
import posixpath
import re
import stat
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import FetchError, InputError
from harness.language import Message

CHUNK_BYTES = 1 << 20
PACKAGE_NAME = r"(@[a-z0-9~][\w.~-]*/)?[A-Za-z0-9~][\w.~-]*"


def archive(tarballs: Mapping[str, Path]) -> Iterator[bytes]:
    """A tar archive of all packages, by the path each is unpacked at, with the links in
    ``.bin`` to their commands. Owned by root, all times 0, in the order of the paths.

    FetchError where a package's file is broken.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as out:
        links: dict[str, str] = {}
        folders: set[str] = set()
        for path in sorted(tarballs):
            try:
                files, commands = _read(path, tarballs[path])
            except (tarfile.TarError, EOFError, OSError, zlib.error, json.JSONDecodeError, UnicodeDecodeError) as exc:
                raise FetchError(
                    Message("the npm package at {path} cannot be unpacked: {why}", path=path, why=exc)
                ) from exc
            for name in sorted(files):
                content, executable = files[name]
                _add_folders(out, name, folders)
                out.addfile(_member(name, len(content), mode=0o755 if executable else 0o644), io.BytesIO(content))
            links |= commands
            yield _taken(buffer)
        for link in sorted(links):
            _add_folders(out, link, folders)
            out.addfile(_member(link, kind=tarfile.SYMTYPE, target=links[link]))
    yield _taken(buffer)


def name_of(tarball: Path, path: Path) -> str:
    """The name of the package in a tarball that was at ``path``. InputError where it is none."""
    try:
        with tarfile.open(tarball) as package:
            manifests = (
                one for one in package if one.isfile() and PurePosixPath(one.name).parts[1:] == ("package.json",)
            )
            manifest = next(manifests, None)
            content = package.extractfile(manifest) if manifest and manifest.size <= CHUNK_BYTES else None
            name = json.loads(content.read().decode("utf-8-sig"))["name"] if content else None
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, KeyError, TypeError) as exc:
        raise InputError(Message("{path} is no npm package that can be read", path=path)) from exc
    if not isinstance(name, str) or not re.fullmatch(PACKAGE_NAME, name, re.ASCII):
        raise InputError(Message("{path} is no npm package that can be read", path=path))
    return name


def _taken(buffer: io.BytesIO) -> bytes:
    """What was written since the last time. A tar archive is only ever appended to."""
    content = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return content


def _read(path: str, tarball: Path) -> tuple[dict[str, tuple[bytes, bool]], dict[str, str]]:
    """The files of a package below ``path``, with whether they are executable, and the links that
    ``.bin`` gets for it."""
    inside: dict[str, tuple[bytes, bool]] = {}
    with tarfile.open(tarball) as package:
        for member in package:
            parts = PurePosixPath(member.name).parts[1:]  # npm strips the first folder, whatever its name
            if not member.isfile() or not parts or ".." in parts:
                continue  # npm, too, leaves out links and what is no file
            content = package.extractfile(member)
            inside["/".join(parts)] = (content.read() if content else b"", bool(member.mode & stat.S_IXUSR))
    manifest = inside.get("package.json", (b"{}", False))[0]
    commands = {
        name: file for name, file in _commands(json.loads(manifest.decode("utf-8-sig"))).items() if file in inside
    }
    for file in commands.values():
        inside[file] = (inside[file][0], True)
    folder, _, name = path.rpartition("node_modules/")
    links = {f"{folder}node_modules/.bin/{command}": f"../{name}/{file}" for command, file in commands.items()}
    return {f"{path}/{file}": content for file, content in inside.items()}, links


def _add_folders(out: tarfile.TarFile, name: str, there: set[str]) -> None:
    for folder in reversed([str(parent) for parent in PurePosixPath(name).parents][:-1]):
        if folder not in there:
            there.add(folder)
            out.addfile(_member(folder, kind=tarfile.DIRTYPE, mode=0o755))


def _commands(manifest: Mapping[str, Any]) -> dict[str, str]:
    """``bin`` of ``package.json``: command → file. One file stands for a command of the package's name."""
    listed = manifest.get("bin") or {}
    if isinstance(listed, str):
        listed = {str(manifest.get("name", "")): listed}
    commands = {
        posixpath.basename(str(name)): posixpath.normpath(str(file)).lstrip("/") for name, file in listed.items()
    }
    return {name: file for name, file in commands.items() if name and not file.startswith("..")}


def _member(
    name: str, size_bytes: int = 0, *, mode: int = 0o777, kind: bytes = tarfile.REGTYPE, target: str = ""
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size, member.mode = kind, target, size_bytes, mode
    return member

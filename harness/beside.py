"""What lies beside a recipe: folders and files that its installers take, and nothing else of this machine."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from harness.errors import InputError, nearest
from harness.language import Message
from harness.model import File
from harness.model.recipe import Beside

Loc = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with something that arguments name; ``loc`` leads to it in the file."""

    loc: Loc
    what: Message
    advice: Message | None = None


def faults(arguments: BaseModel, folder: Path, loc: Loc = ()) -> Iterator[Fault]:
    """What is wrong with all that ``arguments`` take from ``folder``, that of the recipe: outside of it, not
    there, or not the file whose ``sha256`` stands beside it."""
    for name, field in type(arguments).model_fields.items():
        value, here = getattr(arguments, name), (*loc, field.alias or name)
        mark = next((mark for mark in field.metadata if isinstance(mark, Beside)), None)
        if mark and value:
            wrong = fault(str(value), folder, Path.is_file if mark.is_file else Path.is_dir)
            if wrong:
                yield Fault(loc=here, what=wrong[0], advice=wrong[1])
            elif mark.is_file and (wanted := getattr(arguments, "sha256", "")):
                seen = checksum(folder / value)
                if seen != wanted:
                    what = Message(
                        "`{path}` is not the file that is meant: its SHA-256 is {seen}", path=value, seen=seen
                    )
                    yield Fault(loc=(*loc, "sha256"), what=what, advice=MEANT)
        if isinstance(value, BaseModel):
            yield from faults(value, folder, here)
        for number, one in enumerate(value if isinstance(value, tuple) else ()):
            if isinstance(one, BaseModel):
                yield from faults(one, folder, (*here, number))


def sealed(arguments: M, folder: Path) -> M:
    """The same, where every file has the checksum that it has now. InputError where one cannot be read."""
    changes: dict[str, Any] = {}
    for name, field in type(arguments).model_fields.items():
        value = getattr(arguments, name)
        if isinstance(value, tuple):
            changes[name] = tuple(sealed(one, folder) if isinstance(one, BaseModel) else one for one in value)
        elif isinstance(value, BaseModel):
            changes[name] = sealed(value, folder)
        elif value and any(isinstance(mark, Beside) and mark.is_file for mark in field.metadata):
            changes["sha256"] = checksum(folder / value)
    return arguments.model_copy(update=changes) if changes else arguments


MEANT = Message("fetch the file anew, or write that checksum where this one is the right one")


def fault(name: str, folder: Path, is_right: Callable[[Path], bool]) -> tuple[Message, Message | None] | None:
    """What is wrong with ``name`` as a path in ``folder``, and what to do; None where nothing is."""
    path = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        what = Message("`{path}` is not beside the recipe", path=name)
        return what, Message("write a path below {folder}", folder=folder)
    if not is_right(path):
        there = sorted(each.name for each in path.parent.iterdir()) if path.parent.is_dir() else []
        return Message("there is no `{path}` beside the recipe", path=name), nearest(path.name, there)
    if not path.resolve().is_relative_to(folder.resolve()):
        return Message("{path} lies outside of the recipe", path=path), None
    return None


def checksum(path: Path) -> str:
    """The SHA-256 of a file, 64 hex digits; read again only where it has changed. InputError where it cannot be."""
    try:
        state = path.stat()
        return _checksum(path, state.st_ino, state.st_size, state.st_mtime_ns)
    except OSError as exc:
        raise InputError(Message("{path} cannot be read: {reason}", path=path, reason=exc.strerror)) from exc


@lru_cache(maxsize=1024)
def _checksum(path: Path, _inode: int, _size_bytes: int, _time_ns: int) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def files(home: Path, source: str, place: str, *, only: Callable[[str], bool] = lambda _: True) -> Iterator[File]:
    """The files below ``source``, sorted, as files of a build context below ``place``: all, or those for whose
    path below it ``only`` is true. InputError where it, or a link in it, leads out of ``home``."""
    root = home / source
    if not root.is_dir():
        raise InputError(Message("there is no folder {folder}", folder=root))
    if not root.resolve().is_relative_to(home.resolve()):
        raise InputError(Message("{folder} lies outside of the recipe", folder=root))
    inside = root.resolve()
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted([*names, *(one for one in folders if (Path(folder) / one).is_symlink())]):
            path = Path(folder) / name
            below = path.relative_to(root).as_posix()
            if not only(below):
                continue
            if not path.resolve().is_relative_to(inside):
                raise InputError(Message("the link {path} leads out of the folder that is copied", path=path))
            if path.is_dir():
                raise InputError(Message("{path} is a link to a folder, which cannot be copied", path=path))
            yield _file(path, f"{place}/{below}".lstrip("/"))


def _file(path: Path, place: str) -> File:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise InputError(Message("{path} is no ordinary file", path=path))
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as exc:
        raise InputError(Message("{path} cannot be read: {reason}", path=path, reason=exc.strerror)) from exc
    return File(path=place, sha256=digest, content=path, executable=bool(mode & stat.S_IXUSR))

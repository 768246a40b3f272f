"""A stranger's tar or zip archive, read without unpacking it, and written anew as one tar.

The new one holds files, folders, and links that stay inside; owners, devices, set-user-id bits and whatever
else an archive can hold do not come along. Formats: POSIX.1-2001 pax and its forerunners, as Python's tarfile
reads them, also packed with gzip, bzip2 or xz; ZIP as APPNOTE 6.3 has it.
"""

import calendar
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from harness.errors import InputError
from harness.language import Message
from harness.limits import LIMITS, Limits

CHUNK_BYTES = 1 << 20
LINKS_ON_THE_WAY = 40  # what Linux follows
_MORE_HEADER = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, ValueError, NotImplementedError, OverflowError),
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One member of an archive, as it calls itself."""

    name: str
    kind: Literal["file", "folder", "link", "same"]  # "link" is symbolic, "same" a hard one
    mode: int = 0o644
    time_s: int = 0
    size_bytes: int = 0
    packed_bytes: int | None = None  # where members are packed one by one
    target: str = ""
    open: Callable[[], IO[bytes] | None] = field(default=lambda: None)


def repacked(path: Path, *, strip: int, owner: str, limits: Limits = LIMITS) -> Iterator[bytes]:
    """The tar with what the archive at ``path`` holds, without the first ``strip`` folders of each path, all of
    it belonging to the user and group ``owner``. Same archive, same bytes.

    InputError where it is none or is damaged, leads out of itself, or holds more than ``limits`` has.
    """
    tree = _Tree(path=path, strip=strip, limits=limits)
    try:
        for entry in _entries(path):
            if (placed := tree.placed(entry)) is None:
                continue
            for folder in tree.missing_folders(placed.name):
                yield _header(Entry(name=folder, kind="folder", mode=0o755), owner)
            yield _header(placed, owner)
            if placed.kind == "file":
                yield from _content(placed)
        tree.check()
    except _DAMAGED as exc:
        why = Message("{reason}", reason=str(exc) or type(exc).__name__)
        raise InputError(Message("{path} is no archive that can be read: {why}", path=path, why=why)) from exc
    yield bytes(2 * tarfile.BLOCKSIZE)


@dataclass(kw_only=True)
class _Tree:
    """What came out of an archive so far, by path."""

    path: Path
    strip: int
    limits: Limits
    kinds: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    count: int = 0
    size_bytes: int = 0

    def placed(self, entry: Entry) -> Entry | None:
        """The entry where it comes to lie; None where all of its path is stripped. InputError where it cannot be."""
        self._count(entry)
        name = self._stripped(entry, entry.name)
        if name is None:
            return None
        self._check_place(entry, name)
        target = entry.target
        if entry.kind == "same":
            same = self._stripped(entry, target)
            if same is None or self.kinds.get(same) not in ("file", "same"):
                raise self._refused(entry, Message("is a link to `{target}`, which is no file in it", target=target))
            target = same
        if entry.kind == "link":
            self.links[name] = target
        self.kinds[name] = entry.kind
        return replace(entry, name=name, target=target)

    def missing_folders(self, name: str) -> Iterator[str]:
        """Folders on the way to ``name`` that the archive did not name before, from the top."""
        for parent in reversed(PurePosixPath(name).parents[:-1]):
            if str(parent) not in self.kinds:
                self.kinds[str(parent)] = "folder"
                yield str(parent)

    def check(self) -> None:
        """InputError where a link leads out, or there is nothing."""
        for name, target in self.links.items():
            if self._resolved(name) is None:
                entry = Entry(name=name, kind="link")
                raise self._refused(entry, Message("is a link that leads out of it (`{target}`)", target=target))
        if not self.kinds:
            raise InputError(
                Message("nothing is left of {path} without the first {n} folders", path=self.path, n=self.strip),
                Message("make `strip` smaller"),
            )

    def _count(self, entry: Entry) -> None:
        self.count += 1
        self.size_bytes += entry.size_bytes
        packed = entry.packed_bytes
        if fault := self.limits.member_fault(entry.size_bytes, self.path.stat().st_size if packed is None else packed):
            raise self._refused(entry, fault)
        if fault := self.limits.total_fault(self.count, self.size_bytes, self.path.stat().st_size):
            raise InputError(Message("{path} holds too much: {fault}", path=self.path, fault=fault))

    def _stripped(self, entry: Entry, name: str) -> str | None:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts:
            raise self._refused(entry, Message("would be written outside of its folder"))
        if "\\" in name or not name.isprintable():
            raise self._refused(entry, Message("has a backslash, or a character that cannot be seen, in its name"))
        return "/".join(parts[self.strip :]) or None

    def _check_place(self, entry: Entry, name: str) -> None:
        for parent in map(str, PurePosixPath(name).parents[:-1]):
            if self.kinds.get(parent, "folder") != "folder":
                raise self._refused(entry, Message("lies in `{other}`, which is no folder", other=parent))
        kinds = {self.kinds.get(name, entry.kind), entry.kind}
        if len(kinds | {"same"}) > 2 or (name in self.kinds and kinds == {"link"}):
            raise self._refused(entry, Message("is there twice"))

    def _resolved(self, name: str) -> tuple[str, ...] | None:
        """Where a path ends when every link on it is followed; None where that is outside, or goes in a circle."""
        done: list[str] = []
        left, followed = name.split("/")[::-1], 0
        while left:
            part = left.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not done:
                    return None
                done.pop()
                continue
            target = self.links.get("/".join([*done, part]))
            if target is None:
                done.append(part)
                continue
            followed += 1
            if target.startswith("/") or followed > LINKS_ON_THE_WAY:
                return None
            left += target.split("/")[::-1]
        return tuple(done)

    def _refused(self, entry: Entry, fault: Message) -> InputError:
        return _refused(self.path, entry.name, fault)


_NO_FILE = Message("is no file, folder or link")


def _refused(path: Path, name: str, fault: Message) -> InputError:
    name = name.encode("utf-8", "replace").decode()
    return InputError(
        Message("{path} cannot be unpacked: `{name}` {fault}", path=path, name=name, fault=fault),
        Message("make the archive anew without it"),
    )


def _entries(path: Path) -> Iterator[Entry]:
    if zipfile.is_zipfile(path) and not tarfile.is_tarfile(path):
        yield from _zipped(path)
    else:
        yield from _tarred(path)


class _Bounded(tarfile.TarInfo):
    """A header that is not read into memory where it says that there is a lot more of it."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _MORE_HEADER and self.size > CHUNK_BYTES:
            raise tarfile.HeaderError("a header is too long")
        member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return member


def _tarred(path: Path) -> Iterator[Entry]:
    kinds = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "link", tarfile.LNKTYPE: "same"}
    with tarfile.open(path, tarinfo=_Bounded) as archive:
        for member in archive:
            kind = "file" if member.isreg() else kinds.get(member.type)
            if kind is None:
                raise _refused(path, member.name, _NO_FILE)
            yield Entry(
                name=member.name,
                kind=kind,  # type: ignore[arg-type]  # one of these four
                mode=member.mode,
                time_s=int(max(0, member.mtime)),
                size_bytes=member.size if kind == "file" else 0,
                target=member.linkname,
                open=partial(archive.extractfile, member),
            )


def _zipped(path: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise _refused(path, info.filename, Message("is encrypted"))
            mode = info.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
                raise _refused(path, info.filename, _NO_FILE)
            is_link = stat.S_ISLNK(mode) and info.file_size < CHUNK_BYTES
            kind: Literal["file", "folder", "link"] = "folder" if info.is_dir() else "link" if is_link else "file"
            yield Entry(
                name=info.filename,
                kind=kind,
                mode=mode or (0o755 if info.is_dir() else 0o644),
                time_s=max(0, calendar.timegm((*info.date_time, 0, 0, 0))),  # without a zone, taken for UTC
                size_bytes=info.file_size,
                packed_bytes=info.compress_size,
                target=archive.read(info).decode("utf-8", "surrogateescape") if is_link else "",
                open=partial(archive.open, info),
            )


def _header(entry: Entry, owner: str) -> bytes:
    info = tarfile.TarInfo(entry.name)
    info.mtime, info.uname, info.gname = entry.time_s, owner, owner
    info.mode = entry.mode & 0o777 | 0o600
    match entry.kind:
        case "folder":
            info.type, info.mode = tarfile.DIRTYPE, info.mode | 0o100
        case "link":
            info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.target, 0o777
        case "same":
            info.type, info.linkname = tarfile.LNKTYPE, entry.target
        case "file":
            info.size = entry.size_bytes
    return info.tobuf(tarfile.PAX_FORMAT, errors="surrogateescape")


def _content(entry: Entry) -> Iterator[bytes]:
    stream = entry.open()
    left = entry.size_bytes
    if stream is None:
        raise EOFError
    with stream:
        while chunk := stream.read(CHUNK_BYTES):
            left -= len(chunk)
            yield chunk
    if left:
        raise EOFError("a member ends too early")
    yield bytes(-entry.size_bytes % tarfile.BLOCKSIZE)

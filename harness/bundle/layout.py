"""Where in the file each member lies: end records, central directory and local headers, all of one mind.

``zipfile`` reads the directory once the end records have been checked. It trusts sizes and places,
and looks at no more of a local header than its name; the rest is checked here.
"""

import stat
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from harness.bundle.names import MANIFEST, clash, name_fault
from harness.bundle.refusals import DAMAGED, FOREIGN, HOSTILE, TOO_MUCH, refused, shown
from harness.bundle.source import Source, readable
from harness.errors import InputError
from harness.language import Message
from harness.limits import Limits

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_LOCAL_ZIP64 = struct.Struct("<2H2Q")
_DIRECTORY_BYTES = 46  # of an entry, before its name
_ZIP64_BYTES = 28  # of an entry's extra field at the most
_UNSET = 0xFFFFFFFF  # what stands where ZIP64 has the value

_ENCRYPTED, _UTF8 = 0x2041, 0x0800  # flag bits 0, 6 and 13; bit 11
_DOS_FOLDER = 0x10


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A member as its two headers agree on it; its content lies packed at ``start``."""

    name: str
    deflated: bool
    crc: int
    packed_bytes: int
    size_bytes: int
    start: int


def entries(source: Source, limits: Limits) -> tuple[Entry, ...]:
    """All members, in the order in which they lie in the file, with ``manifest.json`` first.

    Nothing but headers is read, and no more of them than ``limits`` allow. InputError with
    what is wrong.
    """
    start, infos = _directory(source, limits)
    for info in infos:
        if fault := _fault(info, limits):
            raise refused(source.path, fault, FOREIGN, member=info.orig_filename)
    if found := clash(info.orig_filename for info in infos):
        name, fault = found
        raise refused(source.path, fault, FOREIGN, member=name)
    _check_sizes(source, infos, limits)
    return tuple(_located(source, infos, start))


# -------------------------------------------------------------- end records
def _directory(source: Source, limits: Limits) -> tuple[int, list[zipfile.ZipInfo]]:
    """Where the central directory begins, and its entries."""
    start, size, count = _end(source)
    if fault := limits.total_fault(count - 1, 0, 0):
        raise refused(source.path, fault, TOO_MUCH)
    if size > count * (_DIRECTORY_BYTES + 4 * limits.name_characters + _ZIP64_BYTES):
        what = Message("its directory is longer than that of {count} members can be", count=count)
        raise refused(source.path, what, HOSTILE)
    if _count(source.read(start, size)) != count:
        raise refused(
            source.path, Message("its directory does not have the {count} entries that it should", count=count), DAMAGED
        )
    try:
        with readable(source.path), zipfile.ZipFile(source.file) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as exc:
        raise refused(source.path, Message("its directory is damaged: {why}", why=shown(str(exc))), DAMAGED) from exc
    return start, infos


def _count(directory: bytes) -> int:
    """How many entries a directory has; -1 where the last is cut."""
    at = count = 0
    while at + _DIRECTORY_BYTES <= len(directory):
        at += _DIRECTORY_BYTES + sum(struct.unpack_from("<3H", directory, at + 28))  # name, extra field, comment
        count += 1
    return count if at == len(directory) else -1


def _end(source: Source) -> tuple[int, int, int]:
    """Start and size of the central directory, in bytes, and the count of its entries."""
    at = source.size_bytes - _END.size
    if at < 0 or (record := source.read(at, _END.size))[:4] != b"PK\5\6" or record[-2:] != b"\0\0":
        raise _no_end(source)
    _, disk, first_disk, here, count, size, start, _ = _END.unpack(record)
    disks = [disk, first_disk]
    locator = source.read(at - _LOCATOR.size, _LOCATOR.size) if at >= _LOCATOR.size + _END64.size else b""
    if locator.startswith(b"PK\6\7"):
        short = (here, count, size, start)
        at -= _LOCATOR.size + _END64.size
        _, disk64, place, last_disk = _LOCATOR.unpack(locator)
        mark, length, _, _, disk, first_disk, here, count, size, start = _END64.unpack(source.read(at, _END64.size))
        disks += [disk64, last_disk - 1, disk, first_disk]
        capped = (min(here, 0xFFFF), min(count, 0xFFFF), min(size, _UNSET), min(start, _UNSET))
        if (mark, length, place, short) != (b"PK\6\6", _END64.size - 12, at, capped):
            raise refused(source.path, Message("its end records contradict each other"), DAMAGED)
    if any(disks) or here != count:
        raise refused(source.path, Message("it is one of several parts of an archive"), FOREIGN)
    if start + size > at:
        raise refused(source.path, Message("its directory is not where its end says"), DAMAGED)
    if start + size < at:
        what = Message("there are {count} bytes in it that belong to nothing", count=at - start - size)
        raise refused(source.path, what, HOSTILE)
    return start, size, count


def _no_end(source: Source) -> InputError:
    """What to say of a file that does not end as an archive without a comment does."""
    tail = source.read(max(0, source.size_bytes - _END.size - 0xFFFF), _END.size + 0xFFFF)
    if (end := tail.rfind(b"PK\5\6")) >= 0 and len(tail) - end > _END.size:
        what = Message("there are {count} bytes behind its end", count=len(tail) - end - _END.size)
        return refused(source.path, what, HOSTILE)
    if source.read(0, 4) == b"PK\3\4":
        return refused(source.path, Message("its end is missing"), DAMAGED)
    return refused(source.path, Message("it is not a zip file"), Message("name a bundle that harness made"))


# ------------------------------------------------------------------ members
def _fault(info: zipfile.ZipInfo, limits: Limits) -> Message | None:
    """What an entry of the directory says that it must not, as what is said of it."""
    if info.flag_bits & _ENCRYPTED:
        return Message("is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Message("is packed by method {method}, neither stored nor deflated", method=info.compress_type)
    if info.flag_bits & ~_UTF8:
        return Message("has flags that no bundle has (0x{flags})", flags=f"{info.flag_bits:04x}")
    if not (info.flag_bits & _UTF8 or info.orig_filename.isascii()):
        return Message("has a name that does not say it is UTF-8")
    if info.volume:
        return Message("is in another part of the archive")
    if info.comment or not _is_zip64(info.extra):
        return Message("has a comment or an extra field")
    if fault := name_fault(info.orig_filename, limits):
        return fault
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return Message("is a link")
    if not stat.S_ISREG(mode) or info.external_attr & _DOS_FOLDER:
        return Message("is not a regular file")
    return None


def _is_zip64(extra: bytes) -> bool:
    """Whether an extra field is none, or one of ZIP64 alone."""
    return not extra or (len(extra) in (12, 20, 28) and extra[:4] == struct.pack("<2H", 1, len(extra) - 4))


def _check_sizes(source: Source, infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if not infos or infos[0].orig_filename != MANIFEST:
        raise refused(source.path, Message("its first member is not {name}", name=MANIFEST), FOREIGN)
    for info in infos:
        limit = limits.manifest_bytes if info is infos[0] else limits.member_bytes
        if fault := limits.member_fault(info.file_size, info.compress_size, limit):
            raise refused(source.path, fault, TOO_MUCH, member=info.orig_filename)
    size, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if fault := limits.total_fault(len(infos) - 1, size, packed):
        raise refused(source.path, fault, TOO_MUCH)


def _located(source: Source, infos: list[zipfile.ZipInfo], end: int) -> Iterator[Entry]:
    """The members, each right behind the one before it; the directory, at ``end``, behind the last."""
    at = 0
    for info in infos:
        name, gap = info.orig_filename, info.header_offset - at
        if gap < 0:
            raise refused(source.path, Message("overlaps another one"), HOSTILE, member=name)
        if gap:
            what = Message("has {count} bytes before it that belong to nothing", count=gap)
            raise refused(source.path, what, HOSTILE, member=name)
        start = at + _local_header(source, info)
        at = start + info.compress_size
        if at > end:
            raise refused(source.path, Message("reaches into the directory"), HOSTILE, member=name)
        yield Entry(
            name=name,
            deflated=info.compress_type == zipfile.ZIP_DEFLATED,
            crc=info.CRC,
            packed_bytes=info.compress_size,
            size_bytes=info.file_size,
            start=start,
        )
    if at != end:
        raise refused(
            source.path, Message("there are {count} bytes in it that belong to nothing", count=end - at), HOSTILE
        )


def _local_header(source: Source, info: zipfile.ZipInfo) -> int:
    """The size of a local header, in bytes; InputError where it says anything else than the directory."""
    name = info.orig_filename.encode()
    header = source.read(info.header_offset, _LOCAL.size + len(name) + _LOCAL_ZIP64.size)
    if header[:4] != b"PK\3\4":
        raise refused(source.path, Message("is not where the directory says"), DAMAGED, member=info.orig_filename)
    _, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(header)
    sizes, extra = (info.compress_size, info.file_size), b""
    if extra_length:
        sizes, extra = (_UNSET, _UNSET), _LOCAL_ZIP64.pack(1, 16, info.file_size, info.compress_size)
    for agreed, what in (
        (flags == info.flag_bits, Message("has other flags in its header than in the directory")),
        (method == info.compress_type, Message("has another method in its header than in the directory")),
        (crc == info.CRC, Message("has another CRC in its header than in the directory")),
        ((packed, size) == sizes, Message("has other sizes in its header than in the directory")),
        (
            (name_length, header[_LOCAL.size :][: len(name)]) == (len(name), name),
            Message("has another name in its header than in the directory"),
        ),
        (
            (extra_length, header[_LOCAL.size + len(name) :][: len(extra)]) == (len(extra), extra),
            Message("has another extra field in its header than in the directory"),
        ),
    ):
        if not agreed:
            raise refused(source.path, what, HOSTILE, member=info.orig_filename)
    return _LOCAL.size + len(name) + len(extra)

"""What a member holds, unpacked piece by piece and checked against what its headers say."""

import zlib
from collections.abc import Iterator

from harness.bundle.layout import Entry
from harness.bundle.refusals import DAMAGED, HOSTILE, refused
from harness.bundle.source import CHUNK_BYTES, Source
from harness.errors import InputError
from harness.language import Message


def content(source: Source, entry: Entry) -> Iterator[bytes]:
    """The bytes of a member in pieces of a mebibyte at the most, never more than it declares.

    InputError, at the latest at its end, where it is not what it declares.
    """
    size = crc = 0
    for piece in _unpacked(source, entry) if entry.deflated else _packed(source, entry):
        size += len(piece)
        if size > entry.size_bytes:
            what = Message("holds more than the {size} bytes that it declares", size=entry.size_bytes)
            raise refused(source.path, what, HOSTILE, member=entry.name)
        crc = zlib.crc32(piece, crc)
        yield piece
    if size < entry.size_bytes:
        raise _damaged(
            source, entry, Message("holds {found} bytes, and declares {size}", found=size, size=entry.size_bytes)
        )
    if crc != entry.crc:
        raise _damaged(source, entry, Message("has another CRC than it declares"))


def _packed(source: Source, entry: Entry) -> Iterator[bytes]:
    end = entry.start + entry.packed_bytes
    for at in range(entry.start, end, CHUNK_BYTES):
        yield source.read(at, min(CHUNK_BYTES, end - at))


def _unpacked(source: Source, entry: Entry) -> Iterator[bytes]:
    """A raw deflate stream (RFC 1951), which must end where its packed bytes do."""
    stream, left = zlib.decompressobj(-zlib.MAX_WBITS), entry.packed_bytes
    for chunk in _packed(source, entry):
        left -= len(chunk)
        rest, full = chunk, True
        while full and not stream.eof:  # zlib may hold back bytes without leaving input over
            try:
                piece = stream.decompress(rest, CHUNK_BYTES)
            except zlib.error as exc:
                raise _damaged(source, entry, Message("cannot be unpacked: {why}", why=exc)) from exc
            rest, full = stream.unconsumed_tail, len(piece) == CHUNK_BYTES
            yield piece
        if stream.eof:
            break
    if not stream.eof:
        raise _damaged(source, entry, Message("ends too early"))
    if left or stream.unused_data:
        what = Message("has {count} bytes behind its end", count=left + len(stream.unused_data))
        raise refused(source.path, what, HOSTILE, member=entry.name)


def _damaged(source: Source, entry: Entry, what: Message) -> InputError:
    return refused(source.path, what, DAMAGED, member=entry.name)

"""A text as it reads once percent-encoding, character references or backslash escapes are undone,
with the way back to where everything stood."""

import html
import re
import string
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

_DEPTH = 2  # encodings on top of each other that are undone, in any order
_ALL = frozenset(range(256))
_ESCAPES = frozenset(b"%&#;\\" + string.ascii_letters.encode() + string.digits.encode())  # made of these


@dataclass(frozen=True, kw_only=True)
class Decoder:
    """One way in which characters are written as others; ``escape`` finds one that is."""

    name: str
    sign: bytes  # what every escape begins with
    escape: re.Pattern[bytes]
    decode: Callable[[bytes], bytes]


def _reference(escape: bytes) -> bytes:
    return html.unescape(escape.decode()).encode("utf-8", "surrogatepass")


def _backslash(escape: bytes) -> bytes:
    if escape[1:2] in b"ux":
        units = bytes.fromhex(escape.decode().replace("\\u", "").replace("\\x", "00"))
        return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")
    return escape[1:].translate(bytes.maketrans(b"bfnrt", b"\b\f\n\r\t"))


DECODERS = (
    Decoder(  # RFC 3986, 2.1
        name="url",
        sign=b"%",
        escape=re.compile(rb"%[0-9A-Fa-f]{2}"),
        decode=lambda escape: bytes.fromhex(escape[1:].decode()),
    ),
    Decoder(  # HTML, 13.1.4
        name="html",
        sign=b"&",
        escape=re.compile(rb"&(?:#[0-9]{1,8}|#[xX][0-9A-Fa-f]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});"),
        decode=_reference,
    ),
    Decoder(  # RFC 8259, 7, and what JavaScript and Python add
        name="json",
        sign=b"\\",
        escape=re.compile(
            rb"\\(?:u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"
            rb"|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[\"'\\/bfnrt])"
        ),
        decode=_backslash,
    ),
)


class _Table(dict[bytes, bytes]):
    """What each escape reads, itself where it has a byte that is not wanted."""

    def __init__(self, decoder: Decoder, wanted: frozenset[int]) -> None:
        super().__init__()
        self.decoder = decoder
        self._wanted = wanted

    def __missing__(self, escape: bytes) -> bytes:
        read = self.decoder.decode(escape)
        self[escape] = read if read and self._wanted.issuperset(read) else escape
        return self[escape]

    def read(self, found: re.Match[bytes]) -> bytes:
        return self[found[0]]


@dataclass(frozen=True, kw_only=True)
class View:
    """A text with ``encodings`` undone, the innermost first."""

    data: bytes
    encodings: tuple[str, ...] = ()
    parent: "View | None" = None  # with one encoding more
    table: _Table | None = None  # that made this of the parent

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text what is seen from ``start`` to ``end`` stands, with the whole of its escapes."""
        if self.parent is None:
            return start, end
        escapes = self._escapes
        first = bisect_right(escapes, start, key=itemgetter(0)) - 1
        last = bisect_left(escapes, end, key=itemgetter(0)) - 1
        if first >= 0:
            _, stop, begins, ends = escapes[first]
            start = begins if start < stop else ends + start - stop
        if last >= 0:
            _, stop, _, ends = escapes[last]
            end = ends if end <= stop else ends + end - stop
        return self.parent.span(start, end)

    @cached_property
    def _escapes(self) -> list[tuple[int, int, int, int]]:
        """Of each escape where it starts and stops here, and where it begins and ends in the parent."""
        escapes: list[tuple[int, int, int, int]] = []
        saved = 0
        if self.parent is not None and self.table is not None:
            for found in self.table.decoder.escape.finditer(self.parent.data):
                begins, ends = found.span()
                size = len(self.table[found[0]])
                escapes.append((begins - saved, begins - saved + size, begins, ends))
                saved += ends - begins - size
        return escapes


def views(data: bytes, wanted: frozenset[int]) -> Iterator[View]:
    """The text itself, then all ways to read it that differ in a byte that is ``wanted``.

    Escapes of other bytes stay as they are: what is looked for has none of them.
    """
    yield from _and_below(View(data=data), wanted, _DEPTH)


def plain(text: str) -> str:
    """The text with nothing encoded in it, as far as ``views`` sees through encodings."""
    data = text.encode("utf-8", "surrogatepass")
    for decoder in DECODERS * _DEPTH:
        data = decoder.escape.sub(_Table(decoder, _ALL).read, data)
    return data.decode("utf-8", "replace")


def _and_below(view: View, wanted: frozenset[int], depth: int) -> Iterator[View]:
    yield view
    for decoder in DECODERS if depth else ():
        if decoder.sign in view.data:
            table = _Table(decoder, wanted if depth == 1 else wanted | _ESCAPES)
            data = decoder.escape.sub(table.read, view.data)
            if data != view.data:
                encodings = (decoder.name, *view.encodings)
                yield from _and_below(View(data=data, encodings=encodings, parent=view, table=table), wanted, depth - 1)

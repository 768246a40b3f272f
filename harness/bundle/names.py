"""Names of members: which ones every file system can hold, and holds in the folder they belong to."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from harness.language import Message
from harness.limits import Limits

MANIFEST = "manifest.json"

_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}) | {
    f"{port}{digit}" for port in ("COM", "LPT") for digit in range(10)
}
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]')
_SEPARATOR = re.compile(r"[/\\]")
_SEGMENT_BYTES = 255  # what a folder's entry has room for, in UTF-8


def name_fault(name: str, limits: Limits) -> Message | None:
    """What is wrong with the name of a member, as what is said of it; None where nothing is."""
    return next(_faults(name, limits), None)


def _faults(name: str, limits: Limits) -> Iterator[Message]:
    segments = name.split("/")
    if not name:
        yield Message("has no name")
    if len(name) > limits.name_characters:
        limit = limits.name_characters
        yield Message("has a name of {count} characters, and may have {limit}", count=len(name), limit=limit)
    for char in name:
        if not char.isprintable():
            yield Message("has a character in its name that cannot be seen (U+{code})", code=f"{ord(char):04X}")
    if unicodedata.normalize("NFC", name) != name:
        yield Message("has a name that is not in Unicode's composed form (NFC)")
    if name.startswith("/"):
        yield Message("has an absolute name")
    if re.match(r"[A-Za-z]:", name):
        yield Message("has a name that begins with a drive")
    if "\\" in name:
        yield Message("has a backslash in its name")
    if name.endswith("/"):
        yield Message("is a folder, and a bundle holds files only")
    if _leads_away(segments):
        yield Message("has an empty part, `.` or `..` in its name, and could be written outside of its folder")
    if len(segments) > limits.depth:
        yield Message("lies {depth} folders deep, and may lie {limit}", depth=len(segments), limit=limits.depth)
    for segment in segments:
        yield from _segment_faults(segment)
    if _is_disguised(name):
        yield Message("has a name that another program could read as one with `..` or more separators in it")


def _segment_faults(segment: str) -> Iterator[Message]:
    if match := _NOT_ON_WINDOWS.search(segment):
        yield Message("has {character} in its name, which Windows does not allow", character=match[0])
    if segment.endswith((".", " ")):
        yield Message("has a dot or space at the end of a name, which Windows drops")
    if unicodedata.normalize("NFKC", segment).partition(".")[0].strip().upper() in _DEVICES:
        yield Message("has the name of a device of Windows ({name})", name=segment)
    if len(segment.encode()) > _SEGMENT_BYTES:
        yield Message(
            "has a name of {count} bytes in its path, and may have {limit}",
            count=len(segment.encode()),
            limit=_SEGMENT_BYTES,
        )


def _leads_away(segments: Iterable[str]) -> bool:
    return not {"", ".", ".."}.isdisjoint(segments)


def _is_disguised(name: str) -> bool:
    """Whether the name leads elsewhere once percent signs are resolved, however often they were
    put in, or look-alikes (``．．／``) are taken for what they look like."""
    plain = name
    try:
        while (resolved := unquote(plain, errors="strict")) != plain:
            plain = resolved
    except UnicodeDecodeError:
        return True
    plain = unicodedata.normalize("NFKC", plain)
    segments = _SEPARATOR.split(plain)
    return len(segments) != name.count("/") + 1 or _leads_away(segments) or not plain.isprintable()


def clash(names: Iterable[str]) -> tuple[str, Message] | None:
    """A name that is there twice, that a file system may take for another one, or that lies in another
    one, and what is said of it; None where there is none.

    Names are compared as Unicode's canonical caseless matching has it (D145).
    """
    keys: dict[str, str] = {}
    for name in names:
        key = _caseless(name)
        if keys.get(key) == name:
            return name, Message("is there twice")
        if key in keys:
            return name, Message("has a name that some systems cannot tell from `{other}`", other=keys[key])
        keys[key] = name
    for key, name in keys.items():
        folder, separator, _ = key.rpartition("/")
        while separator:
            if folder in keys:
                return name, Message("lies in `{other}`, which is a file", other=keys[folder])
            folder, separator, _ = folder.rpartition("/")
    return None


def _caseless(name: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())

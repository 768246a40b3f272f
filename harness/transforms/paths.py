"""Places in a body: JSONPath (RFC 9535), read by a library that takes some time to load. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_LAST = re.compile(
    r"(?:\.(?P<plain>[A-Za-z_\u0080-\U0010ffff][0-9A-Za-z_\u0080-\U0010ffff]*)"
    r"|\[(?P<quoted>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\])$",
    re.DOTALL,
)
_ESCAPES = re.compile(r"\\.|\"", re.DOTALL)


@lru_cache(maxsize=1000)
def compiled(path: str) -> Any:
    """A query; JSONPathError where it is none."""
    from jsonpath_rfc9535 import compile

    return compile(path)


def is_path(path: str) -> bool:
    """Whether a text is a JSONPath."""
    from jsonpath_rfc9535 import JSONPathError

    try:
        compiled(path)
    except JSONPathError:
        return False
    return True


@lru_cache(maxsize=1000)
def last(path: str) -> tuple[str, str] | None:
    """A path that ends with the name of a field as what is above it and that name; None of any other."""
    found = _LAST.search(path)
    if found is None or not is_path(path[: found.start()]):
        return None
    return path[: found.start()], found["plain"] or _unquoted(found["quoted"])


def _unquoted(text: str) -> str:
    """The name that stands in quotes of either kind, whose escapes are JSON's."""
    known = {"\\'": "'", '"': '\\"'}
    inner = text[1:-1]
    if text[0] == "'":
        inner = _ESCAPES.sub(lambda found: known.get(found[0], found[0]), inner)
    return str(json.loads(f'"{inner}"'))


def mover(old: str, new: str) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """What two places have in common, and the names that lead from there to each; None where they differ in more."""
    ways = dict(_ways(new))
    return next(((above, names, ways[above]) for above, names in _ways(old) if above in ways), None)


def _ways(path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each place above one from which names alone lead there, the nearest first."""
    names: tuple[str, ...] = ()
    while split := last(path):
        path, names = split[0], (split[1], *names)
        yield path, names

"""Places in a body: JSONPath (RFC 9535), read by a library that takes some time to load. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery


@lru_cache(maxsize=1000)
def compiled(path: str) -> JSONPathQuery:
    """JSONPathError where it is none."""
    from jsonpath_rfc9535 import compile

    return compile(path)


def problem(path: str, *, named: bool = False) -> str | None:
    """What is wrong with a text as a JSONPath; with ``named`` the last of it must be the name of a field."""
    from jsonpath_rfc9535 import JSONPathError

    try:
        query = compiled(path)
    except JSONPathError as exc:
        return str(exc).partition(",")[0].partition("\n")[0]
    return None if not named or last(query) is not None else "it does not end with the name of one field"


def mover(old: str, new: str) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """What two places have in common, and the names that lead from there to each; None where they differ in more."""
    one, other = (compiled(path).segments for path in (old, new))
    common = 0
    for here, there in zip(one, other, strict=False):
        if str(here) != str(there):
            break
        common += 1
    common = min(common, len(one) - 1, len(other) - 1)
    rests = [tuple(map(_name, segments[common:])) for segments in (one, other)]
    if not all(rests) or any(name is None for rest in rests for name in rest):
        return None
    return "$" + "".join(map(str, one[:common])), rests[0], rests[1]  # type: ignore[return-value]


def _name(segment: Any) -> str | None:
    """The one name that a segment of a path is."""
    if type(segment).__name__ != "JSONPathChildSegment" or len(segment.selectors) != 1:
        return None
    return getattr(segment.selectors[0], "name", None)


def last(query: JSONPathQuery) -> str | None:
    """The name of the field that a path ends with."""
    return _name(query.segments[-1]) if query.segments else None

"""Where in a JSON value something is: RFC 9535 (JSONPath) of names and of all items of an array. Pure."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

Path = tuple[str | None, ...]  # the name of a field, or None for all items

EXCERPT_DEPTH = 3
EXCERPT_ITEMS = 2
EXCERPT_FIELDS = 8
EXCERPT_TEXT = 60
EXCERPT_MAX = 1200  # characters of an excerpt
_NAME = re.compile(r"[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*")
_PARTS = re.compile(r"\[\*\]|\.([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|\['((?:[^'\\]|\\.)*)'\]")


def written(path: Path) -> str:
    """``$.rows[*].id``, ``$['a-b']``."""
    return "$" + "".join(map(_part, path))


def read(text: str) -> Path:
    """What ``written`` wrote."""
    return tuple(_name(found) for found in _PARTS.finditer(text))


def names(text: str) -> tuple[str, ...]:
    """The names on the way to a place, without the items of arrays."""
    return tuple(name for name in read(text) if name is not None)


def excerpt(value: Any, path: Path) -> str:
    """What a reader sees of ``value`` around ``path``: the object or array that holds it, pruned, as JSON."""
    holder, name = value, path[-1] if path else None
    for part in path[:-1]:
        inner = _step(holder, part)
        if inner is _NOTHING:
            break
        holder = inner
    text = json.dumps(_pruned(holder, EXCERPT_DEPTH, name), ensure_ascii=False, indent=1)
    return text if len(text) <= EXCERPT_MAX else text[: EXCERPT_MAX - 1] + "…"


_NOTHING = object()


def _part(part: str | None) -> str:
    if part is None:
        return "[*]"
    if _NAME.fullmatch(part):
        return f".{part}"
    escaped = part.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _name(found: re.Match[str]) -> str | None:
    if found[0] == "[*]":
        return None
    return found[1] if found[1] is not None else re.sub(r"\\(.)", r"\1", found[2])


def _step(value: Any, part: str | None) -> Any:
    if part is None:
        return value[0] if isinstance(value, list) and value else _NOTHING
    if not isinstance(value, dict):
        return _NOTHING
    if part in value:
        return value[part]
    return next(iter(value.values()), _NOTHING) if part.startswith("{") else _NOTHING


def _pruned(value: Any, depth: int, wanted: str | None = None) -> Any:
    if isinstance(value, dict):
        if not depth:
            return "{…}"
        kept = dict(_few(value, wanted))
        left = {"…": f"+ {len(value) - len(kept)}"} if len(value) > len(kept) else {}
        return {str(key)[:EXCERPT_TEXT]: _pruned(item, depth - 1) for key, item in kept.items()} | left
    if isinstance(value, list):
        if not depth:
            return "[…]"
        left_out = [f"+ {len(value) - EXCERPT_ITEMS}"] if len(value) > EXCERPT_ITEMS else []
        return [*(_pruned(item, depth - 1, wanted) for item in value[:EXCERPT_ITEMS]), *left_out]
    if isinstance(value, str) and len(value) > EXCERPT_TEXT:
        return value[:EXCERPT_TEXT] + "…"
    return value


def _few(value: dict[str, Any], wanted: str | None) -> Iterator[tuple[str, Any]]:
    """The one that is wanted, and the first others."""
    if wanted is not None and wanted in value:
        yield wanted, value[wanted]
    yield from islice(((key, item) for key, item in value.items() if key != wanted), EXCERPT_FIELDS)

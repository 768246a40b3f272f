"""Inference: JSON values to the shape that they have together. Pure.

What differs by nature is no part of a shape: ids, hashes and dates among the keys of an object are folded,
and of a text that is a date only its format counts.

Limits, so that no answer is too much: of ``DEPTH_MAX`` levels what is below has kinds alone; the first
``ITEMS_MAX`` items of an array, ``FIELDS_MAX`` fields of an object and ``NODES_MAX`` values of an
endpoint are looked at.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

DEPTH_MAX = 48
ITEMS_MAX = 300
FIELDS_MAX = 400
NODES_MAX = 40_000
VALUES_MAX = 24  # different scalars that are remembered of one place
TEXT_MAX = 80  # characters of one of them
ORDERS_MAX = 4  # arrays at one place whose sequences are remembered

_FORMATS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("ISO 8601 time in UTC", r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]00:?00)"),
        ("ISO 8601 time with offset", r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?[+-]\d\d:?\d\d"),
        ("ISO 8601 time without zone", r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?"),
        ("SQL time", r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d([.,]\d+)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?"),
        ("ISO 8601 date", r"\d{4}-\d\d-\d\d"),
        ("RFC 5322 time", r"([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(:\d\d)?( ([A-Z]{1,4}|[+-]\d{4}))?"),
        ("day/month/year", r"\d{1,2}/\d{1,2}/\d{4}( \d\d:\d\d(:\d\d)?)?"),
        ("day.month.year", r"\d{1,2}\.\d{1,2}\.\d{4}( \d\d:\d\d(:\d\d)?)?"),
        ("year/month/day", r"\d{4}/\d\d?/\d\d?( \d\d:\d\d(:\d\d)?)?"),
        ("time of day", r"\d\d:\d\d:\d\d([.,]\d+)?"),
    )
)
_YEARS = {"seconds since 1970": 1, "milliseconds since 1970": 1000}
_SINCE, _UNTIL = 1_000_000_000, 4_100_000_000  # 2001 to 2099
_KEYS = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("{number}", r"-?\d+"),
        ("{id}", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        ("{date}", r"\d{4}-\d\d(-\d\d.*)?"),
        ("{hash}", r"(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}"),
    )
)
PLAIN = "text"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What values at one place have in common. ``kinds`` are JSON's: null, boolean, number, string, array, object.

    ``formats`` are those of dates, of texts and of numbers, or ``text`` for any other text. ``values`` are the
    scalars as JSON, ``orders`` the sequences of arrays; None where there were too many.
    """

    count: int = 0
    kinds: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    values: frozenset[str] | None = frozenset()
    objects: int = 0  # how many of the values are objects
    arrays: int = 0  # how many are arrays
    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    items: "Shape | None" = None
    orders: frozenset[tuple[str, ...]] | None = frozenset()

    def always(self, name: str) -> bool:
        """Whether every object had the field."""
        return name in self.fields and self.fields[name].count == self.objects

    def with_kind(self, kind: str) -> bool:
        """Whether there was nothing else, beside null."""
        return self.kinds - {"null"} == {kind}


def infer(values: Sequence[Any]) -> Shape:
    """The shape of JSON values that came from the same place."""
    return _infer(values, 0, [NODES_MAX])


def merge(one: Shape, other: Shape) -> Shape:
    """The shape of what both are the shape of."""
    names = dict.fromkeys([*one.fields, *other.fields])
    fields = {name: merge(one.fields.get(name, Shape()), other.fields.get(name, Shape())) for name in names}
    items = [shape for shape in (one.items, other.items) if shape]
    return Shape(
        count=one.count + other.count,
        kinds=one.kinds | other.kinds,
        formats=one.formats | other.formats,
        values=_capped(one.values, other.values, VALUES_MAX),
        objects=one.objects + other.objects,
        fields=fields,
        items=merge(*items) if len(items) == 2 else items[0] if items else None,
        arrays=one.arrays + other.arrays,
        orders=_orders(one.arrays + other.arrays, lambda: (one.orders or frozenset()) | (other.orders or frozenset())),
    )


def kind(value: Any) -> str:
    """The JSON kind of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case _:
            return "object"


def folded_key(key: str) -> str:
    """The name of a field; of an object that is a table by id, hash or date, what kind of key that is."""
    return next((name for name, pattern in _KEYS if pattern.fullmatch(key)), key)


def _infer(values: Sequence[Any], depth: int, budget: list[int]) -> Shape:
    values = values[: max(budget[0], 0)]
    budget[0] -= len(values)
    kinds = [kind(value) for value in values]
    objects = [value for value, name in zip(values, kinds, strict=True) if name == "object"]
    arrays = [value[:ITEMS_MAX] for value, name in zip(values, kinds, strict=True) if name == "array"]
    scalars = [value for value, name in zip(values, kinds, strict=True) if name not in ("array", "object")]
    deeper = depth < DEPTH_MAX
    return Shape(
        count=len(values),
        kinds=frozenset(kinds),
        formats=frozenset(filter(None, map(_format, scalars))),
        values=_few(map(_scalar, scalars), VALUES_MAX),
        objects=len(objects),
        fields=_fields(objects, depth, budget) if deeper else {},
        arrays=len(arrays),
        items=_infer(_within(arrays, budget), depth + 1, budget) if arrays and deeper else None,
        orders=_orders(len(arrays), lambda: frozenset(tuple(map(_token, array)) for array in arrays)),
    )


def _within(arrays: Iterable[Sequence[Any]], budget: list[int]) -> list[Any]:
    """The items of all, as many as may still be looked at."""
    return list(islice(chain.from_iterable(arrays), max(budget[0], 0)))


def _orders(arrays: int, made: Callable[[], frozenset[tuple[str, ...]]]) -> frozenset[tuple[str, ...]] | None:
    return made() if arrays <= ORDERS_MAX else None


def _fields(objects: Sequence[Mapping[str, Any]], depth: int, budget: list[int]) -> dict[str, Shape]:
    found: dict[str, list[Any]] = {}
    for one in objects:
        for key, value in one.items():
            name = folded_key(str(key))
            if name in found or len(found) < FIELDS_MAX:
                found.setdefault(name, []).append(value)
    return {name: _infer(values, depth + 1, budget) for name, values in found.items()}


def _format(value: Any) -> str:
    """That of a date, ``text`` of any other text; empty where there is nothing to tell."""
    if isinstance(value, str):
        text = value[:60]
        return next((name for name, pattern in _FORMATS if pattern.fullmatch(text)), PLAIN) if value else ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    return next((name for name, unit in _YEARS.items() if _SINCE * unit <= value < _UNTIL * unit), "")


def _scalar(value: Any) -> str:
    return json.dumps(value[:TEXT_MAX] if isinstance(value, str) else value, ensure_ascii=False)


def _token(item: Any) -> str:
    """What stands for an item of an array where only its place counts."""
    if kind(item) == "object":
        named = next((item[key] for key in ("id", "key", "slug", "name", "title") if key in item), None)
        return _scalar(named) if named is not None and kind(named) in ("string", "number") else "{}"
    return "[]" if kind(item) == "array" else _scalar(item)


def _few(found: Iterable[Any], limit: int) -> frozenset[Any] | None:
    values: set[Any] = set()
    for value in found:
        values.add(value)
        if len(values) > limit:
            return None
    return frozenset(values)


def _capped(one: frozenset[Any] | None, other: frozenset[Any] | None, limit: int) -> frozenset[Any] | None:
    return None if one is None or other is None else _few(one | other, limit)

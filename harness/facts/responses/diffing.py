"""The shapes of a body before and after, to what changed. Pure; which rule weighs how much is in ``rules``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.facts.responses.likeness import best, same_content
from harness.facts.responses.paths import Path, written
from harness.facts.responses.shapes import PLAIN, Shape

WORDS_MAX = 8  # different words in a field that is an enumeration
_PAGING = re.compile(
    r"next|prev|previous|page|pages|per_?page|page_?size|page_?number|total|total_?(count|pages|items|results)"
    r"|count|limit|offset|cursor|(next|prev|previous|end|start)_?(url|page|cursor|token|link)|has_?(more|next(_?page)?)",
    re.IGNORECASE,
)
_PAGING_HOLDERS = re.compile(r"meta|pagination|paging|page_?info|links?|_links", re.IGNORECASE)
_PAGING_RULES = frozenset(
    {"field-removed", "field-renamed", "field-moved", "field-became-optional", "became-null", "type-changed"}
)
_WORD = re.compile(r'"[A-Za-z][A-Za-z_-]{0,30}"')
_FREE = re.compile(r"(name|title|text|label|description|message|url|path|token|hash|version|key|id)s?$", re.IGNORECASE)
_SCALARS = frozenset({"boolean", "number", "string"})


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference of two shapes: a rule, and where it is in the old one; ``other`` is in the new one."""

    rule: str
    path: Path
    other: str = ""
    was: str = ""
    now: str = ""
    members: tuple[str, ...] = ()


def diff(old: Shape, new: Shape) -> tuple[Change, ...]:
    """All that changed. A field that went and came elsewhere is one change."""
    changes = list(_envelope(old, new)) or list(_at((), (), old, new))
    return tuple(map(_paging, _moved(changes, old, new)))


# --------------------------------------------------------------------- walk
def _at(path: Path, there: Path, old: Shape, new: Shape) -> Iterator[Change]:
    kinds = list(_kinds(path, old, new))
    yield from kinds
    if not kinds:
        yield from _scalars(path, old, new)
    if old.objects and new.objects:
        yield from _fields(path, there, old, new)
    if old.items and new.items and old.items.count and new.items.count:
        yield from _at((*path, None), (*there, None), old.items, new.items)
    if old.orders and new.orders:
        yield from _lists(path, old, new)


def _fields(path: Path, there: Path, old: Shape, new: Shape) -> Iterator[Change]:
    gone = {name: shape for name, shape in old.fields.items() if name not in new.fields}
    come = {name: shape for name, shape in new.fields.items() if name not in old.fields}
    for name, shape in gone.items():
        other = best(name, shape, come.items())
        if other is None:
            yield Change(rule="field-removed", path=(*path, name), was=_names(shape), members=tuple(shape.fields))
            continue
        renamed = come.pop(other)
        where = written((*there, other))
        yield Change(rule="field-renamed", path=(*path, name), other=where, was=_names(shape),
                     members=tuple(shape.fields))  # fmt: skip
        yield from _at((*path, name), (*there, other), shape, renamed)
    for name, shape in come.items():
        yield Change(rule="field-added", path=(*there, name), now=_names(shape))
    for name in old.fields:
        if name in new.fields:
            if old.always(name) and not new.always(name) and not name.startswith("{"):
                yield Change(rule="field-became-optional", path=(*path, name), was=_names(old.fields[name]))
            yield from _at((*path, name), (*there, name), old.fields[name], new.fields[name])


def _kinds(path: Path, old: Shape, new: Shape) -> Iterator[Change]:
    was, now = old.kinds - {"null"}, new.kinds - {"null"}
    change = Change(rule="", path=path, was=_names(old), now=_names(new), members=tuple(old.fields))
    if was and not now and new.kinds:
        yield replace(change, rule="became-null")
    elif now and not was and old.kinds:
        yield replace(change, rule="no-longer-null")
    elif was and now and not was & now:
        yield replace(change, rule=_type_rule(was, now))
    elif now - was:
        yield replace(change, rule="type-widened")
    if was and now and "null" in new.kinds - old.kinds:
        yield replace(change, rule="became-nullable")


def _type_rule(was: frozenset[str], now: frozenset[str]) -> str:
    """That of kinds of which none was kept."""
    if len(was) > 1 or len(now) > 1:
        return "type-changed"
    (old,), (new,) = was, now
    if {old, new} == {"number", "string"}:
        return f"{old}-became-{new}"
    classes = tuple("scalar" if kind in _SCALARS else kind for kind in (old, new))
    return "type-changed" if classes == ("scalar", "scalar") else f"{classes[0]}-became-{classes[1]}"


def _scalars(path: Path, old: Shape, new: Shape) -> Iterator[Change]:
    """Of texts and numbers that kept their kind: how dates are written, and which words there are."""
    dates = old.formats - {PLAIN}, new.formats - {PLAIN}
    if dates[0] and old.formats == dates[0] and new.formats and not new.formats & old.formats:
        was, now = ("|".join(sorted(one)) for one in (old.formats, new.formats))
        yield Change(rule="date-format-changed", path=path, was=was, now=now)
    elif _is_enumeration(path, old, new):
        fresh = sorted((new.values or frozenset()) - (old.values or frozenset()) - {"null"})
        if fresh:
            yield Change(rule="enum-value-added", path=path, other=", ".join(fresh), was="string", now="string")


def _is_enumeration(path: Path, old: Shape, new: Shape) -> bool:
    """Few single words on both sides, in a field that is not named like free text. One side that has nothing
    of the other's, in many places, is other data."""
    name = next((part for part in reversed(path) if part is not None), "")
    if not path or _FREE.search(name) or not (old.with_kind("string") and new.with_kind("string")):
        return False
    both = [(one.values or frozenset()) - {"null"} for one in (old, new)]
    return all(0 < len(one) <= WORDS_MAX and all(_WORD.fullmatch(word) for word in one) for one in both)


def _lists(path: Path, old: Shape, new: Shape) -> Iterator[Change]:
    """Of an array that was seen once on each side: its order, and whether it is a page of the same list."""
    if len(old.orders or ()) != 1 or len(new.orders or ()) != 1:
        return
    was, now = next(iter(old.orders or ())), next(iter(new.orders or ()))
    if was == now or not was or not now or len({*was, *now}) < 2:
        return
    if sorted(was) == sorted(now):
        yield Change(rule="order-changed", path=path, was="array", now="array")
    elif was[: len(now)] == now or now[: len(was)] == was:
        yield Change(rule="page-size-changed", path=path, was=str(len(was)), now=str(len(now)))


# ----------------------------------------------------------------- envelope
def _envelope(old: Shape, new: Shape) -> Iterator[Change]:
    """Where the whole of an answer is at one field of the other, what changed beside that."""
    if name := _wrapper(old, new):
        yield Change(rule="envelope-added", path=(), other=written((name,)), was=_names(old), now=_names(new),
                     members=tuple(old.fields))  # fmt: skip
        yield from _at((), (name,), old, new.fields[name])
    elif name := _wrapper(new, old):
        yield Change(rule="envelope-removed", path=(name,), other="$", was=_names(old.fields[name]), now=_names(new),
                     members=tuple(old.fields[name].fields))  # fmt: skip
        yield from _at((name,), (), old.fields[name], new)


def _wrapper(inner: Shape, outer: Shape) -> str | None:
    """The field of ``outer`` that holds all of ``inner``."""
    if not outer.with_kind("object") or not (inner.with_kind("array") or inner.with_kind("object")):
        return None
    if inner.with_kind("object") and set(inner.fields) & set(outer.fields):
        return None
    found = [name for name, shape in outer.fields.items() if _holds(shape, inner)]
    return found[0] if len(found) == 1 else None


def _holds(shape: Shape, inner: Shape) -> bool:
    if inner.with_kind("array"):
        return shape.with_kind("array") and (not (shape.items and inner.items) or same_content(inner, shape))
    return shape.with_kind("object") and len(inner.fields) > 1 and same_content(inner, shape)


# -------------------------------------------------------------------- moves
def _moved(changes: list[Change], old: Shape, new: Shape) -> Iterator[Change]:
    """A field that went from one place and came to another is one change."""
    added = {change.path: shape for change in changes if change.rule == "field-added"
             for shape in [_shape(new, change.path)] if shape}  # fmt: skip
    places = [(path, shape) for top, whole in added.items() for path, shape in _below(top, whole)]
    taken: set[Path] = set()
    for change in changes:
        found = list(_move(change, old, places)) if change.rule == "field-removed" else []
        taken |= {place for _, place in found if place}
        if found:
            yield from (one for one, _ in found)
        elif change.rule != "field-added":
            yield change
    yield from (one for one in changes if one.rule == "field-added" and one.path not in taken)


def _move(change: Change, old: Shape, places: list[tuple[Path, Shape]]) -> Iterator[tuple[Change, Path | None]]:
    """Where a field went, or where those in it went."""
    shape = _shape(old, change.path)
    if shape is None:
        return
    if place := _place(change.path, shape, places):
        yield replace(change, rule="field-moved", other=written(place)), place
        return
    parts = [((*change.path, name), inner) for name, inner in shape.fields.items()]
    moved = {path: place for path, inner in parts if (place := _place(path, inner, places))}
    for path, inner in parts if moved else ():
        one = Change(rule="field-removed", path=path, was=_names(inner), members=tuple(inner.fields))
        goal = moved.get(path)
        yield (replace(one, rule="field-moved", other=written(goal)) if goal else one), goal


def _place(path: Path, shape: Shape, places: list[tuple[Path, Shape]]) -> Path | None:
    """The only place at which there is the same content, or the same name with the same kinds and values."""
    named = [place for place, other in places if place[-1] == path[-1] and shape.kinds == other.kinds
             and (shape.values == other.values or same_content(shape, other))]  # fmt: skip
    if len(named) == 1:
        return named[0]
    alike = [place for place, other in places if same_content(shape, other)]
    return alike[0] if not named and len(alike) == 1 else None


def _below(path: Path, shape: Shape, depth: int = 3) -> Iterator[tuple[Path, Shape]]:
    yield path, shape
    for name, inner in shape.fields.items() if depth else ():
        yield from _below((*path, name), inner, depth - 1)


def _shape(shape: Shape, path: Path) -> Shape | None:
    found: Shape | None = shape
    for part in path:
        found = found and (found.items if part is None else found.fields.get(part))
    return found


# ------------------------------------------------------------------- paging
def _paging(change: Change) -> Change:
    """What concerns the fields by which one pages has a rule of its own."""
    fields = [part for part in change.path if part is not None]
    if change.rule not in _PAGING_RULES or None in change.path or not fields or not _PAGING.fullmatch(fields[-1]):
        return change
    if len(fields) > 1 and not all(_PAGING_HOLDERS.fullmatch(name) for name in fields[:-1]):
        return change
    return replace(change, rule="pagination-changed", now=change.other or change.now)


def _names(shape: Shape) -> str:
    return "|".join(sorted(shape.kinds, key=lambda kind: (kind == "null", kind)))

"""The answers of an endpoint before and after an upgrade, to the transforms that make of the later the earlier. Pure.

Nothing is believed that was not tried: a transform is kept where, done to the answers that were recorded, it takes
away a difference of their shapes and brings no new one. What is left over is told; information that an answer no
longer has is never made up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.facts.responses.diffing import Change, diff
from harness.facts.responses.paths import read, written
from harness.facts.responses.rules import RULES
from harness.facts.responses.shapes import Shape, infer
from harness.transforms import transformed

Operation = Mapping[str, Any]  # of ``model.gateway``, as data
OPERATIONS_MAX = 40  # of one endpoint
_DATES = {
    "seconds since 1970": "seconds",
    "milliseconds since 1970": "milliseconds",
    "ISO 8601 time in UTC": "time",
    "ISO 8601 time without zone": "local-time",
    "ISO 8601 date": "date",
    "SQL time": "sql-time",
}
_SCALARS = ("string", "number", "boolean")


@dataclass(frozen=True, kw_only=True)
class Mend:
    """What makes an endpoint's bodies those that they were, as far as that can be, and what still differs then."""

    operations: tuple[Operation, ...]
    left: tuple[Change, ...]  # of `breaking` and `maybe` weight


def mend(old: Sequence[Any], new: Sequence[Any]) -> Mend:
    """Of the bodies of one endpoint, the transforms from ``new`` to the shape of ``old``."""
    target, bodies, operations = infer(old), list(new), list[Operation]()
    left = _weighty(target, bodies)
    while left and len(operations) < OPERATIONS_MAX:
        step = _step(target, bodies, left)
        if step is None:
            break
        operations.append(step[0])
        bodies, left = step[1], step[2]
    operations += _emptied(target, new, bodies)
    return Mend(operations=tuple(operations), left=tuple(left))


def _emptied(target: Shape, came: Sequence[Any], bodies: Sequence[Any]) -> Iterator[Operation]:
    """What takes away objects that hold nothing any more, now that all in them moved to where it was."""
    if bodies == list(came):
        return
    now = infer(bodies)
    for change in diff(target, now):
        shape = _shape(now, change.path)
        if change.rule == "field-added" and shape and shape.with_kind("object") and not shape.fields:
            yield {"remove": written(change.path)}


def difference(old: Sequence[Any], body: Any) -> tuple[Change, ...]:
    """In what the shape of one body differs from that of others; what those have at times only, and lists that are
    empty, are no difference."""
    return tuple(change for change in diff(infer(old), infer([body])) if change.rule not in _OF_VALUES)


_OF_VALUES = frozenset({"enum-value-added", "order-changed", "page-size-changed"})


def _weighty(target: Shape, bodies: Sequence[Any]) -> list[Change]:
    return [change for change in diff(target, infer(bodies)) if RULES[change.rule].weight != "harmless"]


def _step(
    target: Shape, bodies: Sequence[Any], left: Sequence[Change]
) -> tuple[Operation, list[Any], list[Change]] | None:
    """The next transform that helps, what it makes of the bodies, and what is left then."""
    for change in left:
        for operation in _candidates(change, _shape(target, change.path), _shape(infer(bodies), change.path)):
            tried = [transformed([operation], body) for body in bodies]
            after = _weighty(target, tried)
            if tried != bodies and _is_better(after, left, change):
                return operation, tried, after
    return None


def _is_better(after: Iterable[Change], before: Sequence[Change], cured: Change) -> bool:
    """Whether the difference is gone. What shows only now, below what was another kind or elsewhere, was there
    already; what shows anywhere else is new."""
    known = {(change.rule, change.path) for change in before}
    others = [change for change in after if (change.rule, change.path) not in known]
    gone = (cured.rule, cured.path) not in {(change.rule, change.path) for change in after}
    return gone and all(
        len(change.path) > len(cured.path) and change.path[: len(cured.path)] == cured.path for change in others
    )


# ------------------------------------------------------------------- candidates
def _candidates(change: Change, was: Shape | None, now: Shape | None) -> Iterator[Operation]:
    """What may take a change away, the likeliest first."""
    here = written(change.path)
    other = change.now if change.rule == "pagination-changed" and change.now.startswith("$") else change.other
    match change.rule:
        case "envelope-added":
            yield {"unwrap": "$", "from": read(other)[-1]}
        case "envelope-removed":
            yield {"wrap": "$", "in": change.path[-1]}
        case "field-renamed" | "field-moved" | "pagination-changed" if other.startswith("$"):
            if read(other)[:-1] == change.path[:-1]:
                yield {"rename": other, "to": change.path[-1]}
            yield {"move": other, "to": here}
        case _:
            for form in was.formats if was and len(was.formats) == 1 else ():
                if form in _DATES:
                    yield {"cast": here, "to": _DATES[form]}
            yield from _of_kinds(change, here, now)


def _of_kinds(change: Change, here: str, now: Shape | None) -> Iterator[Operation]:
    """Of what is there and of another kind."""
    was, kinds = set(change.was.split("|")) - {"null"}, set(change.now.split("|")) - {"null"}
    if not was or not kinds:
        return
    if kinds == {"array"} and was != {"array"}:
        yield {"cast": here, "to": "item"}
    if was == {"array"} and kinds == {"object"}:
        for name, shape in (now.fields if now else {}).items():
            if shape.with_kind("array"):
                yield {"unwrap": here, "from": name}
        yield {"cast": here, "to": "values"}
    elif was == {"array"}:
        yield {"cast": here, "to": "array"}
    elif kinds == {"object"}:
        for name, shape in (now.fields if now else {}).items():
            if shape.kinds & was:
                yield {"unwrap": here, "from": name}
    for kind in _SCALARS:
        if was == {kind}:
            yield {"cast": here, "to": kind}
    if was == {"object"}:
        for name in change.members:
            yield {"wrap": here, "in": name}


def _shape(shape: Shape, path: tuple[str | None, ...]) -> Shape | None:
    found: Shape | None = shape
    for part in path:
        found = found and (found.items if part is None else found.fields.get(part))
    return found

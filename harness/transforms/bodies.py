"""Operations on JSON, one after the other: what each does to a body. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from .casts import cast
from .paths import compiled, last, mover

Data = Mapping[str, Any]  # an operation
Place = tuple[Any, ...]  # keys and indexes from the root of a body
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()  # there is no JSON body
OPERATIONS = ("set", "default", "remove", "rename", "move", "wrap", "unwrap", "cast")


def transformed(operations: Iterable[Data], body: Any) -> Any:
    """A body with the operations done to it, one after the other; the one that is given stays as it is."""
    if body is MISSING:
        return body
    root = [deepcopy(body)]  # so that the body itself can be replaced
    for operation in operations:
        kind = next(name for name in OPERATIONS if name in operation)
        _DOES[kind](operation, root)
    return root[0]


def _places(path: str, root: Any) -> list[Place]:
    """Where a path leads to, the deepest first, of an array the last first."""
    found = [tuple(node.location) for node in compiled(path).finditer(root[0])]
    return sorted(found, key=lambda place: (len(place), [(isinstance(key, int), key) for key in place]), reverse=True)


def _holders(path: str, root: Any) -> tuple[list[Any], str]:
    """The objects whose field a path names, and its name; nothing where it names none."""
    above, name = last(path) or ("", "")
    places = _places(above, root) if above else []
    return [one for place in places if isinstance(one := _at(root, place), dict)], name


def _at(root: Any, place: Place) -> Any:
    value = root[0]
    for key in place:
        value = value[key]
    return value


def _put(root: Any, place: Place, value: Any) -> None:
    holder, key = (_at(root, place[:-1]), place[-1]) if place else (root, 0)
    holder[key] = value


# -------------------------------------------------------------------- operations
def _set(operation: Data, root: Any) -> None:
    holders, name = _holders(operation["set"], root)
    for holder in holders:
        holder[name] = deepcopy(operation["value"])


def _default(operation: Data, root: Any) -> None:
    holders, name = _holders(operation["default"], root)
    for holder in holders:
        if name not in holder or (holder[name] is None and operation.get("null")):
            holder[name] = deepcopy(operation["value"])


def _remove(operation: Data, root: Any) -> None:
    for place in _places(operation["remove"], root):
        if place:
            del _at(root, place[:-1])[place[-1]]


def _rename(operation: Data, root: Any) -> None:
    holders, old = _holders(operation["rename"], root)
    new = operation["to"]
    for holder in holders:
        if old in holder and new not in holder:
            items = [(new if key == old else key, value) for key, value in holder.items()]
            holder.clear()
            holder.update(items)


def _move(operation: Data, root: Any) -> None:
    way = mover(operation["move"], operation["to"])
    if way is None:
        return
    common, old, new = way
    for place in _places(common, root):
        holder, goal = _below(_at(root, place), old[:-1]), _at(root, place)
        if not isinstance(holder, dict) or old[-1] not in holder or not _has_room(goal, new):
            continue
        value = holder.pop(old[-1])
        for name in new[:-1]:
            goal = goal.setdefault(name, {})
        goal[new[-1]] = value


def _below(value: Any, names: Sequence[str]) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _has_room(goal: Any, names: Sequence[str]) -> bool:
    for name in names[:-1]:
        if not isinstance(goal, dict):
            return False
        goal = goal.get(name, {})
    return isinstance(goal, dict) and names[-1] not in goal


def _wrap(operation: Data, root: Any) -> None:
    for place in _places(operation["wrap"], root):
        _put(root, place, {operation["in"]: _at(root, place)})


def _unwrap(operation: Data, root: Any) -> None:
    for place in _places(operation["unwrap"], root):
        value = _at(root, place)
        if isinstance(value, dict) and operation["from"] in value:
            _put(root, place, value[operation["from"]])


def _cast(operation: Data, root: Any) -> None:
    for place in _places(operation["cast"], root):
        _put(root, place, cast(_at(root, place), operation["to"]))


_DOES = {
    "set": _set, "default": _default, "remove": _remove, "rename": _rename, "move": _move, "wrap": _wrap,
    "unwrap": _unwrap, "cast": _cast,
}  # fmt: skip

"""The axes of an upgrade: what differs between two set-ups, each to be changed alone. Pure."""

from collections.abc import Collection
from typing import Any

from harness.model import Environment
from harness.model.base import Frozen

LAYERS = ("client", "link", "server")
OF_PRODUCT = ("server.product", "server.plugins.", "server.dependencies.", "server.compat.")


def axes(before: Environment, after: Environment) -> tuple[str, ...]:
    """The dotted paths that differ, in the order of the layers; of lists of named things, each by its name."""
    old, new = _values(before), _values(after)
    return tuple(path for path in dict.fromkeys([*old, *new]) if old.get(path) != new.get(path))


def mixed(before: Environment, after: Environment, chosen: Collection[str]) -> Environment:
    """``before`` with the ``chosen`` axes as they are in ``after``."""
    layers: dict[str, Frozen] = {}
    for layer in LAYERS:
        old, new = getattr(before, layer), getattr(after, layer)
        changes = {
            field: _mixed(getattr(old, field), getattr(new, field), f"{layer}.{field}", chosen)
            for field in type(old).model_fields
        }
        layers[layer] = old.model_copy(update=changes)
    return before.model_copy(update=layers)


def is_environment(axis: str) -> bool:
    """Whether it is of what product and plug-ins run on, and not of themselves."""
    return not f"{axis}.".startswith(tuple(f"{one.rstrip('.')}." for one in OF_PRODUCT))


def is_plugin(axis: str) -> bool:
    return axis.startswith("server.plugins.")


def shown(environment: Environment, axis: str) -> str:
    """What an axis is in a set-up, in a few words; empty where it is not there."""
    value = _values(environment).get(axis)
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _values(environment: Environment) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for layer in LAYERS:
        part = getattr(environment, layer)
        for field in type(part).model_fields:
            path, value = f"{layer}.{field}", getattr(part, field)
            if _is_named(value):
                values |= {f"{path}.{one.name}": one for one in value}
            elif value not in (None, ()):
                values[path] = value
    return values


def _is_named(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(hasattr(one, "name") for one in value)


def _mixed(old: Any, new: Any, path: str, chosen: Collection[str]) -> Any:
    if not (_is_named(old) or _is_named(new)):
        return new if path in chosen else old
    kept, taken = {one.name: one for one in old}, {one.name: one for one in new}
    names = dict.fromkeys([*kept, *taken])
    picked = ((taken if f"{path}.{name}" in chosen else kept).get(name) for name in names)
    return tuple(one for one in picked if one is not None)

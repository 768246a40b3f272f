"""The environment file of a control run, so that it can be run again by itself. Pure."""

from collections.abc import Collection
from typing import Any

import yaml

from harness.documents import dump
from harness.model import Environment, EnvironmentFile, Extension, ServiceRef

LAYERS = ("client", "link", "server")
BY_NAME = ("plugins", "dependencies", "compat", "services")  # lists that merge by name


def document(file: EnvironmentFile) -> str:
    """YAML that is read as ``file`` again."""
    first = file.environments[0]
    said: dict[str, Any] = {"schema": 1, "name": file.name}
    said |= {layer: _plain(getattr(first, layer)) for layer in LAYERS}
    hops = list(zip(file.environments, file.environments[1:], strict=False))
    kinds = file.kinds or ("fresh",) * len(hops)
    said["upgrade"] = [
        ({"kind": kind} if kind != "fresh" else {}) | _changes(old, new)
        for (old, new), kind in zip(hops, kinds, strict=True)
    ]
    return dump(said)


def scenario_document(written: bytes, numbers: Collection[int]) -> str:
    """The YAML of a scenario with these of its steps alone, counted from 1."""
    said = yaml.safe_load(written)
    return dump(said | {"steps": [step for number, step in enumerate(said["steps"], 1) if number in numbers]})


def _plain(layer: Any) -> dict[str, Any]:
    return {field: _value(getattr(layer, field)) for field in type(layer).model_fields if _is_said(layer, field)}


def _is_said(layer: Any, field: str) -> bool:
    return getattr(layer, field) not in (None, ())


def _changes(old: Environment, new: Environment) -> dict[str, Any]:
    """What makes ``new`` of ``old``; where that is nothing, the product again, as a hop has to say something."""
    changes: dict[str, Any] = {}
    for layer in LAYERS:
        before, after = getattr(old, layer), getattr(new, layer)
        for field in type(after).model_fields:
            if getattr(before, field) != getattr(after, field):
                changes.setdefault(layer, {})[field] = _change(field, getattr(before, field), getattr(after, field))
    return changes or {"server": {"product": _value(new.server.product)}}


def _change(field: str, before: Any, after: Any) -> Any:
    if field not in BY_NAME:
        return _value(after)
    left = {one.name for one in after if not isinstance(one, ServiceRef) or one in before or not one.image}
    return [*({"name": one.name, "version": "none"} for one in before if one.name not in left), *_value(after)]


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    if isinstance(value, Extension):
        return _extension(value)
    if isinstance(value, ServiceRef):
        return _service(value)
    if hasattr(value, "model_dump"):
        return {key: its for key, its in value.model_dump(mode="json").items() if its not in ("", None)}
    return dict(value) if hasattr(value, "keys") else value


def _service(one: ServiceRef) -> Any:
    """As it is written in a file."""
    if one.image:
        return one.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {"name": one.name, "version": one.version} | ({"os": one.os} if one.os else {})


def _extension(one: Extension) -> Any:
    """As it is written in a file."""
    if one.source == "file":
        return f"extensions/{one.name}"
    folder = {"folder": one.folder} if one.folder else {}
    return {one.source: f"{one.name}@{one.version}"} | folder

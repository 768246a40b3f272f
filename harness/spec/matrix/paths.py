"""Paths of an environment file, and putting a value where one leads."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.documents import Node
from harness.documents.node import Place
from harness.model import Client, Link, Server
from harness.model.refs import VERSION
from harness.spec.overlay import LISTS, SINGLES, long_form, named, overlay

UPGRADE = "upgrade"
NONE = "none"
HOPS_MAX = 99  # that a path can name
DEFAULT_BROWSER = Client().browser.name
FIELDS: Mapping[str, Iterable[str]] = {
    layer: model.model_fields for layer, model in (("client", Client), ("link", Link), ("server", Server))
}


@dataclass(frozen=True, kw_only=True)
class SpecPath:
    """A field of an environment: ``server.product``, ``server.plugins.stellar``; below ``upgrade.`` one of
    its last hop, below ``upgrade.2.`` one of its second."""

    layer: str
    field: str
    name: str = ""  # of one reference in a list
    upgrade: bool = False
    hop: int = 0  # from 1; 0: the last

    @classmethod
    def parse(cls, text: str) -> "SpecPath | None":
        """None where the text names no field."""
        match = re.fullmatch(r"(upgrade\.(([1-9][0-9]?)\.)?)?(\w+)\.(\w+)(\.(.+))?", text)
        if not match:
            return None
        layer, field, name = match[4], match[5], match[7] or ""
        if field not in FIELDS.get(layer, ()) or (name and (layer, field) not in LISTS):
            return None
        return cls(layer=layer, field=field, name=name, upgrade=bool(match[1]), hop=int(match[3] or 0))

    @property
    def turn(self) -> tuple[bool, int, bool]:
        """Values are put in this order, so that it does not matter in which a file names them: what was
        before upgrades, then hop by hop, and a list before one reference in it."""
        return self.upgrade, self.hop or HOPS_MAX + 1, bool(self.name)

    def hop_of(self, hops: int) -> int:
        """Its hop (from 1) in a file that has so many; 0 where it is in none."""
        return (self.hop or max(hops, 1)) if self.upgrade else 0

    @property
    def is_list(self) -> bool:
        """Whether it is a whole list of references."""
        return (self.layer, self.field) in LISTS and not self.name


def known() -> list[str]:
    """The paths of all fields."""
    fields = [f"{layer}.{field}" for layer, fields in FIELDS.items() for field in fields]
    return fields + [f"{UPGRADE}.{field}" for field in fields]


def with_browser(base: Node) -> Node:
    """The same environment file with the name of the browser that it means where it says none, so that a
    version alone has one."""
    if "browser" in base.at("client").mapping:
        return base
    name = Node(line=base.line, column=base.column, value=DEFAULT_BROWSER, text=DEFAULT_BROWSER)
    return overlay(_mapping(base, client=_mapping(base, browser=_mapping(base, name=name))), base)


def put(base: Node, path: SpecPath, value: Node, at: Place) -> Node:
    """The environment file ``base`` (in long form) in which ``value`` stands at ``path``, which is written at ``at``.

    A version alone keeps the name that is there; ``none`` takes a reference out of a list,
    and changes nothing where it is not in it.
    """
    if path.upgrade:
        return _put_in_hop(base, path, value, at)
    return _without(base, path) if _is_none(path, value) else _laid(base, path, value, at)


def _put_in_hop(base: Node, path: SpecPath, value: Node, at: Place) -> Node:
    hops = list(base.mapping[UPGRADE].items) if UPGRADE in base.mapping else []
    index = path.hop_of(len(hops)) - 1
    while len(hops) <= index:
        hops.append(_mapping(value))
    before = base
    for hop in hops[:index]:
        before = overlay(before, long_form(hop))
    hop = long_form(hops[index])
    if _is_none(path, value):
        hop = _without(hop, path)  # that it is taken away must not be laid on a version that the hop gives it
    if not _is_none(path, value) or _has(before, path):
        hop = _laid(hop, path, value, at)
    hops[index] = hop
    return _with(base, UPGRADE, replace(value, value=hops, text="", keys={}))


def _laid(base: Node, path: SpecPath, value: Node, at: Place) -> Node:
    over = _nested(path, value, at)
    if path.is_list:  # the whole list, not what is merged into it
        layer = base.mapping.get(path.layer, over.at(path.layer))
        return _with(base, path.layer, _with(layer, path.field, over.at(path.layer, path.field)))
    return overlay(base, over)


def _is_none(path: SpecPath, value: Node) -> bool:
    return value.text == NONE and bool(path.name)


def _has(environment: Node, path: SpecPath) -> bool:
    return any(item.at("name").text == path.name for item in environment.at(path.layer, path.field).items)


def _without(base: Node, path: SpecPath) -> Node:
    """The file without one reference of a list."""
    if not _has(base, path):
        return base
    layer = base.mapping[path.layer]
    kept = [item for item in layer.mapping[path.field].items if item.at("name").text != path.name]
    return _with(base, path.layer, _with(layer, path.field, replace(layer.mapping[path.field], value=kept)))


def _nested(path: SpecPath, value: Node, at: Place) -> Node:
    """``value`` as what an overlay would say at ``path``."""
    if path.name:
        name = Node(line=at[0], column=at[1], value=path.name, text=path.name)
        reference = _mapping(value, name=name, version=_verbatim(value))
        value = replace(value, value=[reference], text="", keys={})
    elif path.is_list:
        value = replace(value, value=[named(item) for item in value.items]) if value.items else value
    elif (path.layer, path.field) in SINGLES and not value.mapping:
        is_version = re.fullmatch(VERSION, value.text) is not None
        value = _mapping(value, version=_verbatim(value)) if is_version else named(value)
    return _mapping(value, **{path.layer: _mapping(value, **{path.field: value})})


def _mapping(at: Node, **entries: Node) -> Node:
    return Node(line=at.line, column=at.column, value=dict(entries), keys=dict.fromkeys(entries, at.place))


def _verbatim(node: Node) -> Node:
    """A number as the text that it was written as."""
    return replace(node, value=node.text) if isinstance(node.value, (int, float)) else node


def _with(node: Node, key: str, child: Node) -> Node:
    return replace(node, value={**node.mapping, key: child}, keys={key: child.place} | node.keys)


def placed(node: Node, at: Node) -> Node:
    """The same, standing where a node of another file stands."""
    value: Any = node.value
    if isinstance(value, dict):
        value = {key: placed(child, at) for key, child in value.items()}
    elif isinstance(value, list):
        value = [placed(child, at) for child in value]
    return replace(node, line=at.line, column=at.column, value=value, keys=dict.fromkeys(node.keys, at.place))

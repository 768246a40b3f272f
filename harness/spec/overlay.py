"""Overlays: what one entry of ``upgrade`` makes of the environment before it.

Mappings merge deeply, everything else is replaced. The lists of references
(``plugins``, ``dependencies``, ``compat``, ``services``) merge by name: a reference to what is
there replaces its version, a new name is appended, and ``name@none`` removes one.
"""

from dataclasses import replace

from harness.documents import Node
from harness.model import Ref

LISTS = (("server", "plugins"), ("server", "dependencies"), ("server", "compat"), ("server", "services"))
SINGLES = (("client", "browser"), ("server", "product"))


def long_form(root: Node, path: tuple[str, ...] = ()) -> Node:
    """The same environment (or overlay) with every reference as ``{name: …, version: …}``."""
    if path in SINGLES:
        return named(root)
    if path in LISTS or path == ("compat",):
        return replace(root, value=[named(item) for item in root.items]) if isinstance(root.value, list) else root
    if not isinstance(root.value, dict) or len(path) == 2:
        return root
    return replace(root, value={key: long_form(child, (*path, key)) for key, child in root.mapping.items()})


def overlay(base: Node, over: Node, path: tuple[str, ...] = ()) -> Node:
    """``over`` laid on ``base``, both in long form; every value keeps the place it comes from."""
    if path in LISTS and isinstance(base.value, list) and isinstance(over.value, list):
        return replace(over, value=_references(base.value, over.value))
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    if path in SINGLES and _name(over) not in (None, _name(base)):
        return over  # nothing of one is of another
    merged = dict(base.value)
    for key, child in over.value.items():
        merged[key] = overlay(merged[key], child, (*path, key)) if key in merged else child
    return replace(base, value=merged, keys=base.keys | over.keys)


def _references(base: list[Node], over: list[Node]) -> list[Node]:
    merged: list[Node] = list(base)
    for item in over:
        index = next((i for i, there in enumerate(merged) if _name(there) == _name(item) is not None), None)
        if index is None:
            merged.append(item)
        elif item.at("version").value == "none":
            del merged[index]
        elif _is_given(item) != _is_given(merged[index]) and (_is_given(item) or "version" in item.mapping):
            merged[index] = item  # nothing of a package is of an image, nor the other way round
        else:
            merged[index] = overlay(merged[index], item)
    return merged


def _is_given(item: Node) -> bool:
    return "image" in item.mapping


def named(node: Node) -> Node:
    """A reference in its long form; what is no text stays as it is."""
    if not isinstance(node.value, str):
        return node
    parts = {key: replace(node, value=text, text=text) for key, text in Ref.split(node.value).items()}
    return replace(node, value=parts)


def _name(node: Node) -> str | None:
    name = node.mapping.get("name")
    return name.value if name is not None and isinstance(name.value, str) else None

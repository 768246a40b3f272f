"""Gateways: files of ``gateways/`` beside an environment file → the rules that a gateway follows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.documents import Mistakes, Node, dump, read, validate
from harness.errors import InputError, nearest
from harness.evidence import write_whole
from harness.language import Message
from harness.model.links import GATEWAY, GATEWAYS
from harness.spec.header import SCHEMA, body
from harness.spec.recipe import Recipes

if TYPE_CHECKING:
    from harness.model.gateway import Gateway


def gateway_file(path: Path) -> Gateway:
    """The gateway in a file. InputError with every Problem of it."""
    from harness.model.gateway import Gateway

    mistakes = Mistakes(path)
    gateway = validate(Gateway, body(read(path), mistakes), mistakes, {"path": path})
    mistakes.check()
    assert gateway is not None
    return gateway


def find(name: Node, recipes: Recipes, mistakes: Mistakes) -> None:
    """See that a gateway named in an environment file is there; what is wrong with it is left in ``recipes``."""
    if not re.fullmatch(GATEWAY, name.text):
        return  # its model says so
    home = recipes.folder.parent
    if not (home / name.text).is_file():
        there = sorted(f"{GATEWAYS}/{path.name}" for path in (home / GATEWAYS).glob("*.yaml"))
        what = Message("there is no gateway `{name}` beside this file", name=name.text)
        mistakes.add(name, what, nearest(name.text, there) or Message("it would be {path}", path=home / name.text))
        return
    try:
        gateway_file(home / name.text)
    except InputError as exc:
        recipes.problems += exc.problems


def gateway_text(gateway: Gateway, comment: str = "") -> str:
    """The file of a gateway."""
    title = {"title": gateway.title} if gateway.title else {}
    return comment + dump({"schema": SCHEMA, "name": gateway.name, **title, "rules": gateway.data})


def write_gateway(gateway: Gateway, comment: str = "") -> None:
    """Write it to its path; it is there complete or not at all."""
    gateway.path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(gateway.path, gateway_text(gateway, comment))

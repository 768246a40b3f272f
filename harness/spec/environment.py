"""An environment file, with its upgrades laid on, → EnvironmentFile."""

import re
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.browsers import BROWSERS
from harness.documents import Mistakes, Node, read, validate
from harness.errors import nearest
from harness.language import Message
from harness.model import Environment, EnvironmentFile, Recipe, Ref
from harness.spec.header import Slug, body
from harness.spec.overlay import LISTS, long_form, overlay
from harness.spec.recipe import Recipes
from harness.systems import SYSTEMS

LOCALE = r"(C|POSIX|[a-z]{2,3}(_[A-Z]{2})?)(\.[A-Za-z0-9-]+)?(@[a-z]+)?"  # glibc: language_TERRITORY.codeset@modifier
LAYERS = ("client", "link", "server")


class EnvironmentDocument(Environment):
    """An environment file without its ``schema``; every entry of ``upgrade`` is part of an environment."""

    name: Slug
    title: str = ""
    upgrade: tuple[dict[str, Any], ...] = ()
    compat: tuple[Ref, ...] = ()


def environment_file(path: Path, recipes: Recipes) -> EnvironmentFile:
    """The set-ups in a file. InputError with every Problem of the file; those of recipes are left in ``recipes``."""
    mistakes = Mistakes(path)
    root = long_form(body(read(path), mistakes))
    document = validate(EnvironmentDocument, root, mistakes)
    nodes = [root.without(*(key for key in root.mapping if key not in LAYERS))]
    for hop in root.at("upgrade").items if "upgrade" in root.mapping else ():
        nodes.append(overlay(nodes[-1], long_form(hop)) if isinstance(hop.value, dict) else nodes[-1])
    environments = [validate(Environment, node, mistakes) for node in nodes] if "server" in root.mapping else []
    _refuse_idle_hops(root, mistakes)
    for node in nodes:
        _check(node, recipes, mistakes)
    _check_parts(root.at("compat").items if "compat" in root.mapping else [], "compat", nodes[-1], recipes, mistakes)
    mistakes.check()
    assert document is not None
    return EnvironmentFile(
        path=path,
        name=document.name,
        title=document.title,
        environments=tuple(environment for environment in environments if environment),
        compat=document.compat,
    )


def _refuse_idle_hops(root: Node, mistakes: Mistakes) -> None:
    """An entry that says nothing; one that says again what is already so is a control, and welcome."""
    for hop in root.at("upgrade").items if "upgrade" in root.mapping else ():
        if all(isinstance(node.value, (dict, list)) for node in hop.walk()):
            mistakes.add(
                hop, Message("this entry of `upgrade` says nothing"), Message("say what it changes, or drop it")
            )


def _check(node: Node, recipes: Recipes, mistakes: Mistakes) -> None:
    """What is known here about the words of one environment; each is looked at for itself."""
    for layer in ("client", "server"):
        _one_of(_word(node, layer, "os"), SYSTEMS, Message("operating system"), mistakes)
    _one_of(_word(node, "client", "browser", "name"), BROWSERS, Message("browser"), mistakes)
    if (locale := _word(node, "client", "locale")) and not re.fullmatch(LOCALE, locale.text):
        what = Message("`{name}` is no name of a locale", name=locale.text)
        mistakes.add(locale, what, Message("write language_COUNTRY.UTF-8, such as zh_CN.UTF-8"))
    if timezone := _word(node, "client", "timezone"):
        _one_of(timezone, zoneinfo.available_timezones(), Message("time zone"), mistakes)
    if product := _word(node, "server", "product", "name"):
        recipes.find(product, mistakes)
    for _, field in LISTS:
        if references := node.mapping.get("server", node).mapping.get(field):
            _check_parts(references.items, field, node, recipes, mistakes)


def _check_parts(items: Iterable[Node], field: str, node: Node, recipes: Recipes, mistakes: Mistakes) -> None:
    """Names in a list of references: in the recipe, and each once."""
    product = _word(node, "server", "product", "name")
    recipe = recipes.loaded.get(product.text) if product else None
    seen: set[str] = set()
    for item in items:
        name = _word(item, "name") if isinstance(item.value, dict) else None
        if name is None:
            continue
        if name.text in seen:
            mistakes.add(name, Message("`{name}` is here twice", name=name.text), Message("keep one of the two"))
        seen.add(name.text)
        if recipe is not None:
            _check_part(name, field, recipe, mistakes)


def _check_part(name: Node, field: str, recipe: Recipe, mistakes: Mistakes) -> None:
    if field == "dependencies":
        if recipe.dependencies is None:
            what = Message("the recipe of `{product}` has no `dependencies`", product=recipe.name)
            mistakes.add(name, what, Message("say in {path} whose packages they are", path=recipe.path))
        return
    parts = recipe.plugins if field == "plugins" else recipe.compat
    if name.text not in parts:
        what = Message(
            "the recipe of `{product}` knows no `{name}` in its `{field}`",
            product=recipe.name,
            name=name.text,
            field=field,
        )
        mistakes.add(name, what, nearest(name.text, parts) or Message("add it to {path}", path=recipe.path))


def _one_of(word: Node | None, choices: Iterable[str], noun: Message, mistakes: Mistakes) -> None:
    if word is not None and word.text not in (known := list(choices)):
        mistakes.add(word, Message("there is no {noun} `{name}`", noun=noun, name=word.text), nearest(word.text, known))


def _word(node: Node, *path: str) -> Node | None:
    """The text at ``path``; None where there is none, which is for the model to say."""
    for key in path:
        if key not in node.mapping:
            return None
        node = node.mapping[key]
    return node if isinstance(node.value, str) else None

"""An environment file, with its upgrades laid on, → EnvironmentFile."""

import re
import zoneinfo
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from harness import references
from harness.browsers import BROWSERS
from harness.documents import Mistakes, Node, read, validate
from harness.errors import nearest
from harness.installers import WHOLE
from harness.language import Message
from harness.model import Environment, EnvironmentFile, Recipe, Server
from harness.model.environment import CompatRef
from harness.model.links import is_gateway
from harness.spec.client import complete
from harness.spec.gateway import find
from harness.spec.header import Slug, body
from harness.spec.overlay import LISTS, long_form, overlay
from harness.spec.recipe import Recipes
from harness.spec.upgrading import KIND, check_in_place, check_services, upgrade_kinds, word
from harness.systems import SYSTEMS

LOCALE = r"(C|POSIX|[a-z]{2,3}(_[A-Z]{2})?)(\.[A-Za-z0-9-]+)?(@[a-z]+)?"  # glibc: language_TERRITORY.codeset@modifier
LAYERS = ("client", "link", "server")


class EnvironmentDocument(Environment):
    """An environment file without its ``schema``; every entry of ``upgrade`` is part of an environment."""

    name: Slug
    title: str = ""
    upgrade: tuple[dict[str, Any], ...] = ()
    compat: tuple[CompatRef, ...] = ()


def environment_file(path: Path, recipes: Recipes) -> EnvironmentFile:
    """The set-ups in a file. InputError with every Problem of the file; those of recipes are left in ``recipes``."""
    mistakes = Mistakes(path)
    whole = root(path, mistakes)
    _refuse_idle_hops(whole, mistakes)
    return of_root(whole, path, recipes, mistakes)


def root(path: Path, mistakes: Mistakes) -> Node:
    """What an environment file says, in long form."""
    return long_form(body(read(path), mistakes))


def of_root(root: Node, path: Path, recipes: Recipes, mistakes: Mistakes) -> EnvironmentFile:
    """The set-ups in what a file says. InputError and ``recipes`` as ``environment_file``."""
    document = validate(EnvironmentDocument, root, mistakes)
    nodes = [root.without(*(key for key in root.mapping if key not in LAYERS))]
    hops = root.at("upgrade").items if "upgrade" in root.mapping else ()
    for hop in hops:
        changes = long_form(hop).without(KIND) if isinstance(hop.value, dict) else hop
        nodes.append(overlay(nodes[-1], changes) if isinstance(hop.value, dict) else nodes[-1])
    environments = [validate(Environment, node, mistakes) for node in nodes] if "server" in root.mapping else []
    environments = [
        complete(one, node, recipes.folder.parent, mistakes) if one else None
        for one, node in zip(environments, nodes, strict=False)
    ]
    for node in nodes:
        _check(node, recipes, mistakes)
    _check_parts(root.at("compat").items if "compat" in root.mapping else [], "compat", nodes[-1], recipes, mistakes)
    passwords = {id(one) for one in (*_passwords(root), *_of_browsers(root))}
    for node in root.walk():
        for name in references.names(node.text) if id(node) not in passwords else ():
            what = Message("an environment file takes no `${{env:{name}}}`", name=name)
            mistakes.add(node, what, Message("recipes take it under `environment`, scenarios in their steps"))
    kinds = upgrade_kinds(hops, mistakes)
    check_in_place(kinds, hops, environments, recipes, mistakes)
    mistakes.check()
    assert document is not None
    return EnvironmentFile(
        path=path,
        name=document.name,
        title=document.title,
        environments=tuple(environment for environment in environments if environment),
        kinds=kinds,
        compat=document.compat,
    )


def _passwords(root: Node) -> Iterator[Node]:
    """Where a reference to a variable may stand."""
    hops = root.at("upgrade").items if "upgrade" in root.mapping else ()
    for layer in (one.mapping.get("link") for one in (root, *hops)):
        for field in ("proxy", "basic_auth"):
            if layer and (login := layer.mapping.get(field)) and (password := login.mapping.get("password")):
                yield password


def _of_browsers(root: Node) -> Iterator[Node]:
    """The same of a browser that runs elsewhere: its address, and what is asked of it."""
    hops = root.at("upgrade").items if "upgrade" in root.mapping else ()
    for client in (one.mapping.get("client") for one in (root, *hops)):
        browser = client.mapping.get("browser") if client else None
        for field in ("url", "product_host", "capabilities"):
            if browser and (there := browser.mapping.get(field)):
                yield from there.walk()


def _refuse_idle_hops(root: Node, mistakes: Mistakes) -> None:
    for hop in root.at("upgrade").items if "upgrade" in root.mapping else ():
        if is_idle(hop):
            mistakes.add(
                hop, Message("this entry of `upgrade` says nothing"), Message("say what it changes, or drop it")
            )


def is_idle(hop: Node) -> bool:
    """Whether an entry of ``upgrade`` says nothing, but for its kind; what says again what is already so is a
    control, and welcome."""
    changes = hop.without(KIND) if hop.mapping else hop
    for layer, fields in changes.mapping.items():
        if any(one.value == [] and (layer, field) not in LISTS for field, one in fields.mapping.items()):
            return False  # a list that is replaced as a whole: now there is none
    return all(isinstance(node.value, (dict, list)) for node in changes.walk())


def _check(node: Node, recipes: Recipes, mistakes: Mistakes) -> None:
    """What is known here about the words of one environment; each is looked at for itself."""
    for layer in ("client", "server"):
        _one_of(word(node, layer, "os"), SYSTEMS, Message("operating system"), mistakes)
    _one_of(word(node, "client", "browser", "name"), BROWSERS, Message("browser"), mistakes)
    if (locale := word(node, "client", "locale")) and not re.fullmatch(LOCALE, locale.text):
        what = Message("`{name}` is no name of a locale", name=locale.text)
        mistakes.add(locale, what, Message("write language_COUNTRY.UTF-8, such as zh_CN.UTF-8"))
    if timezone := word(node, "client", "timezone"):
        _one_of(timezone, _timezones(), Message("time zone"), mistakes)
    if (python := node.mapping.get("server", node).mapping.get("python")) is not None:
        _check_python(python, word(node, "server", "os"), mistakes)
    if product := word(node, "server", "product", "name"):
        recipes.find(product, mistakes)
        check_services(node, recipes.loaded.get(product.text), recipes.folder.parent, mistakes)
        _check_given(node.mapping["server"], recipes.loaded.get(product.text), mistakes)
    for gateway in node.at("link", "gateways").items if "gateways" in node.at("link").mapping else ():
        find(gateway, recipes, mistakes)
    for _, field in LISTS:
        if references := node.mapping.get("server", node).mapping.get(field):
            _check_parts(references.items, field, node, recipes, mistakes)


def _check_given(server: Node, recipe: Recipe | None, mistakes: Mistakes) -> None:
    """Nothing is asked of an image that is given but what it is."""
    if recipe is None or not any(one.installer in WHOLE for one in recipe.product.install):
        return
    for key in ("python", "node", "dependencies"):
        if (asked := server.mapping.get(key)) is not None and asked.value not in (None, []):
            what = Message("`{product}` brings its image, whose `{key}` is what it is", product=recipe.name, key=key)
            mistakes.add(server.place_of(key), what, Message("leave it out"))


def _check_python(python: Node, os: Node | None, mistakes: Mistakes) -> None:
    """Whether a system can have that Python: its own, or that of an earlier release."""
    system = SYSTEMS.get(os.text if os else Server.model_fields["os"].default)
    if system is None or not re.fullmatch(r"\d+\.\d+", python.text) or python.text in (system.python, *system.pythons):
        return
    there = [name for name, one in SYSTEMS.items() if python.text in (one.python, *one.pythons)]
    what = Message("{system} cannot have Python {version}", system=system.name, version=python.text)
    versions = ", ".join([system.python, *system.pythons])
    if there:
        advice = Message("{systems} can; this one can have {versions}", systems=", ".join(there), versions=versions)
    else:
        advice = Message("this one can have {versions}", versions=versions)
    mistakes.add(python, what, advice)


@cache
def _timezones() -> frozenset[str]:
    """All that there are; to look for them takes some 20 ms."""
    return frozenset(zoneinfo.available_timezones())


def _check_parts(items: Iterable[Node], field: str, node: Node, recipes: Recipes, mistakes: Mistakes) -> None:
    """Names in a list of references: in the recipe, and each once."""
    product = word(node, "server", "product", "name")
    recipe = recipes.loaded.get(product.text) if product else None
    seen: set[str] = set()
    for item in items:
        name = word(item, "name") if isinstance(item.value, dict) else None
        if name is None:
            continue
        if name.text in seen:
            mistakes.add(name, Message("`{name}` is here twice", name=name.text), Message("keep one of the two"))
        seen.add(name.text)
        if field == "compat" and is_gateway(name.text):
            find(name, recipes, mistakes)
        elif recipe is not None:
            _check_part(name, field, recipe, mistakes)


def _check_part(name: Node, field: str, recipe: Recipe, mistakes: Mistakes) -> None:
    if field == "dependencies":
        if recipe.dependencies is None:
            what = Message("the recipe of `{product}` has no `dependencies`", product=recipe.name)
            mistakes.add(name, what, Message("say in {path} whose packages they are", path=recipe.path))
        return
    if field == "services":
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

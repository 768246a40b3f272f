"""drafts: what is known of a customer → the first environment file, recipe and scenario."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from harness import spec
from harness.documents import dump, plain, read
from harness.errors import InputError
from harness.evidence import unwritable, write_whole
from harness.language import Language, Message
from harness.model import Ref
from harness.model.desktop import EXTENSIONS
from harness.model.given import SERVICES
from harness.model.links import CERTIFICATES
from harness.signals import undisturbed
from harness.spec.header import SCHEMA

BEGINNINGS = Path(__file__).parent / "templates" / "init"
DATA = "/srv/data"  # of a product of which nothing is known
LAYERS = ("client", "link", "server")
BESIDE = (EXTENSIONS, CERTIFICATES, SERVICES)  # folders that an environment file may name something of
_HOLE = re.compile(r"\[\[(\w+)\]\]")


@dataclass(frozen=True, kw_only=True)
class NewRecipe:
    """How a product that has no recipe yet is installed and started."""

    installer: str  # one of ``beginnings``
    package: str
    port: int
    start: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is known of a customer."""

    name: str  # of the environment
    product: str
    before: str  # version
    after: str  # version; empty where nothing is upgraded
    plugins: tuple[Ref, ...]
    os: str
    browser: str
    recipe: NewRecipe | None  # None where the product has one
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # [upgrade.]layer -> field -> value

    @property
    def upgrade(self) -> dict[str, Any]:
        """What an upgrade changes, by layer, and its kind where one is wanted."""
        after = {"server": {"product": f"{self.product}@{self.after}"}} if self.after else {}
        changed = ((layer, {**after.get(layer, {}), **self._set(f"upgrade.{layer}")}) for layer in LAYERS)
        return {**self._set("upgrade"), **{layer: fields for layer, fields in changed if fields}}

    @property
    def layers(self) -> dict[str, dict[str, Any]]:
        """What the customer has."""
        server: dict[str, Any] = {"os": self.os, "product": f"{self.product}@{self.before}"}
        if self.plugins:
            server["plugins"] = [str(ref) for ref in self.plugins]
        known = {"client": {"os": self.os, "browser": self.browser}, "link": {}, "server": server}
        return {layer: {**known[layer], **self._set(layer)} for layer in LAYERS}

    def _set(self, layer: str) -> Mapping[str, Any]:
        return self.settings.get(layer, {})


@cache
def beginnings() -> dict[str, Any]:
    """What a recipe begins with, by installer."""
    paths = sorted(BEGINNINGS.glob("*.yaml"))
    return {path.stem: plain(read(path), verbatim=()) for path in paths}


def environment_path(name: str) -> Path:
    return Path("environments") / f"{name}.yaml"


def scenario_path(name: str) -> Path:
    return Path("scenarios") / f"{name}.yaml"


def recipe_path(product: str) -> Path:
    return Path("environments/recipes") / product / "recipe.yaml"


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """JSON-like data with its ``[[holes]]`` filled."""
    if isinstance(value, str):
        return _HOLE.sub(lambda match: values[match[1]], value)
    if isinstance(value, dict):
        return {key: filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, values) for item in value]
    return value


def files(draft: Draft, lang: Language) -> dict[Path, str]:
    """The files of a draft by their places in the working folder; the environment comes first."""
    found = {environment_path(draft.name): _environment(draft, lang)}
    if draft.recipe:
        path = recipe_path(draft.product)
        found[path] = _recipe(draft, draft.recipe, lang)
        for name, text in beginnings()[draft.recipe.installer].get("files", {}).items():
            found[path.with_name(name)] = filled(text, _values(draft.product, draft.recipe))
    found[scenario_path(draft.name)] = _scenario(draft, lang)
    return found


def write(draft: Draft, folder: Path, lang: Language) -> tuple[Path, ...]:
    """Write all files of a draft below ``folder``, or none; returns their places.

    InputError where one is there already, one cannot be written, or they would not be valid.
    """
    contents = {folder / path: text for path, text in files(draft, lang).items()}
    refuse_existing(contents)
    _check(draft, folder, lang)
    folders: list[Path] = []
    with undisturbed():
        try:
            for path, text in contents.items():
                folders += [parent for parent in path.parents if not parent.exists() and parent not in folders]
                write_whole(path, text)
        except OSError as exc:
            for path in contents:
                path.unlink(missing_ok=True)
            with suppress(OSError):
                for parent in sorted(folders, key=lambda one: -len(one.parts)):
                    parent.rmdir()
            raise unwritable(folder, exc) from exc
    return tuple(contents)


def refuse_existing(paths: Iterable[Path]) -> None:
    """InputError where something is there."""
    for path in paths:
        if path.exists():
            raise InputError(
                Message("{path} is there already, and nothing is written over", path=path),
                Message("give the new one another name"),
            )


def _check(draft: Draft, folder: Path, lang: Language) -> None:
    """Read the files back from somewhere else, with the recipe that is there, extensions, certificates and services."""
    with tempfile.TemporaryDirectory(prefix="harness-init-") as name:
        there = Path(name)
        known = (folder / recipe_path(draft.product)).parent
        if known.is_dir():
            shutil.copytree(known, there / recipe_path(draft.product).parent)
        for path in (environment_path(draft.name).parent / one for one in BESIDE):
            if (folder / path).is_dir():
                shutil.copytree(folder / path, there / path, symlinks=True)
        for path, text in files(draft, lang).items():
            write_whole(there / path, text)
        try:
            spec.load(there / environment_path(draft.name), there / scenario_path(draft.name))
        except InputError as exc:
            problems = [
                replace(one, path=folder / one.path.relative_to(there)) if one.path.is_relative_to(there) else one
                for one in exc.problems
            ]
            raise InputError(exc.what, exc.advice, problems=tuple(problems)) from exc


def _environment(draft: Draft, lang: Language) -> str:
    head = {"schema": SCHEMA, "name": draft.name}
    text = _comment(Message("The environment that a customer has."), lang) + _keys(head)
    text += _comment(Message("More that a client can have: locale, timezone, viewport."), lang)
    text += _keys({layer: fields for layer, fields in draft.layers.items() if fields})
    if draft.upgrade:
        text += _comment(Message("What an upgrade changes; an entry for each."), lang)
        text += _keys({"upgrade": [draft.upgrade]})
    return text


def _recipe(draft: Draft, recipe: NewRecipe, lang: Language) -> str:
    beginning, values = beginnings()[recipe.installer], _values(draft.product, recipe)
    text = _comment(Message("How the product and its plug-ins are installed and started."), lang)
    text += _keys({"schema": SCHEMA, "name": draft.product, "product": filled(beginning["product"], values)})
    if draft.plugins:
        plugins = {ref.name: filled(beginning["plugin"], {"package": ref.name}) for ref in draft.plugins}
        text += _keys({"plugins": plugins})
    if more := filled(beginning.get("recipe", {}), values):
        text += _keys(more)
    if draft.upgrade.get("kind") == "in-place":
        text += _comment(Message("What outlives an upgrade in place; services keep theirs."), lang)
        text += _keys({"data": [DATA], "setup": [["mkdir", "-p", DATA]]})
    text += _comment(Message("It has to listen on all addresses, not only on localhost."), lang)
    text += _keys({"start": list(recipe.start), "port": recipe.port})
    text += _comment(Message("It is ready when this answers; `text: …` would have to be part of it."), lang)
    return text + _keys({"ready": {"path": "/", "status": 200}})


def _scenario(draft: Draft, lang: Language) -> str:
    steps = [{"open": "/"}, {"expect": {"target": "body"}}]
    text = _comment(Message("What the customer did, step by step: type, click, expect …"), lang)
    return text + _keys({"schema": SCHEMA, "name": draft.name, "product": draft.product, "steps": steps})


def _values(product: str, recipe: NewRecipe) -> dict[str, str]:
    return {"product": product, "package": recipe.package, "port": str(recipe.port)}


def _keys(entries: Mapping[str, Any]) -> str:
    """Entries of the mapping at the top of a file."""
    return "".join(dump({key: value}, compact=isinstance(value, (dict, list))) for key, value in entries.items())


def _comment(words: Message, lang: Language) -> str:
    return f"# {words.into(lang)}\n"

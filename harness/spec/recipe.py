"""``recipes/<product>/recipe.yaml`` → Recipe."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import beside, references
from harness.documents import Mistakes, Node, plain, read, validate
from harness.errors import InputError, Problem, nearest
from harness.installers import INSTALLERS, WHOLE
from harness.language import Message
from harness.model import Environment, Recipe, Ref, Scenario, Server, ServiceRef
from harness.model.packages import is_off
from harness.services import SERVICES, access, meant, unknown
from harness.spec.header import body
from harness.spec.scenario import misfit, scenario_file
from harness.templating import context, rehearse
from harness.templating import read as read_template

FILE = "recipe.yaml"
_SOME_VERSION = "1.0.0"
_BESIDE = (("files", "from", Path.is_dir), ("sql", "file", Path.is_file), ("scenario", "", Path.is_file))
_GIVEN = {"url": "", "host": "", "port": 1, "user": "", "password": "", "database": ""}  # of an image, in a file
_SEEN = {"product", "plugins", "compat", "dependencies", "client", "server", "link", "plugin", "layer"}  # by templates


class Recipes:
    """The recipes beside an environment file: those that were asked for, and what is wrong with them."""

    def __init__(self, environment_path: Path) -> None:
        self.folder = environment_path.parent / "recipes"
        self.loaded: dict[str, Recipe] = {}
        self.problems: list[Problem] = []
        self._failed: set[str] = set()

    def names(self) -> list[str]:
        """Products that have a recipe."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{FILE}"))

    def find(self, product: Node, mistakes: Mistakes) -> None:
        """Load the recipe of a product named in a file; ``mistakes`` are of that file."""
        name = product.text
        if name in self.loaded or name in self._failed:
            return
        if name not in self.names():
            advice = nearest(name, self.names()) or Message(
                "its recipe would be {path}", path=self.folder / name / FILE
            )
            mistakes.add(product, Message("there is no recipe for the product `{name}`", name=name), advice)
            return
        try:
            self.loaded[name] = self.read(name)
        except InputError as exc:
            self._failed.add(name)
            self.problems += exc.problems

    def read(self, name: str) -> Recipe:
        """The recipe of that name. InputError with every Problem of it."""
        return recipe_file(self.folder / name / FILE)


def recipe_file(path: Path) -> Recipe:
    """The recipe in a file, whose folder has its name. InputError with every Problem of it and of its templates."""
    mistakes = Mistakes(path)
    root = body(read(path), mistakes)
    folder = path.parent
    scenarios, elsewhere = _scenarios(root, folder)
    given = {"folder": folder, "lines": _lines(root), "scenarios": scenarios}
    recipe = validate(Recipe, root, mistakes, given)
    name, here = root.mapping.get("name"), folder.resolve().name
    if name is not None and isinstance(name.value, str) and name.value != here:
        what = Message("the recipe is named `{name}`, its folder `{folder}`", name=name.value, folder=here)
        mistakes.add(name, what, Message("give both the same name"))
    seen = _rehearsal(root)
    for part, word in _parts(root):
        _check_part(part, word, seen, folder, mistakes)
    for key in ("setup", "start", "ready", "migrate", "seed"):
        if key in root.mapping:
            _filled_in(root.mapping[key], seen, mistakes)
    if "environment" in root.mapping:
        others = [name for name in recipe.services if name not in SERVICES] if recipe else []
        running = {name: {"version": _SOME_VERSION, **access(ServiceRef(name=name), "password")} for name in SERVICES}
        running |= {name: {"version": _SOME_VERSION, **_GIVEN} for name in others}
        _filled_in(root.mapping["environment"], seen | {"services": running}, mistakes)
    _check_seed(root, folder, mistakes)
    _check_whole(root, mistakes)
    _refuse_secrets(root, mistakes)
    elsewhere += [*_check_templates(root, seen, folder, mistakes), *_check_smoke(root, folder, mistakes)]
    if mistakes or elsewhere or recipe is None:
        raise InputError.of((*mistakes.problems, *elsewhere))
    return recipe


def _lines(root: Node) -> dict[str, int]:
    texts = (node for node in root.walk() if isinstance(node.value, str) and "{" in node.value)
    return {node.text: node.line + node.block for node in texts}


class _Anything(dict[str, Any]):
    """A mapping that has every name."""

    def __missing__(self, name: str) -> dict[str, str]:
        return {"name": name, "version": _SOME_VERSION}


def _rehearsal(root: Node) -> dict[str, Any]:
    """What templates see, with everything that the recipe knows switched on."""
    name = root.at("name").text or "product"
    some = {
        field: _some(root.mapping[field].mapping if field in root.mapping else {}) for field in ("plugins", "compat")
    }
    server = Server(product=Ref(name="product", version=_SOME_VERSION))
    seen = context(Environment(server=server)) | some | {"dependencies": _Anything()}
    return seen | {"product": {"name": name, "version": _SOME_VERSION}}


def _some(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"name": name, "version": _SOME_VERSION} for name in names}


def _parts(root: Node) -> Iterator[tuple[Node, dict[str, Any]]]:
    """Every part of the recipe, with what its templates see of it."""
    if "product" in root.mapping:
        yield root.mapping["product"], {"product": {"name": root.at("name").text or "product"}}
    for field, word in (("plugins", "plugin"), ("compat", "layer")):
        for name, part in (root.mapping[field].mapping if field in root.mapping else {}).items():
            yield part, {word: {"name": name}}


def _check_part(part: Node, itself: Mapping[str, Any], seen: dict[str, Any], folder: Path, mistakes: Mistakes) -> None:
    """``itself`` is the part as its templates see it, but for its version."""
    if source := part.mapping.get("version"):
        _check_installers(source, mistakes)
    listed = [item.text for item in part.at("version").items]
    for entry in part.mapping["install"].items if "install" in part.mapping else ():
        _check_installers(entry, mistakes)
        for name, arguments in entry.mapping.items():
            is_known = _depends_on(arguments) <= (itself.keys() if listed else set())
            for version in (listed or [_SOME_VERSION]) if name in INSTALLERS else ():
                here = seen | {word: ref | {"version": version} for word, ref in itself.items()}
                _check_entry(name, arguments, here, folder if is_known else None, mistakes)


def _check_entry(name: str, arguments: Node, seen: Mapping[str, Any], folder: Path | None, mistakes: Mistakes) -> None:
    """What one installer is asked for; with a ``folder`` also whether it is there."""
    filled = _filled_in(arguments, seen, mistakes)
    if filled is not None and is_off(plain(filled)) and arguments.value != filled.value:
        return  # switched off by its templates
    valid = validate(INSTALLERS[name].Arguments, filled or arguments, mistakes)
    if valid is not None and filled is not None and folder:
        for fault in beside.faults(valid, folder):
            mistakes.add(filled.at(*fault.loc), fault.what, fault.advice)


def _depends_on(node: Node) -> set[str]:
    """Names that templates below a node may use."""
    texts = [one.text for one in node.walk() if "{" in one.text]
    return _SEEN & set(re.findall(r"\w+", " ".join(texts)))


def _check_whole(root: Node, mistakes: Mistakes) -> None:
    """Where an image is given, only files come on top of it; where none is, the recipe says how to start."""
    parts = [part for part, _ in _parts(root)]
    entries = [entry for part in parts for entry in part.at("install").items]
    given = [entry for entry in entries if entry.mapping.keys() & set(WHOLE)]
    for entry in entries if given else ():
        for name in entry.mapping.keys() - {"files", *WHOLE}:
            what = Message("`{name}` installs nothing into an image that is given", name=name)
            mistakes.add(entry.place_of(name), what, Message("only `files` come on top of it"))
    for entry in given[1:]:
        mistakes.add(entry, Message("the product has its image already"), Message("keep one of the two"))
    for key in ("start", "port") if not given else ():
        if key not in root.mapping:
            mistakes.add(root, Message("`{key}` is missing", key=key))


def _check_seed(root: Node, folder: Path, mistakes: Mistakes) -> None:
    """Services are known, or such as a file can give an image of; what a seed needs is there, and something is there
    to keep it."""
    needed = root.mapping["services"].items if "services" in root.mapping else []
    for service in needed:
        if service.text not in SERVICES and meant(service.text):
            mistakes.add(service, *unknown(service.text))
    entries = root.mapping["seed"].items if "seed" in root.mapping else []
    if entries and "data" not in root.mapping and not needed:
        what = Message("`seed` without `data` or `services`: nothing of it would be kept")
        advice = Message("say under `data` which folders hold what the product keeps")
        mistakes.add(root.place_of("seed"), what, advice)
    for entry in entries:
        for kind, key, is_right in _BESIDE:
            said = entry.mapping.get(kind)
            source = said.mapping.get(key) if said and key else said
            if source and isinstance(source.value, str) and (wrong := beside.fault(source.value, folder, is_right)):
                mistakes.add(source, *wrong)
        for kind in ("sql", "ldif"):
            if kind in entry.mapping and "service" in entry.mapping[kind].mapping:
                _check_load(entry.at(kind, "service"), kind, [one.text for one in needed], mistakes)


def _scenarios(root: Node, folder: Path) -> tuple[dict[str, Scenario], list[Problem]]:
    """The scenarios of a recipe's seed, by what it calls them, and what is wrong in them."""
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for entry in root.mapping["seed"].items if "seed" in root.mapping else ():
        name = entry.mapping["scenario"].value if "scenario" in entry.mapping else None
        if not isinstance(name, str) or beside.fault(name, folder, Path.is_file):
            continue  # which is said elsewhere
        try:
            found[name] = scenario = scenario_file(folder / name)
        except InputError as exc:
            problems += exc.problems
        else:
            problems += [wrong] if (wrong := misfit(scenario, [folder.resolve().name])) else []
    return found, problems


def _check_load(service: Node, kind: str, needed: Iterable[str], mistakes: Mistakes) -> None:
    takes = [name for name in needed if name in SERVICES and SERVICES[name].seeds == kind]
    if service.text not in takes:
        what = Message("`{name}` is no service of this recipe that takes {kind}", name=service.text, kind=kind.upper())
        mistakes.add(service, what, nearest(service.text, takes) or Message("name one under `services`"))


def _refuse_secrets(root: Node, mistakes: Mistakes) -> None:
    """A value of the process's environment anywhere else than where it stays out of images."""
    for node in root.without("environment").walk():
        for name in references.names(node.text):
            what = Message("`${{env:{name}}}` would come to stand in an image", name=name)
            mistakes.add(node, what, Message("give it to the product as a variable, under `environment`"))


def _check_installers(node: Node, mistakes: Mistakes) -> None:
    for name in node.mapping:
        if name not in INSTALLERS:
            what = Message("there is no installer `{name}`", name=name)
            mistakes.add(node.place_of(name), what, nearest(name, INSTALLERS))


def _filled_in(node: Node, seen: Mapping[str, Any], mistakes: Mistakes) -> Node | None:
    """The node with its templates tried out; None where their text cannot be known yet."""
    if isinstance(node.value, str):
        line = node.line + node.block
        text, problems = rehearse(node.value, seen, path=mistakes.path, line=line)
        mistakes.extend(problems)
        return None if text is None else replace(node, value=text.strip() if "{" in node.value else text)
    if isinstance(node.value, list):
        items = [_filled_in(item, seen, mistakes) for item in node.value]
        known = [item for item in items if item is not None]
        kept = [item for item in known if item.value != "" or item.text == ""]  # an entry can be switched off
        return replace(node, value=kept) if len(known) == len(items) else None
    if isinstance(node.value, dict):
        entries = {key: _filled_in(item, seen, mistakes) for key, item in node.value.items()}
        filled = {key: item for key, item in entries.items() if item is not None}
        return replace(node, value=filled) if len(filled) == len(entries) else None
    return node


def _check_smoke(root: Node, folder: Path, mistakes: Mistakes) -> Sequence[Problem]:
    """The scenario of the product alone is there; returns what is wrong in it."""
    smoke = root.mapping.get("smoke")
    if smoke is None or not isinstance(smoke.value, str):
        return ()
    if wrong := beside.fault(smoke.value, folder, Path.is_file):
        mistakes.add(smoke, *wrong)
        return ()
    try:
        scenario_file(folder / smoke.value)
    except InputError as exc:
        return exc.problems
    return ()


def _check_templates(root: Node, seen: Mapping[str, Any], folder: Path, mistakes: Mistakes) -> list[Problem]:
    """Template files are there; returns what is wrong in them."""
    problems: list[Problem] = []
    for entry in root.mapping["templates"].items if "templates" in root.mapping else ():
        source = entry.mapping.get("source")
        if source is None or not isinstance(source.value, str):
            continue
        if wrong := beside.fault(source.value, folder, Path.is_file):
            mistakes.add(source, *wrong)
            continue
        path = folder / source.value
        try:
            problems += rehearse(read_template(path), seen, path=path)[1]
        except InputError as exc:
            problems += exc.problems
    return problems

"""``recipes/<product>/recipe.yaml`` → Recipe."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from harness.documents import Mistakes, Node, read, validate
from harness.errors import InputError, Problem, nearest
from harness.installers import INSTALLERS
from harness.language import Message
from harness.model import Environment, Recipe, Ref, Server
from harness.model.recipe import Beside
from harness.spec.header import body
from harness.templating import context, rehearse
from harness.templating import read as read_template

FILE = "recipe.yaml"
_SOME_VERSION = "1.0.0"


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
    recipe = validate(Recipe, root, mistakes, {"folder": folder, "lines": _lines(root)})
    name, here = root.mapping.get("name"), folder.resolve().name
    if name is not None and isinstance(name.value, str) and name.value != here:
        what = Message("the recipe is named `{name}`, its folder `{folder}`", name=name.value, folder=here)
        mistakes.add(name, what, Message("give both the same name"))
    seen = _rehearsal(root)
    for part, extra in _parts(root):
        _check_part(part, seen | extra, folder, mistakes)
    for key in ("setup", "start", "environment", "ready"):
        if key in root.mapping:
            _filled_in(root.mapping[key], seen, mistakes)
    elsewhere = _check_templates(root, seen, folder, mistakes)
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
    """Every part of the recipe, with what its templates see besides."""
    if "product" in root.mapping:
        yield root.mapping["product"], {}
    for field, word in (("plugins", "plugin"), ("compat", "layer")):
        for name, part in (root.mapping[field].mapping if field in root.mapping else {}).items():
            yield part, {word: {"name": name, "version": _SOME_VERSION}}


def _check_part(part: Node, seen: Mapping[str, Any], folder: Path, mistakes: Mistakes) -> None:
    if version := part.mapping.get("version"):
        _check_installers(version, mistakes)
    for entry in part.mapping["install"].items if "install" in part.mapping else ():
        _check_installers(entry, mistakes)
        for name, arguments in entry.mapping.items():
            if name in INSTALLERS:
                filled = _filled_in(arguments, seen, mistakes) or arguments
                if filled.value in ("", []) and arguments.value != filled.value:
                    continue  # switched off by its templates
                valid = validate(INSTALLERS[name].Arguments, filled, mistakes)
                if valid is not None:
                    _check_beside(valid, filled, folder, mistakes)


def _check_installers(node: Node, mistakes: Mistakes) -> None:
    for name in node.mapping:
        if name not in INSTALLERS:
            what = Message("there is no installer `{name}`", name=name)
            mistakes.add(node.place_of(name), what, nearest(name, INSTALLERS))


def _check_beside(arguments: BaseModel, node: Node, folder: Path, mistakes: Mistakes) -> None:
    """Folders that an installer takes from beside the recipe are there."""
    for name, field in type(arguments).model_fields.items():
        if any(isinstance(mark, Beside) for mark in field.metadata):
            value = str(getattr(arguments, name))
            _existing(value, node.at(field.alias or name), folder, mistakes, Path.is_dir)


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


def _check_templates(root: Node, seen: Mapping[str, Any], folder: Path, mistakes: Mistakes) -> list[Problem]:
    """Template files are there; returns what is wrong in them."""
    problems: list[Problem] = []
    for entry in root.mapping["templates"].items if "templates" in root.mapping else ():
        source = entry.mapping.get("source")
        if source is None or not isinstance(source.value, str):
            continue
        path = _existing(source.value, source, folder, mistakes, Path.is_file)
        if path is None:
            continue
        try:
            problems += rehearse(read_template(path), seen, path=path)[1]
        except InputError as exc:
            problems += exc.problems
    return problems


def _existing(name: str, node: Node, folder: Path, mistakes: Mistakes, is_right: Callable[[Path], bool]) -> Path | None:
    """``name`` in ``folder``; None after it was said that it is not there, or outside."""
    path = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        what = Message("`{path}` is not beside the recipe", path=name)
        mistakes.add(node, what, Message("write a path below {folder}", folder=folder))
        return None
    if not is_right(path):
        there = sorted(each.name for each in path.parent.iterdir()) if path.parent.is_dir() else []
        mistakes.add(node, Message("there is no `{path}` beside the recipe", path=name), nearest(path.name, there))
        return None
    return path

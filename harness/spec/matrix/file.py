"""A matrix file → Matrix."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from harness.documents import Mistakes, Node, dump, plain, read, validate
from harness.errors import InputError, Problem
from harness.language import Message
from harness.model import Axis, EnvironmentFile, Frozen, Recipe, Scenario, Strategy
from harness.spec.environment import environment_file, is_idle, of_root, root
from harness.spec.header import SCHEMA, Slug, body
from harness.spec.matrix.axes import AxesReader, Value
from harness.spec.matrix.paths import UPGRADE, SpecPath, placed, put, with_browser
from harness.spec.recipe import Recipes
from harness.spec.scenario import scenario_file


class MatrixDocument(Frozen):
    """A matrix file without its ``schema``."""

    name: Slug
    title: str = ""
    environment: str = Field(min_length=1, description="The environment file, from the folder of this one")
    scenarios: tuple[str, ...] = Field(min_length=1, description="Files or globs, from the folder of this one")
    axes: dict[str, list[Any] | dict[str, Any]] = Field(
        min_length=1,
        description="Dotted paths of the environment file, each with the values that stand there in turn: a list, "
        "or a mapping from what ids call a value to the value",
    )
    include: tuple[dict[str, Any], ...] = Field(default=(), description="More cells: a value a path")
    exclude: tuple[dict[str, Any], ...] = Field(
        default=(), description="Cells to leave out: a value of an axis, a glob, or a list of them"
    )
    strategy: Strategy = "all"
    budget: int | None = Field(
        default=None, ge=1, description="At most so many cells; the first and last values of the axes are kept"
    )


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A matrix file, read. ``exclude`` are names of axes with the labels they match, ``include``
    names with one label each; both may have the name ``scenario``."""

    path: Path
    name: str
    title: str
    environment_path: Path
    scenarios: tuple[Scenario, ...]
    axes: tuple[Axis, ...]  # with all their values
    varied: tuple[Axis, ...]  # without what ``include`` adds: what is combined
    include: tuple[Mapping[str, str], ...]
    exclude: tuple[Mapping[str, tuple[str, ...]], ...]
    strategy: Strategy
    budget: int | None
    recipes: dict[str, Recipe]
    base: Node
    values: Mapping[str, Mapping[str, Value]]  # by name of the axis and label
    node: Node

    def environment(self, chosen: Mapping[str, str]) -> EnvironmentFile:
        """The environment file in which these values (name of an axis → label) stand. InputError
        with every Problem that they make, in the matrix file."""
        recipes = Recipes(self.environment_path)
        recipes.loaded = self.recipes
        try:
            file = of_root(self._root(chosen), self.path, recipes, Mistakes(self.path))
        except InputError as exc:
            raise InputError.of((*exc.problems, *recipes.problems)) from exc
        if recipes.problems:
            raise InputError.of(tuple(recipes.problems))
        return file

    def document(self, chosen: Mapping[str, str]) -> str:
        """The same as the text of an environment file. A hop in which nothing changes, which a file
        must not leave empty, says the product again."""
        root = self._root(chosen)
        content = json.loads(json.dumps(plain(root)))
        hops = root.mapping[UPGRADE].items if UPGRADE in root.mapping else []
        for index, before in enumerate(self.environment(chosen).environments[: len(hops)]):
            if is_idle(hops[index]):
                content[UPGRADE][index] = {"server": {"product": before.server.product.model_dump()}}
        return dump({"schema": SCHEMA, **content})

    def problem(
        self, key: str, what: Message, advice: Message | None = None, *, entry: int | None = None
    ) -> InputError:
        """An error at a key of the file, or at an entry (from 0) of the list there."""
        line, column = self.node.place_of(key) if entry is None else self.node.at(key, entry).place
        return InputError.of((Problem(path=self.path, line=line, column=column, what=what, advice=advice),))

    def _root(self, chosen: Mapping[str, str]) -> Node:
        paths = {axis.name: SpecPath.parse(axis.path) for axis in self.axes if axis.name in chosen}
        there = [(path, self.values[name][chosen[name]]) for name, path in paths.items() if path]
        node = self.base
        for path, value in sorted(there, key=lambda one: one[0].turn):
            node = put(node, path, value.node, value.path_at)
        return node


def matrix_file(path: Path) -> Matrix:
    """The matrix in a file. InputError with every Problem of it, of its environment file, of the
    recipes of its products and of its scenarios; what values make of the environment is for
    ``Matrix.environment`` to say, because some go only together."""
    mistakes = Mistakes(path)
    node = body(read(path), mistakes)
    document = validate(MatrixDocument, node, mistakes)
    mistakes.check()
    assert document is not None
    environment_path = path.parent / document.environment
    recipes = Recipes(environment_path)
    problems: list[Problem] = []
    try:
        environment_file(environment_path, recipes)
    except InputError as exc:
        problems += exc.problems
    scenarios = _scenarios(node.at("scenarios"), path.parent, mistakes, problems)
    base = None if problems else root(environment_path, mistakes)
    hops = len(base.at(UPGRADE).items) if base and UPGRADE in base.mapping else 0
    reader = AxesReader(node, mistakes, [scenario.name for scenario in scenarios], hops)
    problems += [*recipes.problems, *mistakes.problems]
    if problems or base is None:
        raise InputError.of(tuple(dict.fromkeys(problems)))
    return Matrix(
        path=path,
        name=document.name,
        title=document.title,
        environment_path=environment_path,
        scenarios=scenarios,
        axes=reader.axes,
        varied=reader.varied,
        include=tuple(reader.include),
        exclude=tuple(reader.exclude),
        strategy=document.strategy,
        budget=document.budget,
        recipes=recipes.loaded,
        base=placed(with_browser(base), node.at("environment")),
        values=reader.values,
        node=node,
    )


def _scenarios(node: Node, folder: Path, mistakes: Mistakes, problems: list[Problem]) -> tuple[Scenario, ...]:
    found: dict[str, Scenario] = {}
    for item in node.items:
        paths = sorted(folder.glob(item.text)) if re.search(r"[*?\[]", item.text) else [folder / item.text]
        if not paths:
            mistakes.add(item, Message("no file matches `{glob}`", glob=item.text))
        for path in paths:
            try:
                scenario = scenario_file(path)
            except InputError as exc:
                problems += exc.problems
                continue
            if scenario.name in found:
                what = Message("there are two scenarios named `{name}`", name=scenario.name)
                mistakes.add(item, what, Message("give each a name of its own"))
            found[scenario.name] = scenario
    return tuple(found.values())

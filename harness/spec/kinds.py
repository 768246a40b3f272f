"""Which of our files a file is, and what is wrong with it, for ``harness lint``."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from harness.documents import read
from harness.errors import InputError, Problem
from harness.language import Message
from harness.spec import load_environment, load_scenario
from harness.spec.baseline import baseline_file
from harness.spec.gateway import gateway_file
from harness.spec.known_issue import known_issue_file
from harness.spec.matrix import matrix_file
from harness.spec.recipe import FILE as RECIPE
from harness.spec.recipe import recipe_file

Kind = Literal["environment", "scenario", "recipe", "lock", "matrix", "baseline", "known-issue", "gateway"]
SUFFIXES = (".yaml", ".yml")

Readers = Mapping[Kind, Callable[[Path], Any]]
READERS: Readers = {
    "environment": load_environment,
    "scenario": load_scenario,
    "recipe": recipe_file,
    "matrix": matrix_file,
    "baseline": baseline_file,
    "known-issue": known_issue_file,
    "gateway": gateway_file,
}
KEYS: Mapping[Kind, tuple[str, ...]] = {
    "matrix": ("axes",),
    "baseline": ("known",),
    "known-issue": ("symptoms",),
    "gateway": ("rules",),
    "scenario": ("steps",),
    "environment": ("server", "client", "link", "upgrade"),
    "recipe": ("product", "start", "plugins"),
}
"""Keys of which only that kind of file has one at its top."""


def files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The YAML files at and below ``paths``, each once. What belongs to a recipe's product is left out."""
    found: dict[Path, None] = {}
    for path in paths:
        found |= dict.fromkeys(_below(path) if path.is_dir() else [path])
    return tuple(found)


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        belongs_to_product = folder.name == "recipes" or {"recipes", "extensions"} & {*inside[:-1]}
        if path.suffix in SUFFIXES and path.is_file() and (not belongs_to_product or path.name == RECIPE):
            yield path


def problems(paths: Iterable[Path], readers: Readers = READERS) -> tuple[Problem, ...]:
    """What is wrong with the files, each Problem once, also where it is in a recipe that a file needs.

    ``readers`` has a function for each kind that is to be looked into; the others are passed over.
    """
    found: dict[Problem, None] = {}
    for path in paths:
        try:
            if reader := readers.get(kind(path)):
                reader(path)
        except InputError as exc:
            alone = Problem(path=path, line=1, column=1, what=exc.what, advice=exc.advice)
            found |= dict.fromkeys(exc.problems or (alone,))
    return tuple(found)


def kind(path: Path) -> Kind:
    """What a file is, by its name, its keys or its folder. InputError where that cannot be told."""
    if path.name == RECIPE:
        return "recipe"
    if path.name == "lock.yaml" or path.name.endswith(".lock.yaml"):
        return "lock"
    if path.name.endswith(".matrix.yaml"):
        return "matrix"
    root = read(path)
    for name, keys in KEYS.items():
        if any(key in root.mapping for key in keys):
            return name
    for name in KEYS:
        if path.resolve().parent.name == f"{name}s":
            return name
    what = Message("this is no environment, matrix, scenario, recipe, lock, baseline, known issue or gateway")
    advice = Message("an environment has `server`, a matrix `axes`, a scenario `steps`; a recipe is called recipe.yaml")
    raise InputError.of((Problem(path=path, line=1, column=1, what=what, advice=advice),))

"""What is run of a bundle: environment, scenario, recipes and lock, in a folder that they were unpacked to."""

from collections.abc import Iterator
from pathlib import Path

from harness import lock, spec, templating
from harness.evidence import SIDES, RunFolder
from harness.model import Case, Lock, Recipe


def is_input(name: str) -> bool:
    """Whether a member is one of these files, or lies beside them."""
    return "/" not in name or name.startswith(RunFolder.BESIDE)


def inputs(folder: Path) -> tuple[Case, Lock]:
    """The case and its lock. InputError with every Problem of them."""
    case = spec.load(folder / "environment.yaml", folder / "scenario.yaml")
    locked = lock.read(folder / "environment.lock.yaml")
    lock.check(locked, case.file, case.recipes)
    return case, locked


def fill_in(case: Case, locked: Lock) -> None:
    """Fill in all templates as a run does. InputError where one of them is wrong."""
    for side in SIDES:
        exact = locked.side(side).exact(case.file.side(side))
        recipe, seen = case.recipe(exact), templating.context(exact)
        for text in _texts(recipe):
            templating.expand(text, seen, path=recipe.path, line=recipe.line(text))
        for template in recipe.templates:
            templating.render_file(recipe.folder / template.source, seen)


def _texts(recipe: Recipe) -> Iterator[str]:
    for command in (*recipe.setup, recipe.start):
        yield from command
    yield from (variable.value for variable in recipe.environment.values())
    yield from (template.to for template in recipe.templates)

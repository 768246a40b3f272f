"""Environment files, recipes and scenarios: YAML → nouns, with all mistakes at once."""

from pathlib import Path

from harness.errors import InputError, Problem
from harness.model import Case, EnvironmentFile, Recipe, Scenario
from harness.spec.environment import environment_file
from harness.spec.gateway import gateway_file, gateway_text, write_gateway
from harness.spec.known_issue import known_issue_file, known_issues
from harness.spec.recipe import Recipes
from harness.spec.scenario import misfit, scenario_file

__all__ = [
    "gateway_file",
    "gateway_text",
    "known_issue_file",
    "known_issues",
    "load",
    "load_environment",
    "load_recipe",
    "load_scenario",
    "misfit",
    "smoke",
    "write_gateway",
]


def load(environment_path: Path, scenario_path: Path | None = None) -> Case:
    """The case of an environment file and what the customer did in it (or nothing yet).

    InputError with every Problem of the environment file, of the recipes of its products
    and of the scenario, also where it is about another product.
    """
    recipes = Recipes(environment_path)
    problems: list[Problem] = []
    file = scenario = None
    try:
        file = environment_file(environment_path, recipes)
    except InputError as exc:
        problems += exc.problems
    problems += recipes.problems
    if scenario_path is not None:
        try:
            scenario = scenario_file(scenario_path)
        except InputError as exc:
            problems += exc.problems
    if file and scenario and (wrong := misfit(scenario, file.products)):
        problems.append(wrong)
    if problems or file is None:
        raise InputError.of(tuple(dict.fromkeys(problems)))
    return Case(file=file, scenario=scenario, recipes=recipes.loaded)


def load_environment(path: Path) -> EnvironmentFile:
    """An environment file. InputError with every Problem of it and of the recipes of its products."""
    return load(path).file


def load_scenario(path: Path) -> Scenario:
    """A scenario. InputError with every Problem of it."""
    return scenario_file(path)


def smoke(recipe: Recipe) -> Scenario | None:
    """The scenario of the product alone that a recipe names, if it does. InputError with every Problem of it."""
    return scenario_file(recipe.folder / recipe.smoke) if recipe.smoke else None


def load_recipe(name: str, environment_path: Path) -> Recipe:
    """The recipe of a product, from the ``recipes`` folder beside an environment file.

    InputError with every Problem of it, or where there is none.
    """
    return Recipes(environment_path).read(name)

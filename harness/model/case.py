"""Case: what one run reproduces."""

from dataclasses import dataclass
from pathlib import Path

from harness.model.base import Side
from harness.model.environment import Environment, EnvironmentFile
from harness.model.lock import Lock
from harness.model.recipe import Recipe
from harness.model.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Case:
    """An environment file, what the customer did in it, and the recipe of every product in it."""

    file: EnvironmentFile
    scenario: Scenario | None
    recipes: dict[str, Recipe]  # by product

    @property
    def beside(self) -> tuple[Path, ...]:
        """What lies beside the environment file and belongs to it: folders of recipes, extensions, authorities,
        gateways."""
        return (*(recipe.folder for recipe in self.recipes.values()), *self.file.beside)

    def recipe(self, environment: Environment) -> Recipe:
        return self.recipes[environment.server.product.name]

    def replayed(self, lock: Lock, side: Side) -> tuple[str, ...]:
        """What is equal where two cases replay the same on a side, whatever they call its versions; ``lock`` has one
        environment for each of the file."""
        known = dict(zip(self.file.environments, lock.environments, strict=True))
        lived = [(one, known[one]) for one in self.file.lineage(side)]
        told = [
            text
            for one, its in lived
            for text in (its.exact(one).model_dump_json(), its.model_dump_json(exclude={"versions"}))
        ]
        done = self.scenario.model_dump_json(exclude={"path"}) if self.scenario else ""
        return done, *told

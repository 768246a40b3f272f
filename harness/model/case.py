"""Case: what one run reproduces."""

from dataclasses import dataclass
from pathlib import Path

from harness.model.environment import Environment, EnvironmentFile
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
        """What lies beside the environment file and belongs to it: folders of recipes, extensions, authorities."""
        return (*(recipe.folder for recipe in self.recipes.values()), *self.file.extensions, *self.file.certificates)

    def recipe(self, environment: Environment) -> Recipe:
        return self.recipes[environment.server.product.name]

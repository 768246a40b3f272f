"""Case: what one run reproduces."""

from dataclasses import dataclass

from harness.model.environment import Environment, EnvironmentFile
from harness.model.recipe import Recipe
from harness.model.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Case:
    """An environment file, what the customer did in it, and the recipe of every product in it."""

    file: EnvironmentFile
    scenario: Scenario | None
    recipes: dict[str, Recipe]  # by product

    def recipe(self, environment: Environment) -> Recipe:
        return self.recipes[environment.server.product.name]

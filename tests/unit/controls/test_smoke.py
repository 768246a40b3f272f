"""A recipe's own scenario of the product, without plug-ins."""

from pathlib import Path

import pytest

from harness import spec
from harness.errors import InputError
from harness.spec.recipe import recipe_file

RECIPE = """schema: 1
name: booth
product:
  version: ["1.0"]
  install:
    - apt: [python3]
start: [python3, -m, http.server, "8000"]
port: 8000
smoke: smoke.yaml
"""


def recipe(folder: Path, smoke: str | None) -> Path:
    (folder / "booth").mkdir()
    path = folder / "booth/recipe.yaml"
    path.write_text(RECIPE, "utf-8")
    if smoke is not None:
        (folder / "booth/smoke.yaml").write_text(f"schema: 1\nname: smoke\nsteps: [{smoke}]\n", "utf-8")
    return path


def test_it_is_read_from_beside_the_recipe(tmp_path: Path) -> None:
    found = spec.smoke(recipe_file(recipe(tmp_path, "{open: /}")))
    assert found is not None
    assert [step.action for step in found.steps] == ["open"]


def test_one_that_is_not_there_is_said_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        recipe_file(recipe(tmp_path, None))
    assert "booth/recipe.yaml:9:8: there is no `smoke.yaml` beside the recipe" in caught.value.into("en")


def test_what_is_wrong_in_it_is_said_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        recipe_file(recipe(tmp_path, "{opn: /}"))
    said = caught.value.into("en")
    assert "booth/smoke.yaml:3:" in said
    assert "`open`" in said

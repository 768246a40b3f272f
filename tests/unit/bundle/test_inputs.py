"""What is run of a bundle: which files that is, that they fit, and that every template in them can be filled in."""

from pathlib import Path

import pytest

from harness import lock
from harness.bundle.inputs import fill_in, inputs, is_input
from harness.errors import InputError
from tests.unit.bundle.reproductions import RECIPE, Project, project


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    made = project(tmp_path / "shop")
    lock.write(made.folder / "environment.lock.yaml", made.lock)
    return made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("environment.yaml", True),
        ("environment.lock.yaml", True),
        ("scenario.yaml", True),
        ("recipes/shop/recipe.yaml", True),
        ("recipes/shop/files/deep/x", True),
        ("evidence/environment.yaml", False),
        ("evidence/recipes/shop/recipe.yaml", False),
        ("contexts/before/server/Dockerfile", False),
        ("packages/records.json", False),
        ("images/replicas.tar", False),
        ("Recipes/shop/recipe.yaml", False),
        ("recipes.yaml/x", False),
    ],
)
def test_which_members_are_inputs(name: str, expected: bool) -> None:
    assert is_input(name) is expected


def test_the_case_and_its_lock(shop: Project) -> None:
    assert inputs(shop.folder) == (shop.case, shop.lock)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("environment.yaml", "name: 7", "environment.yaml:1:"),
        ("scenario.yaml", "steps: []", "scenario.yaml:1:"),
        ("recipes/shop/recipe.yaml", RECIPE.replace("port: 8000", "port: 0"), "recipe.yaml:17:7"),
        ("environment.lock.yaml", "digest: 7", "the lock"),
        ("recipes/shop/recipe.yaml", RECIPE.replace("shop==", "shop[all]=="), "does not fit"),
    ],
)
def test_what_is_wrong_with_one_of_them_is_said(shop: Project, name: str, text: str, said: str) -> None:
    shop.write(name, text)
    with pytest.raises(InputError) as caught:
        inputs(shop.folder)
    assert said in caught.value.into("en")


@pytest.mark.parametrize(
    "name", ["environment.yaml", "scenario.yaml", "environment.lock.yaml", "recipes/shop/recipe.yaml"]
)
def test_none_of_them_may_be_missing(shop: Project, name: str) -> None:
    (shop.folder / name).unlink()
    with pytest.raises(InputError):
        inputs(shop.folder)


FAILS = (
    "{{ product.name if product.version != '2.0' else product.nothing }}"  # which nobody sees before it is filled in
)


@pytest.mark.parametrize(
    "recipe",
    [
        RECIPE.replace("for {{ product.version }}", FAILS),
        RECIPE.replace('"8000"', f'"{FAILS}"'),
        RECIPE.replace("/srv/shop.ini", f'"{FAILS}"'),
        RECIPE + f'environment: {{A: "{FAILS}"}}\n',
        RECIPE + f'environment: {{A: {{secret: "{FAILS}"}}}}\n',
    ],
    ids=["setup", "start", "place", "variable", "secret"],
)
def test_every_text_of_the_recipe_is_filled_in_for_both_sides(shop: Project, recipe: str) -> None:
    fill_in(*inputs(shop.folder))
    shop.write("recipes/shop/recipe.yaml", recipe)
    with pytest.raises(InputError, match="problem") as caught:
        fill_in(*inputs(shop.folder))
    (problem,) = caught.value.problems
    assert (problem.path, str(problem.what)) == (
        shop.folder / "recipes/shop/recipe.yaml",
        "the template asks for `nothing`, which is not there",
    )
    assert problem.line == next(number for number, line in enumerate(recipe.splitlines(), 1) if FAILS in line)


def test_so_is_every_file_beside_it(shop: Project) -> None:
    shop.write("recipes/shop/shop.ini.j2", f"\n{FAILS}")
    with pytest.raises(InputError) as caught:
        fill_in(*inputs(shop.folder))
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (shop.folder / "recipes/shop/shop.ini.j2", 2)

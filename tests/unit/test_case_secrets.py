"""Secrets that a case names: where each stands, what is wrong with it, and what of our environment is asked for."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.case_secrets import arguments, asked, known_secrets, secrets_of, variables
from harness.errors import InputError
from harness.language import Message
from harness.masking import MASK, Secrets
from harness.model import Case
from tests.unit.bundle.reproductions import RECIPE, SCENARIO, Project, project

SET = {"SHOP_PASSWORD": "correct horse", "SHOP_KEY": "battery-staple", "SHOP_HOST": "market"}


def shop(folder: Path, recipe: str = "", scenario: str = "") -> Project:
    """One whose recipe has variables and whose scenario has more steps."""
    text = RECIPE + ("environment:\n" + recipe if recipe else "")
    return project(folder / "shop", recipe=text, scenario=SCENARIO + scenario)


def problems(*projects: Project, **environ: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        secrets_of([one.case for one in projects], environ)
    return [
        f"{one.path.name}:{one.line}:{one.column}: {one.what}" + (f" → {one.advice}" if one.advice else "")
        for one in caught.value.problems
    ]


# ------------------------------------------------------------------- secrets
def test_all_that_recipe_and_scenario_name(tmp_path: Path) -> None:
    made = shop(
        tmp_path,
        "  A: 'x${env:SHOP_PASSWORD}y'\n  B: {secret: of the recipe}\n"
        "  C: {secret: '${env:SHOP_KEY}'}\n  D: plain text\n",
        "  - type: {into: '#a', text: typed in, secret: true}\n"
        "  - type: {into: '#a', text: not secret, secret: false}\n"
        "  - type: {into: '#a', text: neither nor}\n"
        "  - open: 'http://${env:SHOP_HOST}/'\n",
    )
    found = secrets_of([made.case], SET)
    assert set(found.named) == {*SET.values(), "of the recipe", "typed in"}
    names = {found.find(value.encode())[0].name for value in found.named}
    assert names == {"env:SHOP_PASSWORD", "env:SHOP_KEY", "env:SHOP_HOST", "B", "step 3"}


def test_a_case_that_names_none(tmp_path: Path) -> None:
    made = shop(tmp_path, "  D: plain text\n")
    case = made.case
    assert len(secrets_of([case, Case(file=case.file, scenario=None, recipes=case.recipes)], {})) == 0
    assert asked(case) == {}


def test_the_secrets_of_several_cases_are_one_set(tmp_path: Path) -> None:
    first = shop(tmp_path / "1", "  A: '${env:SHOP_KEY}'\n")
    second = shop(tmp_path / "2", "  A: '${env:SHOP_KEY}'\n  B: {secret: of the second}\n")
    assert set(secrets_of([first.case, second.case], SET).named) == {SET["SHOP_KEY"], "of the second"}


# ------------------------------------------------------------------ problems
def test_every_problem_is_said_at_its_place(tmp_path: Path) -> None:
    made = shop(
        tmp_path,
        "  A: 'x ${env:GONE} y'\n  B: '${env:SHORT}'\n  C: {secret: abc}\n",
        "  - type: {into: '#a', text: xyz, secret: true}\n  - open: '/${env:ALSO_GONE}'\n",
    )
    short = "so it cannot be masked → use a longer one: a short one stands in ordinary text everywhere"
    assert problems(made, SHORT="1") == [
        "recipe.yaml:19:9: the environment variable GONE is not set → set it: GONE=… harness …",
        f"recipe.yaml:20:7: env:SHORT has fewer than 4 characters, {short}",
        "scenario.yaml:7:13: the environment variable ALSO_GONE is not set → set it: ALSO_GONE=… harness …",
        f"recipe.yaml:21:15: C has fewer than 4 characters, {short}",
        f"scenario.yaml:6:30: step 3 has fewer than 4 characters, {short}",
    ]


def test_one_that_cannot_be_told_from_its_mask(tmp_path: Path) -> None:
    made = shop(tmp_path, "  A: '${env:KEY}'\n")
    (said,) = problems(made, KEY=f"x{MASK}")
    assert said.startswith("recipe.yaml:19:7: env:KEY cannot be told from")


def test_what_is_wrong_in_several_cases_is_said_once(tmp_path: Path) -> None:
    made = shop(tmp_path, "  A: '${env:GONE}${env:GONE}'\n", "  - open: '/${env:GONE}'\n")
    assert [said.partition(": ")[0] for said in problems(made, made)] == ["recipe.yaml:19:7", "scenario.yaml:6:13"]


def test_what_stands_in_the_file_in_another_spelling_is_said_of_the_file(tmp_path: Path) -> None:
    made = shop(tmp_path, '  A: "${env\\u003aGONE}"\n')
    assert [said.partition(": ")[0] for said in problems(made)] == ["recipe.yaml:1:1"]


def test_a_place_counts_characters(tmp_path: Path) -> None:
    made = shop(tmp_path, "  A: '密码 ${env:GONE}'\n")
    assert [said.partition(": ")[0] for said in problems(made)] == ["recipe.yaml:19:10"]


# -------------------------------------------------------------------- values
def matching(pattern: str) -> str:
    return f"  - expect: {{target: h1, text: {{matches: '{pattern}'}}}}\n"


def test_a_value_that_does_not_fit_is_said_without_it(tmp_path: Path) -> None:
    made = shop(tmp_path, scenario=matching("${env:PATTERN}"))
    (said,) = problems(made, PATTERN="secret(")
    assert said == "scenario.yaml:6:43: step 3 is wrong with the value of PATTERN"


def test_several_values_of_a_step_that_do_not_fit_together(tmp_path: Path) -> None:
    made = shop(tmp_path, scenario=matching("${env:BEGIN}${env:END}"))
    (said,) = problems(made, BEGIN="(some", END="thing")
    assert said == "scenario.yaml:6:43: step 3 is wrong with the value of BEGIN, END"
    assert len(secrets_of([made.case], {"BEGIN": "(some", "END": "thing)"})) == 2


def test_what_is_not_set_is_not_also_wrong(tmp_path: Path) -> None:
    made = shop(tmp_path, scenario=matching("${env:BEGIN}${env:END}"))
    (said,) = problems(made, BEGIN="(some")
    assert "END is not set" in said


# ----------------------------------------------------------------- arguments
def test_arguments_get_the_values_and_stay_what_they_are(tmp_path: Path) -> None:
    made = shop(tmp_path, scenario="  - type: {into: '#a', text: 'a ${env:SHOP_KEY} b'}\n  - run_script: 'return 1'\n")
    scenario = made.case.scenario
    assert scenario is not None
    _, _, typed, script = scenario.steps
    filled = arguments(typed, SET)
    assert type(filled) is type(typed.arguments)
    assert (filled.text, str(filled.into)) == ("a battery-staple b", "css=#a")
    assert filled.model_fields_set == {"into", "text"}, "what is not given means something, too"
    assert arguments(script, {}) is script.arguments


def test_a_value_is_no_template_and_no_reference(tmp_path: Path) -> None:
    made = shop(tmp_path, scenario="  - type: {into: '#a', text: '${env:SHOP_KEY}'}\n")
    scenario = made.case.scenario
    assert scenario is not None
    value = "{{ product.version }} ${env:SHOP_HOST}"
    assert arguments(scenario.steps[2], {"SHOP_KEY": value, "SHOP_HOST": "x"}).text == value


def test_arguments_that_do_not_fit(tmp_path: Path) -> None:
    made = shop(tmp_path, scenario=matching("${env:PATTERN}"))
    scenario = made.case.scenario
    assert scenario is not None
    with pytest.raises(ValidationError):
        arguments(scenario.steps[2], {"PATTERN": "secret("})


# ----------------------------------------------------------------- variables
def given(made: Project, **environ: str) -> tuple[dict[str, str], Secrets]:
    """What the product's container gets after the upgrade, and the secrets that are known then."""
    case, secrets = made.case, Secrets()
    return variables(
        case.recipes["shop"], made.lock.side("after").exact(case.file.side("after")), secrets, environ
    ), secrets


def test_the_container_gets_what_is_in_no_image(tmp_path: Path) -> None:
    made = shop(
        tmp_path,
        "  A: '${env:SHOP_KEY}'\n  B: {secret: 'for {{ product.version }}'}\n"
        "  C: {secret: '{{ product.name }} ${env:SHOP_HOST}'}\n  D: 'plain {{ product.version }}'\n",
    )
    values, secrets = given(made, **SET)
    assert values == {"A": "battery-staple", "B": "for 2.0", "C": "shop market"}
    assert set(secrets.named) == {"for 2.0", "shop market"}, "as they become, not as they are written"


def test_a_value_of_ours_is_not_filled_in_as_a_template(tmp_path: Path) -> None:
    made = shop(tmp_path, "  A: '${env:SHOP_KEY}'\n")
    assert given(made, SHOP_KEY="{{ 7 * 7 }}")[0] == {"A": "{{ 7 * 7 }}"}


@pytest.mark.parametrize(
    "text",
    [
        "{{ '$' }}{env:HOME} ${env:SHOP_KEY}",
        "${env:SHOP_KEY} ${env:{{ 'HO' }}ME}",
        "${{ '{env:HOME}' }} ${env:SHOP_KEY}",
    ],
)
def test_a_template_makes_no_reference_that_nobody_was_told_of(tmp_path: Path, text: str) -> None:
    made = shop(tmp_path, f'  A: "{text}"\n')
    assert set(asked(made.case)) == {"SHOP_KEY"}
    with pytest.raises(InputError) as caught:
        given(made, HOME="/root", **SET)
    (problem,) = caught.value.problems
    assert (problem.path.name, problem.line, problem.column) == ("recipe.yaml", 19, 7)
    assert str(problem.what) == "a template makes `${env:HOME}`, which must stand in the recipe"


def test_a_secret_that_a_template_makes_too_short(tmp_path: Path) -> None:
    made = shop(tmp_path, "  A: {secret: '{{product.version}}'}\n")
    with pytest.raises(InputError) as caught:
        given(made)
    (problem,) = caught.value.problems
    assert (problem.path.name, problem.line, problem.column) == ("recipe.yaml", 19, 16)
    assert str(problem.what).startswith("A has fewer than 4 characters")


# --------------------------------------------------------------------- asked
def test_what_is_asked_for_and_what_becomes_of_it(tmp_path: Path) -> None:
    made = shop(
        tmp_path,
        "  A: '${env:SHOP_KEY}'\n  B: {secret: '${env:SHOP_KEY} ${env:SHOP_HOST}'}\n",
        "  - type: {into: '#a', text: '${env:SHOP_KEY}${env:SHOP_KEY}'}\n  - open: '/${env:ALPHA}'\n",
    )
    assert asked(made.case) == {
        "ALPHA": (Message("used in step {number}: {action}", number=4, action="open"),),
        "SHOP_HOST": (Message("given to {product} as {variable}", product="shop", variable="B"),),
        "SHOP_KEY": (
            Message("given to {product} as {variable}", product="shop", variable="A"),
            Message("given to {product} as {variable}", product="shop", variable="B"),
            Message("used in step {number}: {action}", number=3, action="type"),
        ),
    }
    assert list(asked(made.case)) == ["ALPHA", "SHOP_HOST", "SHOP_KEY"]


def test_those_that_are_known_now_are_taken_and_the_others_are_no_error(tmp_path: Path) -> None:
    made = shop(
        tmp_path,
        "  A: '${env:GONE}'\n  B: '${env:SHORT}'\n  C: {secret: of the recipe}\n  D: '${env:SHOP_KEY}'\n",
        "  - type: {into: '#a', text: typed in, secret: true}\n",
    )
    found = known_secrets(made.case, {"SHORT": "1", **SET})
    assert set(found.named) == {"of the recipe", "typed in", SET["SHOP_KEY"]}

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from harness.documents import plain, read
from harness.errors import InputError
from harness.lock import write as write_lock
from harness.model import Base, Lock, LockedEnvironment, LockedSet, Package, Said, SideSummary, Verdict
from harness.schemas import FOLDER, main, outdated, schemas, write
from harness.spec import load_environment, load_scenario
from harness.steps import STEPS

ROOT = Path(__file__).parents[2]
BAD = Path(__file__).parent / "bad_input"
SCHEMAS = schemas()
LOCKS = sorted((ROOT / "environments").glob("*.lock.yaml"))
EXAMPLES = [
    *(("environment", path) for path in sorted({*(ROOT / "environments").glob("*.yaml")} - {*LOCKS})),
    *(("recipe", path) for path in sorted((ROOT / "environments/recipes").glob("*/recipe.yaml"))),
    *(("scenario", path) for path in sorted((ROOT / "scenarios").glob("*.yaml"))),
]
ONLY_THE_CODE_SEES = {"idle-upgrade", "twice", "unknown-product"}


def refusals(kind: str, value: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[kind]).iter_errors(value)]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_shipped_lock_fits_its_schema(path: Path) -> None:
    assert refusals("lock", yaml.safe_load(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_one(kind: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[kind])
    assert SCHEMAS[kind]["additionalProperties"] is False


def test_the_schemas_in_the_docs_are_up_to_date() -> None:
    assert outdated(FOLDER) == ()
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{kind}.schema.json" for kind in SCHEMAS)


def test_what_is_not_up_to_date_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--folder", str(tmp_path)]) == 1
    assert "lock.schema.json is not up to date" in capsys.readouterr().err
    assert main(["--folder", str(tmp_path)]) == 0
    assert main(["--check", "--folder", str(tmp_path)]) == 0
    (tmp_path / "lock.schema.json").write_text("{}")
    assert outdated(tmp_path) == (tmp_path / "lock.schema.json",)
    write(tmp_path)
    assert outdated(tmp_path) == ()


@pytest.mark.parametrize(("kind", "path"), EXAMPLES, ids=lambda value: getattr(value, "stem", value))
def test_every_example_fits_its_schema_and_names_it(kind: str, path: Path) -> None:
    assert refusals(kind, plain(read(path), verbatim=())) == []
    first = path.read_text("utf-8").splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert named != first
    assert (path.parent / named).resolve() == FOLDER / f"{kind}.schema.json"


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        *(("environment", path) for path in sorted((BAD / "environments").glob("*.yaml"))),
        *(("scenario", path) for path in sorted((BAD / "scenarios").glob("*.yaml"))),
        *(("recipe", path) for path in sorted((BAD / "recipes").glob("*/recipe.yaml"))),
    ],
    ids=lambda value: getattr(value, "stem", value),
)
def test_what_the_code_refuses_the_schema_refuses_where_it_can(kind: str, path: Path) -> None:
    assert bool(refusals(kind, plain(read(path), verbatim=()))) is (path.stem not in ONLY_THE_CODE_SEES)


GOOD_STEPS = [
    "{open: /}",
    "{open: {url: /}}",
    '{click: "#a"}',
    "{click: {css: '#a'}}",
    "{click: ['#a', {role: button, name: Save}, {role: button}, {name: q}, {id: a}]}",
    "{click: [{css: '#a'}, {text: a}, {link: a}, {xpath: //a}]}",
    "{click: {target: '#a'}, timeout_s: 3, description: Press it}",
    "{type: {into: '#a', text: hello}, description: {en: Type, zh: 输入}}",
    "{press: m}",
    "{press: [Control+A, Delete]}",
    "{wait_for: {target: '#a', state: hidden}}",
    "{expect: {target: '#a', text: 3.10}}",
    "{expect: {target: '#a', text: {equals: x}}}",
]
BAD_STEPS = [
    "{click: ''}",
    "{click: []}",
    "{click: {css: '#a', id: a}}",
    "{clik: '#a'}",
    "{click: '#a', open: /}",
    "{description: nothing}",
    "{open: /, timeout_s: 0}",
    "{open: /, timeout: 3}",
    "{open: /, description: {fr: ouvrir}}",
    "{type: hello}",
    "{expect: {target: '#a', vissible: true}}",
    "{wait_for: {target: '#a', state: gone}}",
]


@pytest.mark.parametrize("step", GOOD_STEPS + BAD_STEPS)
def test_schema_and_code_agree_on_a_step(step: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(f"schema: 1\nname: a\nsteps:\n  - {step}\n", "utf-8")
    refused = refusals("scenario", plain(read(path), verbatim=()))
    if step in GOOD_STEPS:
        assert refused == []
        load_scenario(path)
    else:
        assert refused
        with pytest.raises(InputError):
            load_scenario(path)


ENVIRONMENTS = [
    ("server: {product: shop@1}", True),
    ("server: {product: shop}", True),
    ("server: {product: {name: shop}}", True),
    ("server: {product: {name: shop, version: 3.10}}", True),
    ("server: {product: shop@>=3,<4, plugins: [stellar@latest, {name: carousel}]}", False),  # a comma ends it
    ('server: {product: "shop@>=3,<4", plugins: [stellar@latest, {name: carousel}]}', True),
    ("server: {product: shop@none}", False),
    ("server: {product: shop@1}\nclient: {viewport: 800x600, browser: chromium@156}", True),
    ("server: {product: shop@1}\nclient: {viewport: {width: 800, height: 600}, browser: {name: chromium}}", True),
    ("server: {product: shop@1}\nclient: {viewport: 800}", False),
    ("server: {product: shop@1}\nclient: {browser: netscape@4}", False),
    ("server: {product: shop@1}\nclient: {browser: {name: netscape}}", False),
    ("server: {product: shop@1, plugins: [stellar@1]}\nupgrade: [server: {plugins: [stellar@none]}]", True),
    ("server: {product: shop@1}\nupgrade: [server: {product: {version: 2}}]", True),
    ("server: {product: shop@1}\nupgrade: [server: {produkt: shop@2}]", False),
    ("server: {product: shop@1}\nupgrade: [{}]", False),
    ("server: {product: shop@1}\nlink: {egress: maybe}", False),
    ("server: {}", False),
]


@pytest.mark.parametrize(("text", "good"), ENVIRONMENTS)
def test_schema_and_code_agree_on_an_environment(text: str, good: bool, tmp_path: Path) -> None:
    (tmp_path / "recipes").symlink_to(BAD / "environments/recipes")
    path = tmp_path / "environment.yaml"
    path.write_text(f"schema: 1\nname: a\n{text}\n", "utf-8")
    assert (refusals("environment", plain(read(path), verbatim=())) == []) is good
    if good:
        load_environment(path)
    else:
        with pytest.raises(InputError):
            load_environment(path)


def test_every_step_and_installer_is_in_the_schemas() -> None:
    step = SCHEMAS["scenario"]["properties"]["steps"]["items"]
    assert {choice["required"][0] for choice in step["oneOf"]} == set(STEPS)
    assert set(step["properties"]) == {*STEPS, "description", "timeout_s"}


def test_a_lock_that_is_written_fits_its_schema(tmp_path: Path) -> None:
    package = Package(installer="pip", name="flask", version="3.0.3", file="flask-3.0.3.whl", checksum="sha256:00")
    locked = LockedEnvironment(
        versions={"server.product": "1.0"}, server=LockedSet(product=(package,)), browser=LockedSet()
    )
    bases = (Base(os="debian:12", source="bootstrap"),)
    lock = Lock(digest="sha256:00", machine="x86_64", bases=bases, environments=(locked,))
    path = tmp_path / "a.lock.yaml"
    write_lock(path, lock)
    value = plain(read(path), verbatim=())
    assert refusals("lock", value) == []
    assert refusals("lock", value | {"bases": [{"os": "debian:12", "source": "thin air"}]})


def test_a_verdict_fits_its_schema() -> None:
    side = SideSummary(steps_passed=1, steps=2, seconds=1.5)
    verdict = Verdict(
        verdict="same",
        layer=None,
        step=None,
        reason="nothing changed",
        reason_said=Said(text="nothing changed"),
        errors=(),
        before=side,
        after=side,
        environment="a",
        scenario="b",
        environment_diff=(),
    )
    value = json.loads(verdict.model_dump_json())
    assert refusals("verdict", value) == []
    assert refusals("verdict", value | {"verdict": "perhaps"})
    named = ["verdict", "layer", "step", "reason", "errors", "before", "after", "run_folder", "environment_diff"]
    assert set(named) <= set(SCHEMAS["verdict"]["required"])

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from harness.bundle import Member, pack
from harness.documents import plain, read
from harness.errors import InputError
from harness.lock import write as write_lock
from harness.model import Base, Known, Lock, LockedEnvironment, LockedSet, Package, Said, SideSummary, Verdict
from harness.schemas import FOLDER, main, outdated, schemas, write
from harness.spec import load_environment, load_scenario
from harness.spec.baseline import baseline_file, write_baseline
from harness.spec.matrix import matrix_file
from harness.steps import STEPS
from tests.unit.bundle.forging import MANIFEST
from tests.unit.market import Market, market

__all__ = ["market"]  # a fixture

ROOT = Path(__file__).parents[2]
BAD = Path(__file__).parent / "bad_input"
SCHEMAS = schemas()
LOCKS = sorted((ROOT / "environments").glob("*.lock.yaml"))
MATRICES = sorted((ROOT / "environments").glob("*.matrix.yaml"))
EXAMPLES = [
    *(("environment", path) for path in sorted({*(ROOT / "environments").glob("*.yaml")} - {*LOCKS, *MATRICES})),
    *(("matrix", path) for path in MATRICES),
    *(("recipe", path) for path in sorted((ROOT / "environments/recipes").glob("*/recipe.yaml"))),
    *(("scenario", path) for path in sorted((ROOT / "scenarios").glob("*.yaml"))),
    *(("known-issue", path) for path in sorted((ROOT / "environments/known-issues").glob("*.yaml"))),
    *(("gateway", path) for path in sorted((ROOT / "environments/gateways").glob("*.yaml"))),
]
ONLY_THE_CODE_SEES = {
    *("idle-upgrade", "twice", "unknown-product"),
    *("client-cannot", "client-extensions", "client-twice", "given-in-place"),
    *("no-such-values", "no-upgrade", "refused-values", "wrong-together"),
    *("exclude-everything", "include-again", "too-many-cells", "too-many-combinations"),
}


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
        *(("matrix", path) for path in sorted((BAD / "matrices").glob("*.yaml"))),
        *(("baseline", path) for path in sorted((BAD / "baselines").glob("*.yaml"))),
        *(("gateway", path) for path in sorted((BAD / "gateways").glob("*.yaml"))),
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
    ("server: {product: shop@1, os: debian:13, python: 3.11, node: 20}", True),
    ('server: {product: shop@1, python: "3.11", node: ">=16,<18"}', True),
    ("server: {product: shop@1, node: new}", False),
    ("server: {product: shop@1, python: 3}", False),
    (f'server: {{product: shop@1, services: [{{name: db, image: "a@sha256:{"1" * 64}", port: 1, data: []}}]}}', True),
    (f'server: {{product: shop@1, services: [{{name: redis, image: "a@sha256:{"1" * 64}", ready: soon}}]}}', False),
    ("server: {product: shop@1, services: [{name: db, version: 1}]}", False),
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


MATRICES_OR_NOT = [
    ("axes: {upgrade.server.product: [2.2.4, 3.10, latest]}", True),
    ("axes: {upgrade.server.product: {old: 2.2.4, new: {name: shop, version: 3.10}}}", True),
    ("axes: {upgrade.1.server.plugins.stellar: [none, 0.7], server.plugins: [[], [stellar@0.6.2]]}", True),
    ("axes: {upgrade.server.compat.jquery-migrate: [none, 3.6.0]}\nstrategy: each-once\nbudget: 1", True),
    ("axes: {upgrade.server.product: [2]}\ninclude: [{product: 3, client.viewport: 800x600}]", True),
    ("axes: {upgrade.server.product: [2, 3]}\nexclude: [{product: [2], scenario: b*}]\nbudget: ~", True),
    ("axes: {}", False),
    ("axes: [server.product]", False),
    ("axes: {server.product: []}", False),
    ("axes: {server.product: {}}", False),
    ("axes: {server.product: 2.2.4}", False),
    ("axes: {server: [2.2.4]}", False),
    ("axes: {server.produkt: [2.2.4]}", False),
    ("axes: {server.product.version: [2.2.4]}", False),
    ("axes: {client.product: [2.2.4]}", False),
    ("axes: {upgrade.0.server.product: [2.2.4]}", False),
    ("axes: {upgrade.100.server.product: [2.2.4]}", False),
    ("axes: {upgrade..server.product: [2.2.4]}", False),
    ("axes: {upgrade.upgrade.server.product: [2.2.4]}", False),
    ("axes: {server.plugins.: [2.2.4]}", False),
    ("axes: {xserver.product: [2.2.4]}", False),
    ("axes: {upgrade.server.product: [2]}\nbudget: 0", False),
    ("axes: {upgrade.server.product: [2]}\nbudget: 1.5", False),
    ("axes: {upgrade.server.product: [2]}\nstrategy: some", False),
    ("axes: {upgrade.server.product: [2]}\ninclude: [{}]", False),
    ("axes: {upgrade.server.product: [2]}\nexclude: [{}]", False),
    ("axes: {upgrade.server.product: [2]}\nexclude: {product: 2}", False),
    ("axes: {upgrade.server.product: [2]}\ncells: 3", False),
]


@pytest.mark.parametrize(("text", "good"), MATRICES_OR_NOT)
def test_schema_and_code_agree_on_a_matrix(text: str, good: bool, market: Market) -> None:
    path = market.write(text)
    assert (refusals("matrix", plain(read(path), verbatim=())) == []) is good
    if good:
        matrix_file(path)
    else:
        with pytest.raises(InputError):
            matrix_file(path)


ENTRY = {
    "cells": "buy/*",
    "fingerprint": "0123456789abcdef",
    "reason": "known upstream",
    "owner": "anna",
    "expires": "2027-03-31",
}


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"verdict": "unstable"}, True),
        ({"verdict": "broken-both"}, True),
        *(({key: None}, False) for key in ENTRY),  # left out
        ({"verdict": "same"}, False),
        ({"verdict": "no-verdict"}, False),
        ({"fingerprint": "0123456789abcde"}, False),
        ({"fingerprint": "0123456789abcdef0"}, False),
        ({"fingerprint": "0123456789abcdeg"}, False),
        ({"reason": ""}, False),
        ({"owner": ""}, False),
        ({"owner": 7}, False),
        ({"cells": ["buy/*"]}, False),
        ({"expires": "soon"}, False),
        ({"expires": "31.3.2027"}, False),
        ({"expires": "2027-03-31T00:00:00"}, False),
        ({"expires": 0}, False),
        ({"until": "2027-03-31"}, False),
    ],
)
def test_schema_and_code_agree_on_an_entry_of_a_baseline(changes: dict[str, Any], good: bool, tmp_path: Path) -> None:
    entry = {key: value for key, value in (ENTRY | changes).items() if value is not None}
    path = tmp_path / "baseline.yaml"
    path.write_text(json.dumps({"schema": 1, "known": [entry]}), "utf-8")
    assert (refusals("baseline", plain(read(path), verbatim=())) == []) is good
    if good:
        assert baseline_file(path).known[0].reason == "known upstream"
    else:
        with pytest.raises(InputError):
            baseline_file(path)


def test_a_baseline_that_is_written_fits_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    write_baseline(path, [Known.model_validate(ENTRY)])
    assert refusals("baseline", plain(read(path), verbatim=())) == []


def test_every_step_and_installer_is_in_the_schemas() -> None:
    step = SCHEMAS["scenario"]["properties"]["steps"]["items"]
    assert {choice["required"][0] for choice in step["oneOf"]} == set(STEPS)
    assert set(step["properties"]) == {*STEPS, "description", "timeout_s"}


def test_a_lock_that_is_written_fits_its_schema(tmp_path: Path) -> None:
    checksum = "sha256:" + 64 * "0"
    package = Package(installer="pip", name="flask", version="3.0.3", file="flask-3.0.3.whl", checksum=checksum)
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


def test_the_manifest_of_a_bundle_fits_its_schema(tmp_path: Path) -> None:
    manifest = pack(tmp_path / "a.zip", MANIFEST, [Member(path="environment.yaml", content=b"schema: 1")])
    value = json.loads(manifest.model_dump_json())
    assert refusals("bundle", value) == []
    for wrong in ({"schema_version": 2}, {"created": "today"}, {"contents": ["more"]}, {"files": [{"path": "a"}]}):
        assert refusals("bundle", value | wrong)

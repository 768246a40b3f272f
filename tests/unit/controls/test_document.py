"""The environment file of a control run says what the run was of."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from harness import lock, spec
from harness.controls import trials
from harness.controls.document import document, scenario_document
from harness.model import EnvironmentFile, Lock, LockedEnvironment, LockedSet, Ref, ServiceRef

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(
    path
    for path in [*(ROOT / "environments").glob("*.yaml"), *(ROOT / "tests/integration/desk").glob("desk.yaml")]
    if not path.name.endswith((".lock.yaml", ".matrix.yaml"))
)


def read_again(file: EnvironmentFile, folder: Path) -> EnvironmentFile:
    path = folder / "environment.yaml"
    path.write_text(document(file), "utf-8")
    for name in ("recipes", "extensions"):
        if (file.path.parent / name).exists():
            (folder / name).symlink_to(file.path.parent / name)
    return spec.load_environment(path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_written_is_read_as_it_was(path: Path, tmp_path: Path) -> None:
    file = spec.load_environment(path)
    found = read_again(file, tmp_path)
    assert (found.name, found.environments, found.kinds) == (file.name, file.environments, file.kinds)


def test_images_that_are_given_are_read_as_they_were(tmp_path: Path) -> None:
    file = spec.load_environment(ROOT / "environments/flask-admin.yaml")
    data = b"an archive"
    (tmp_path / "services").mkdir()
    (tmp_path / "services/store.tar").write_bytes(data)
    archive = {"from": "services/store.tar", "sha256": hashlib.sha256(data).hexdigest()}
    store = {"name": "store", "port": 1, "data": ["/a"], "environment": {"A": "b", "C": "d"}}
    before = [{**store, "image": archive}, {"name": "redis", "image": f"redis@sha256:{'1' * 64}"}, {"name": "smtp"}]
    after = [
        {"name": "smtp"},
        {"name": "redis", "version": "7.0"},
        {**store, "environment": {"A": "e"}, "image": f"store@sha256:{'1' * 64}", "ready": {"command": ["true"]}},
    ]
    services = [tuple(ServiceRef.model_validate(one) for one in some) for some in (before, after)]
    changed = tuple(
        one.model_copy(update={"server": one.server.model_copy(update={"services": its})})
        for one, its in zip(file.environments, services, strict=True)
    )
    found = read_again(file.model_copy(update={"environments": changed}), tmp_path)
    assert [set(one.server.services) for one in found.environments] == [set(some) for some in services]


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_scenario_with_fewer_steps_is_read_as_it_was(path: Path, tmp_path: Path) -> None:
    whole = spec.load_scenario(path)
    last = len(whole.steps)
    written = tmp_path / "scenario.yaml"
    written.write_text(scenario_document(path.read_bytes(), (1, last)), "utf-8")
    assert spec.load_scenario(written).steps == whole.only((1, last)).steps
    assert [step.number for step in whole.only((1, last)).steps] == [1, 2]


def test_fewer_steps_are_replayed_for_themselves() -> None:
    """Two runs share the replay of a side only where they do the same."""
    environment = ROOT / "environments/gallery-parallax.yaml"
    case, locked = spec.load(environment, ROOT / "scenarios/show-prices.yaml"), lock.beside(environment)
    assert case.scenario
    assert locked
    fewer = replace(case, scenario=case.scenario.only((1, 3)))
    assert fewer.replayed(locked, "before") != case.replayed(locked, "before")
    assert replace(case).replayed(locked, "before") == case.replayed(locked, "before")


def test_a_plugin_that_a_control_takes_away_is_gone(tmp_path: Path) -> None:
    file = spec.load_environment(ROOT / "environments/flask-admin.yaml")
    locked = LockedEnvironment(versions={}, server=LockedSet(), browser=LockedSet())
    its_lock = Lock(digest="", machine="", bases=(), environments=(locked, locked))
    trial = trials.without(file, its_lock, ("flask-admin",))
    assert trial.environments[0] == trial.environments[1]
    assert trial.environments[0].server.dependencies == ()
    assert read_again(trial.file(file), tmp_path).environments == trial.environments


def test_a_layer_that_is_only_after_the_upgrade(tmp_path: Path) -> None:
    file = spec.load_environment(ROOT / "environments/gallery-parallax.yaml")
    trial = trials.with_compat(file, Ref(name="jquery-migrate", version="3.6.0"))
    assert trial.name == "with-jquery-migrate-3.6.0"
    found = read_again(trial.file(file), tmp_path)
    assert found.environments == trial.environments
    assert found.name == "gallery-parallax-with-jquery-migrate-3.6.0"


def test_names_fit_a_folder() -> None:
    assert trials.named("with", "@scope/a_b@1.0~rc1") == "with-scope-a-b-1.0-rc1"
    assert len(trials.named(*["client.browser"] * 20)) <= trials.NAME_MAX

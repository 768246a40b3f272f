"""Bundles: from one engine to another that has nothing of its own, and no registry."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

from harness import cli
from harness.engine import Engine, daemon
from harness.engine.daemon import Daemon
from tests.integration.engine.second import needs_daemon, second_daemon
from tests.integration.running import CONTROLS, ROOT

pytestmark = [pytest.mark.engine, needs_daemon]
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A run on the machine's engine, and its bundles."""

    run: Path
    verdict: dict[str, Any]
    plain: Path
    packages: Path
    images: Path


@pytest.fixture(scope="module")
def packed(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    folder = tmp_path_factory.mktemp("packed")
    case = (str(ROOT / "environments/gallery-parallax.yaml"), str(ROOT / "scenarios/show-prices.yaml"))
    assert cli.main(["reproduce", *case, "--runs", str(folder / "runs"), *CONTROLS]) == 1
    (run,) = (folder / "runs").iterdir()
    paths = {name: folder / f"{name}.zip" for name in ("plain", "packages", "images")}
    for name, path in paths.items():
        extra = () if name == "plain" else (f"--with-{name}",)
        assert cli.main(["bundle", str(run), "--output", str(path), *extra]) == 0
    return Packed(run=run, verdict=json.loads((run / "verdict.json").read_text("utf-8")), **paths)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """An engine that knows no image."""
    with second_daemon(tmp_path_factory.mktemp("other"), connected=True) as it:
        daemon.start(it)
        yield it


def elsewhere(it: Daemon, folder: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    """`harness` as on another machine: its engine, an empty cache, and registries that do not answer."""
    nothing = {name: NOWHERE for proxy in ("http_proxy", "https_proxy") for name in (proxy, proxy.upper())}
    env = (
        os.environ
        | nothing
        | {
            "DOCKER_HOST": f"unix://{it.socket}",
            "HARNESS_CACHE": str(folder / "cache"),
            "PIP_INDEX_URL": NOWHERE,
            "UV_INDEX_URL": NOWHERE,
            "NPM_CONFIG_REGISTRY": NOWHERE,
            "PATH": str(without_mmdebstrap(folder)),
        }
    )
    command = [sys.executable, "-m", "harness", *map(str, words), "--runs", str(folder / "runs")]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=folder, timeout=900)


def without_mmdebstrap(folder: Path) -> Path:
    """A PATH on which no base image can be made."""
    place = folder / "bin"
    if not place.exists():
        place.mkdir()
        for name in ("unshare", "sh"):
            (place / name).symlink_to(Path("/usr/bin") / name)
    return place


@pytest.mark.parametrize("kind", ["images", "packages"])
def test_a_machine_without_registries_comes_to_the_same(
    packed: Packed, other: Daemon, tmp_path: Path, kind: str
) -> None:
    done = elsewhere(other, tmp_path, "replay", getattr(packed, kind), "--yes", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert (said["outcome"], said["differences"]) == ("same", [])
    assert said["verdict"]["fingerprint"] == packed.verdict["fingerprint"] != ""
    assert said["verdict"]["environments"] == packed.verdict["environments"]
    assert (tmp_path / said["verdict"]["run_folder"] / "report.html").stat().st_size > 0
    if kind == "images":  # they have names of the bundle's there: no other run takes them for ours
        brought = {image["tag"] for image in json.loads(manifest(packed.images))["images"]}
        assert len(brought) == 3  # two products, one browser
        assert not tags(other) & brought
        assert sum(tag.startswith("harness/bundled:") for tag in tags(other)) == 3


def tags(it: Daemon) -> set[str]:
    client = docker.DockerClient(base_url=f"unix://{it.socket}")
    try:
        return {tag for image in client.images.list() for tag in image.tags}
    finally:
        client.close()


def test_without_packages_it_could_not_be_run_there(packed: Packed, other: Daemon, tmp_path: Path) -> None:
    done = elsewhere(other, tmp_path, "replay", packed.plain, "--yes")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def manifest(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("manifest.json").decode("utf-8")


def test_what_a_bundle_holds(packed: Packed) -> None:
    with zipfile.ZipFile(packed.plain) as archive:
        names = set(archive.namelist())
    assert {"environment.yaml", "environment.lock.yaml", "scenario.yaml", "recipes/gallery/recipe.yaml"} <= names
    assert {"evidence/verdict.json", "evidence/report.html", "evidence/after/trace.jsonl", "issue.md"} <= names
    assert "contexts/before/server/3-plugins/Dockerfile" in names
    described = json.loads(manifest(packed.plain))
    assert {file["path"] for file in described["files"]} == names - {"manifest.json"}
    assert described["expected"]["fingerprint"] == packed.verdict["fingerprint"]
    assert described["expected"]["step"] == 3


def test_here_it_comes_to_the_same_and_says_so(
    packed: Packed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["replay", str(packed.plain), "--yes", "--runs", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("The same verdict and the same failure as expected\n")
    assert "Runs: python3 -m http.server 8000 --bind 0.0.0.0 (app)" in said.err


def test_without_a_yes_nothing_runs(packed: Packed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", str(packed.plain), "--runs", str(tmp_path / "runs")]) == 2
    assert "nobody is there to say" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()

"""Matrices on real containers: the shipped one, and what interruptions, shards and faults make of small ones."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import cli
from harness.engine import Engine, leftovers, sweep
from harness.evidence import MatrixFolder
from harness.model import MatrixResult
from tests.integration.running import ROOT, edited, started

pytestmark = pytest.mark.engine

Matrix = Callable[..., tuple[int, MatrixResult]]
SHIPPED = ROOT / "environments/jquery.matrix.yaml"
AXES = {"upgrade.server.product": ["2.2.4", "3.7.1"], "upgrade.server.compat.jquery-migrate": ["none", "3.6.0"]}


@pytest.fixture
def matrix(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Matrix:
    """`harness matrix` in this process: its exit code and what it left."""

    def run(*words: object, runs: Path = tmp_path / "runs") -> tuple[int, MatrixResult]:
        capsys.readouterr()
        command = "matrix" if words[0] != "merge" else "merge"
        rest = words if command == "matrix" else words[1:]
        code = cli.main([command, *map(str, rest), "--runs", str(runs), "--json"])
        return code, MatrixResult.model_validate_json(capsys.readouterr().out)

    return run


def written(folder: Path, axes: Mapping[str, Any] = AXES, **changes: Any) -> Path:
    """A small matrix over the gallery, or over an edited copy of it in the same folder."""
    there = folder / "gallery-parallax.yaml"
    environment = there if there.exists() else ROOT / "environments/gallery-parallax.yaml"
    content = {
        "schema": 1,
        "name": "small",
        "environment": os.path.relpath(environment, folder),
        "scenarios": [os.path.relpath(ROOT / "scenarios/show-prices.yaml", folder)],
        "axes": dict(axes),
    }
    path = folder / "small.matrix.yaml"
    path.write_text(yaml.safe_dump(content | changes, sort_keys=False), "utf-8")
    return path


def verdicts(result: MatrixResult) -> dict[str, str]:
    return {cell.id.removeprefix("show-prices/"): cell.verdict for cell in result.cells}


def owned_by(engine: Engine, folder: Path) -> list[str]:
    return [one.name for one in leftovers(engine) if one.run_id.startswith(folder.name)]


# ------------------------------------------------------------- the shipped one
def test_the_shipped_matrix(matrix: Matrix, tmp_path: Path) -> None:
    """jQuery 3 breaks the plug-in on desks and phones; jquery-migrate mends it, and does no harm before."""
    code, result = matrix(SHIPPED)  # not --locked: distributions drop versions within weeks
    assert len(result.cells) == 24
    for cell in result.cells:
        breaks = cell.values["product"] in ("3.0.0", "3.5.1", "3.x", "4.x") and cell.values["jquery-migrate"] == "none"
        assert cell.verdict == ("regression" if breaks else "same"), f"{cell.id}: {cell.reason.message()}"
        assert len(cell.runs) == (2 if breaks else 1)
        assert not breaks or (cell.layer == "client" and cell.step is not None and cell.step.number == 3)
    assert code == 1
    folder = Path(result.run_folder)
    for name in ("matrix.html", "matrix.json", "junit.xml", "ctrf.json", "summary.md", "plan.json", "lock.yaml"):
        assert (folder / name).stat().st_size > 0
    for cell in result.cells:
        assert (folder / cell.evidence / "report.html").stat().st_size > 0

    # what cells have in common was replayed once a try: one file, however many cells it is evidence of
    for viewport in ("1366x768", "390x844"):
        firsts = [cell.runs[0].folder for cell in result.cells if cell.values["viewport"] == viewport]
        assert len({(folder / one / "before/trace.jsonl").stat().st_ino for one in firsts}) == 1
        assert len({(folder / one / "after/trace.jsonl").stat().st_ino for one in firsts}) == len(firsts)
    # and the failure is the same one, whatever the version
    prints = {cell.fingerprint for cell in result.of("regression") if cell.values["product"] != "3.0.0"}
    assert len(prints) == 1

    # a baseline that knows these failures lets the job pass, and only these
    baseline = tmp_path / "baseline.yaml"
    words = ("--reason", "Stellar calls what jQuery 3 took out", "--owner", "ann")
    assert cli.main(["baseline", "update", str(folder), "--baseline", str(baseline), *words]) == 0
    again, second = matrix(SHIPPED, "--only", "*product=3.x*", "--baseline", baseline)
    assert (again, second.regressions, second.stale) == (0, (), ())
    assert sum(bool(cell.known) for cell in second.cells) == 2
    assert cli.main(["can-upgrade", "--product", "gallery", "--to", "3.5.1", "--runs", str(folder.parent)]) == 1
    compat = ("--compat", "jquery-migrate")
    assert (
        cli.main(["can-upgrade", "--product", "gallery", "--to", "3.5.1", *compat, "--runs", str(folder.parent)]) == 0
    )
    assert cli.main(["can-upgrade", "--product", "gallery", "--to", "1.11.3", "--runs", str(folder.parent)]) == 4


# -------------------------------------------------------------- interruptions
def interrupted(file: Path, runs: Path, number: signal.Signals, after_cells: int) -> tuple[int, MatrixFolder]:
    """Start a matrix, and send it a signal as soon as so many of its cells have a result."""
    words = ("matrix", file, "--runs", runs, "--jobs", 1)
    child = started(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while len(list(runs.glob("*/cells/*/*/result.json"))) < after_cells:
        assert child.poll() is None
        assert time.monotonic() < deadline
    child.send_signal(number)
    return child.wait(60), MatrixFolder.latest(runs)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_is_done_is_kept_and_gone_on_with(
    matrix: Matrix, engine: Engine, tmp_path: Path, number: signal.Signals
) -> None:
    file, runs = written(tmp_path), tmp_path / "runs"
    code, folder = interrupted(file, runs, number, after_cells=1)
    assert code == (130 if number == signal.SIGINT else -signal.SIGKILL)
    if number == signal.SIGINT:
        kept = folder.read_result()
        assert kept.interrupted
        assert [cell.verdict for cell in kept.cells][:1] == ["same"]
        assert any(not cell.runs for cell in kept.cells)
        assert owned_by(engine, folder.path) == []
    done = folder.read_cells(folder.read_plan().chosen)
    code, result = matrix("--resume", folder.path)
    assert code == 1
    assert verdicts(result) == {
        "product=2.2.4,jquery-migrate=none": "same",
        "product=2.2.4,jquery-migrate=3.6.0": "same",
        "product=3.7.1,jquery-migrate=none": "regression",
        "product=3.7.1,jquery-migrate=3.6.0": "same",
    }
    assert Path(result.run_folder) == folder.path
    assert {one: folder.read_cells([one])[one] for one in done} == done, "what was done was done again"
    sweep(engine)
    assert owned_by(engine, folder.path) == []


def test_a_matrix_that_changed_is_not_gone_on_with(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    file, runs = written(tmp_path), tmp_path / "runs"
    _, folder = interrupted(file, runs, signal.SIGINT, after_cells=1)
    written(tmp_path, {"upgrade.server.product": ["3.7.1"]})
    assert cli.main(["matrix", "--resume", str(folder.path), "--runs", str(runs)]) == 2
    assert "has changed since" in capsys.readouterr().err


# ------------------------------------------------------------ shards and faults
def comparable(result: MatrixResult) -> dict[str, Any]:
    """A result without times, paths and how it was come by."""
    content = json.loads(result.model_dump_json())
    for key in ("started", "seconds", "run_folder", "jobs", "command"):
        del content[key]
    for cell in content["cells"]:
        del cell["seconds"]
        for run in cell["runs"]:
            del run["seconds"]
    return content


def test_shards_merged_are_the_whole(matrix: Matrix, tmp_path: Path) -> None:
    file = written(tmp_path)
    _, whole = matrix(file, runs=tmp_path / "whole")
    parts = [matrix(file, "--shard", f"{number}/2", runs=tmp_path / f"part-{number}")[1] for number in (1, 2)]
    assert [len(part.cells) for part in parts] == [2, 2]
    code, merged = matrix("merge", *(part.run_folder for part in parts))
    assert code == 1
    assert comparable(merged) == comparable(whole)
    for cell in merged.cells:
        assert (Path(merged.run_folder) / cell.evidence / "report.html").stat().st_size > 0
    code, half = matrix("merge", parts[0].run_folder, runs=tmp_path / "half")
    assert code in (1, 4)
    assert sum(not cell.runs for cell in half.cells) == 2


def test_a_cell_that_dies_for_our_reasons_has_no_verdict_and_the_rest_goes_on(matrix: Matrix, tmp_path: Path) -> None:
    """A build that fails for one version, and a version that nobody published."""
    broken = "{% if product.version is version('>=3,<3.7') %}exit 7{% else %}true{% endif %}"
    edited(tmp_path, "gallery-parallax", recipe={"setup": [["sh", "-c", broken]]})
    code, result = matrix(written(tmp_path, {"upgrade.server.product": ["2.2.4", "3.6.0", "99.0", "3.7.1"]}))
    assert code == 1
    assert verdicts(result) == {
        "product=2.2.4": "same",
        "product=3.6.0": "no-verdict",
        "product=99.0": "no-verdict",
        "product=3.7.1": "regression",
    }
    failed, missing = result.cells[1], result.cells[2]
    assert (len(failed.runs), len(missing.runs)) == (2, 1)
    assert "build" in str(failed.reason.message())
    assert "99.0" in str(missing.reason.message())


def test_two_names_of_one_version_are_replayed_once(matrix: Matrix, tmp_path: Path) -> None:
    _, result = matrix(written(tmp_path, {"upgrade.server.product": ["2.2.4", "2.*"]}))
    assert set(verdicts(result).values()) == {"same"}
    traces = {Path(result.run_folder) / cell.evidence / "after/trace.jsonl" for cell in result.cells}
    assert len(traces) == 2
    assert len({trace.stat().st_ino for trace in traces}) == 1


def test_the_plan_needs_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    assert cli.main(["matrix", str(SHIPPED), "--plan"]) == 0
    assert capsys.readouterr().out.startswith("jquery: 24 of 24 cells, 14 images at most\n")
    assert cli.main(["matrix", str(SHIPPED), "--github", "--shards", "3"]) == 0
    assert [job["shard"] for job in json.loads(capsys.readouterr().out)["include"]] == ["1/3", "2/3", "3/3"]

"""Results of cells to one result of a matrix, and its exit code."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from harness import __version__, matrix_reports
from harness.evidence import MatrixFolder
from harness.matrix import results as module
from harness.matrix.planning import Plan
from harness.matrix.results import Baseline, common, exit_code, finish, not_run, results
from harness.model import CellResult, MatrixResult
from tests.unit.market import Market, market
from tests.unit.matrix.made_up import X, cell, entry
from tests.unit.matrix.made_up import not_run as left_out

__all__ = ["market"]  # a fixture

TEXT = "title: The shop\naxes: {upgrade.server.product: [2.2.4, 3.10, 4.0.0, 5.0.0]}\nbudget: 3\n"
TODAY = date(2027, 3, 1)


@pytest.fixture
def plan(market: Market) -> Plan:
    return market.plan(TEXT, skip=["*5.0.0"])


@pytest.fixture
def folder(plan: Plan, tmp_path: Path) -> MatrixFolder:
    return MatrixFolder.create(tmp_path / "runs", plan.matrix.name, b"schema: 1\n", plan.set_out)


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    class Day(date):
        @classmethod
        def today(cls) -> "Day":
            return cls(TODAY.year, TODAY.month, TODAY.day)

    monkeypatch.setattr(module, "date", Day)


def result_of(*cells: CellResult, interrupted: bool = False) -> MatrixResult:
    return MatrixResult(name="m", cells=cells, interrupted=interrupted)


# ------------------------------------------------------------------ exit codes
GOOD = [cell("buy/a=1"), cell("buy/a=2", "fixed")]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([], 0),
        (GOOD, 0),
        ([*GOOD, cell(verdict="regression")], 1),
        ([*GOOD, cell(verdict="regression", known="upstream")], 0),
        ([cell(verdict="regression", known="upstream"), cell("buy/a=3", "regression")], 1),
        ([*GOOD, cell(verdict="unstable")], 4),
        ([*GOOD, cell(verdict="broken-both")], 4),
        ([*GOOD, cell(verdict="no-verdict")], 4),
        ([*GOOD, left_out("buy/a=3")], 4),
        ([cell(verdict="unstable", known="upstream"), cell("buy/a=3", "broken-both", known="upstream")], 0),
        ([cell(verdict="unstable", known="upstream"), cell("buy/a=3", "broken-both")], 4),
        ([cell(verdict="no-verdict"), cell("buy/a=3", "regression")], 1),
    ],
)
def test_exit_codes(cells: list[CellResult], code: int) -> None:
    assert exit_code(result_of(*cells)) == code
    assert exit_code(result_of(*cells, interrupted=True)) == 130


def test_what_is_stale_does_not_fail_a_job() -> None:
    stale = {"entry": entry(), "why": "no-longer-failing"}
    assert exit_code(MatrixResult.model_validate({"name": "m", "cells": GOOD, "stale": [stale]})) == 0


# --------------------------------------------------------------------- results
def test_results_are_those_of_the_chosen_cells_in_their_order(plan: Plan, folder: MatrixFolder) -> None:
    assert [one.id for one in plan.chosen] == ["buy/product=2.2.4", "buy/product=4.0.0"]
    done = cell("buy/product=4.0.0", "regression")
    folder.write_cell(done)
    folder.write_cell(cell("buy/product=5.0.0"))
    first, second = results(folder, plan.set_out)
    assert second == done
    assert first == not_run(plan.cells[0].planned)
    assert (first.verdict, str(first.reason.message()), first.runs) == ("no-verdict", "it was not run", ())
    assert (first.id, first.scenario, first.values) == ("buy/product=2.2.4", "buy", {"product": "2.2.4"})


def test_a_result_says_what_the_plan_says(market: Market, plan: Plan, folder: MatrixFolder) -> None:
    found = common(plan, folder)
    assert (found.name, found.title, found.cut, found.shard) == ("m", "The shop", 1, "")
    assert found.matrix == str(market.folder / "m.matrix.yaml")
    assert found.plan == plan.digest
    assert found.axes == plan.matrix.axes
    assert found.run_folder == str(folder.path)
    assert found.harness_version == __version__
    assert common(market.plan(TEXT, shard="1/2"), folder).shard == "1/2"


# ------------------------------------------------------------------- baselines
def test_without_a_baseline_a_result_is_kept_as_it_is(folder: MatrixFolder) -> None:
    result = result_of(cell(verdict="regression", known="upstream"))
    assert finish(folder, result, None, []) == result == folder.read_result()


def test_a_result_is_held_against_a_baseline_and_kept(folder: MatrixFolder) -> None:
    failing, other = cell("buy/a=1", "regression"), cell("buy/a=2", "regression", "0" * 16)
    yesterday = str(TODAY - timedelta(days=1))
    known = (entry("buy/a=1", expires=str(TODAY)), entry("buy/a=2", "0" * 16, expires=yesterday), entry("gone"))
    ids = iter(["buy/a=1", "buy/a=2"])
    found = finish(folder, result_of(failing, other), Baseline(path="known.yaml", known=known), ids)
    assert found == folder.read_result()
    assert [one.known for one in found.cells] == ["known upstream", ""]
    assert found.baseline == "known.yaml"
    assert [(item.entry, item.why) for item in found.stale] == [(known[1], "expired"), (known[2], "no-such-cell")]
    assert found.regressions == (other,)
    assert found.cells[0].fingerprint == X


def test_reports_are_written_for_what_was_kept(folder: MatrixFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def write(path: Path, lang: str) -> None:
        written.append((MatrixFolder.open(path).read_result().name, lang))

    monkeypatch.setattr(matrix_reports, "write", write)
    finish(folder, MatrixResult(name="m", language="zh"), None, [])
    assert written == [("m", "zh")]

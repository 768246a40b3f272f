"""Results of cells to one result of a matrix, held against a baseline, on disk with its reports."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from harness import __version__, matrix_reports
from harness.errors import ExitCode
from harness.evidence import MatrixFolder
from harness.language import Message
from harness.matrix.known import judged, stale
from harness.matrix.planning import Plan
from harness.model import CellResult, Known, MatrixPlan, MatrixResult, PlannedCell, Said


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A baseline that was read, and the path that it was read from."""

    path: str
    known: tuple[Known, ...]


def common(plan: Plan, folder: MatrixFolder) -> MatrixResult:
    """A result without cells: what the plan says."""
    return MatrixResult(
        name=plan.matrix.name,
        title=plan.matrix.title,
        matrix=str(plan.matrix.path),
        plan=plan.digest,
        axes=plan.matrix.axes,
        cut=plan.cut,
        shard=plan.shard,
        run_folder=str(folder.path),
        harness_version=__version__,
    )


def results(folder: MatrixFolder, plan: MatrixPlan) -> tuple[CellResult, ...]:
    """What became of each cell that was chosen; one that has no result yet was not run."""
    done = folder.read_cells(plan.chosen)
    return tuple(done.get(cell.id) or not_run(cell) for cell in plan.cells if cell.id in set(plan.chosen))


def not_run(cell: PlannedCell) -> CellResult:
    """The result of a cell that has none."""
    return CellResult(**dict(cell), verdict="no-verdict", reason=Said.of(Message("it was not run")))


def finish(folder: MatrixFolder, result: MatrixResult, baseline: Baseline | None, ids: Iterable[str]) -> MatrixResult:
    """Hold a result against a baseline (``ids`` are of all cells of the matrix), keep it, and write its reports."""
    if baseline:
        today = date.today()
        cells = judged(result.cells, baseline.known, today)
        update = {
            "cells": cells,
            "baseline": baseline.path,
            "stale": stale(cells, baseline.known, ids, today),
        }
        result = result.model_copy(update=update)
    folder.write_result(result)
    matrix_reports.write(folder.path, result.language)
    return result


def exit_code(result: MatrixResult) -> ExitCode:
    """1 where a regression is new, 4 where something was not decided, 130 where it was interrupted."""
    if result.interrupted:
        return ExitCode.INTERRUPTED
    if result.regressions:
        return ExitCode.REGRESSION
    return ExitCode.UNDECIDED if result.undecided else ExitCode.GOOD

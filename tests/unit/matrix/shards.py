"""What runs of the cells of a plan leave, made by hand."""

from collections.abc import Mapping
from pathlib import Path

from harness.evidence import MatrixFolder
from harness.matrix.planning import Plan
from harness.matrix.results import Baseline, common, finish, results
from harness.model import CellResult


def left_by(
    plan: Plan, runs: Path, done: Mapping[str, CellResult], baseline: Baseline | None = None, **changes: object
) -> MatrixFolder:
    """The folder of a run of the chosen cells, of which those in ``done`` have come to their end."""
    folder = MatrixFolder.create(runs, plan.matrix.name, plan.matrix.path.read_bytes(), plan.set_out)
    for one in plan.chosen:
        if one.id in done:
            for run in done[one.id].runs:
                (folder.path / run.folder).mkdir(parents=True)
                (folder.path / run.folder / "evidence.txt").write_text(f"{one.id} {run.folder}")
            folder.write_cell(done[one.id])
    result = common(plan, folder).model_copy(
        update={"cells": results(folder, plan.set_out), "started": "2026-11-22T20:00:00+01:00", "jobs": 2, **changes}
    )
    finish(folder, result, baseline, [one.id for one in plan.cells])
    return folder

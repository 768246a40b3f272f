"""merge: the results of shards → the one that a single run would have given."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import InputError
from harness.evidence import MatrixFolder
from harness.language import Language, Message
from harness.matrix import durations
from harness.matrix.results import Baseline, finish, not_run
from harness.model import CellResult, MatrixResult


def merge(folders: Sequence[MatrixFolder], *, runs: Path, baseline: Baseline | None, lang: Language) -> MatrixResult:
    """One result with its evidence in a new folder, its cells in the order of the plan.

    A cell that is in none of the folders was not run. InputError where they are not of
    one plan, or a cell has two results.
    """
    plans = [folder.read_plan() for folder in folders]
    parts = [folder.read_result() for folder in folders]
    first, plan = parts[0], plans[0]
    for folder, other in zip(folders, plans, strict=True):
        if other.digest != plan.digest:
            raise InputError(
                Message("{one} and {other} are not parts of one matrix", one=folders[0].path, other=folder.path),
                Message("run all shards of the same files with the same release of harness"),
            )
    sources: dict[str, tuple[MatrixFolder, CellResult]] = {}
    for folder, part in zip(folders, parts, strict=True):
        for cell in part.cells:
            if not cell.runs:
                continue
            if cell.id in sources:
                raise _twice(cell.id, sources[cell.id][0], folder)
            sources[cell.id] = folder, cell
    whole = plan.model_copy(update={"chosen": plan.ids, "shard": ""})
    merged = MatrixFolder.create(runs, first.name, (folders[0].path / "matrix.yaml").read_bytes(), whole)
    for cell_id, (folder, _) in sources.items():
        merged.take_cell(folder, cell_id)
    result = first.model_copy(
        update={
            "cells": tuple(sources[cell.id][1] if cell.id in sources else not_run(cell) for cell in plan.cells),
            "shard": "",
            "stale": tuple(dict.fromkeys(entry for part in parts for entry in part.stale)),
            "interrupted": False,
            "jobs": max(part.jobs for part in parts),
            "started": min(part.started for part in parts),
            "seconds": round(sum(part.seconds for part in parts), 2),
            "run_folder": str(merged.path),
            "command": f"harness matrix {plan.matrix}",
            "language": lang,
        }
    )
    result = finish(merged, result, baseline, plan.ids)
    durations.remember(runs, result)
    return result


def _twice(cell_id: str, one: MatrixFolder, other: MatrixFolder) -> InputError:
    return InputError(
        Message("the cell `{id}` has a result in {one} and in {other}", id=cell_id, one=one.path, other=other.path),
        Message("give all shards the same count, the same --only and --skip, and the same --durations"),
    )

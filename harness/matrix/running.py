"""run: the cells of a plan, from their locks to one result with its reports."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic

from harness import lock
from harness.case_secrets import secrets_of
from harness.engine import Engine
from harness.errors import HarnessError
from harness.evidence import MatrixFolder
from harness.language import Language, Message
from harness.matrix import durations
from harness.matrix.capacity import Capacity, Machine
from harness.matrix.cells import Cells
from harness.matrix.planning import Plan, environments
from harness.matrix.progress import Board
from harness.matrix.results import Baseline, common, finish, results
from harness.model import Environment, Lock, MatrixResult, Said
from harness.run import prepare
from harness.sides import Ground
from harness.signals import Terminated
from harness.spec import known_issues


def run(
    plan: Plan,
    *,
    runs: Path,
    board: Board,
    resume: MatrixFolder | None = None,
    jobs: int | None = None,
    baseline: Baseline | None = None,
    strict: bool = False,
    fresh: bool = False,
    lang: Language = "en",
    command: Sequence[str] = (),
) -> MatrixResult:
    """Run the chosen cells of a plan, those of ``resume`` that have a verdict excepted.

    ``jobs`` bounds how many run at once. An interruption ends it early, with what is done in the
    result. InputError and EngineError where nothing can begin; what goes wrong in a cell is its own.
    """
    began, started = monotonic(), datetime.now().astimezone()
    secrets = secrets_of(cell.case(plan.matrix) for cell in plan.chosen)
    board.stage(Message("resolving versions"))
    engine, locked, locks = _locks(plan, resume, strict=strict, fresh=fresh)
    folder = resume or _new_folder(plan, runs, locked, locks)
    done = folder.read_cells(cell.id for cell in plan.chosen)
    left = [cell for cell in plan.chosen if cell.id not in done or done[cell.id].verdict == "no-verdict"]
    board.cells(len(left))
    capacity = Capacity(Machine.here(), jobs)
    cells = Cells(
        plan=plan,
        folder=folder,
        ground=Ground(engine=engine, lock=locked, secrets=secrets, known=known_issues(plan.matrix.path)),
        locks=locks,
        capacity=capacity,
        board=board,
        lang=lang,
    )
    interrupted = False
    try:
        cells.run(left)
    except (KeyboardInterrupt, Terminated):
        interrupted = True
    result = common(plan, folder).model_copy(
        update={
            "cells": results(folder, plan.set_out),
            "interrupted": interrupted,
            "jobs": capacity.peak,
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(monotonic() - began, 2),
            "command": shlex.join(command),
            "language": lang,
        }
    )
    result = finish(folder, result, baseline, [cell.id for cell in plan.cells])
    if not interrupted and not plan.shard:
        durations.remember(runs, result)
    return result


def _new_folder(plan: Plan, runs: Path, locked: Lock, locks: Mapping[str, Lock | Said]) -> MatrixFolder:
    refused = {one: why for one, why in locks.items() if isinstance(why, Said)}
    kept = plan.set_out.model_copy(update={"refused": refused})
    folder = MatrixFolder.create(runs, plan.matrix.name, plan.matrix.path.read_bytes(), kept)
    lock.write(folder.path / "lock.yaml", locked)
    return folder


def _locks(
    plan: Plan, resume: MatrixFolder | None, *, strict: bool, fresh: bool
) -> tuple[Engine, Lock, Mapping[str, Lock | Said]]:
    """The engine, a lock for all cells that can be had, and the lock of each cell or why there is none."""
    recipes, refused = plan.matrix.recipes, dict[Environment, HarnessError]()
    kept = resume.read_plan().refused if resume else {}
    wanted = environments([cell for cell in plan.chosen if cell.id not in kept])
    existing = lock.read(resume.path / "lock.yaml") if resume else _beside(plan, wanted)
    engine, locked = prepare(plan.file(wanted), recipes, existing, strict=strict, fresh=fresh, refused=refused)
    had = tuple(one for one in wanted if one not in refused)
    locks: dict[str, Lock | Said] = dict(kept)
    for cell in plan.chosen:
        error = next((refused[one] for one in cell.file.environments if one in refused), None)
        if error:
            locks[cell.id] = Said.of(error.what)
        elif cell.id not in kept:
            locks[cell.id] = lock.part(locked, had, cell.file.environments, recipes)
    good = environments([cell for cell in plan.chosen if isinstance(locks[cell.id], Lock)])
    return engine, lock.part(locked, had, good, recipes), locks


def _beside(plan: Plan, wanted: Sequence[Environment]) -> Lock | None:
    """What the lock beside the matrix file says of the set-ups that are wanted."""
    whole = lock.beside(plan.matrix.path)
    if whole is None:
        return None
    every = environments(plan.cells)
    lock.check(whole, plan.file(every), plan.matrix.recipes)
    return lock.part(whole, every, wanted, plan.matrix.recipes)

"""A plan from its locks to its result. What asks registries and an engine is made up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from harness import lock, tidying
from harness.errors import FetchError, HarnessError, InputError
from harness.evidence import MatrixFolder, RunFolder
from harness.language import Message
from harness.lock.digests import digest_of
from harness.matrix import cells as cells_module
from harness.matrix import durations, exit_code
from harness.matrix import running as module
from harness.matrix.planning import Plan, environments
from harness.matrix.results import Baseline
from harness.model import Base, Environment, EnvironmentFile, Lock, MatrixResult, Recipe
from harness.run import Result
from tests.unit.market import Market, market
from tests.unit.matrix.made_up import Board, entry, locked, verdict

__all__ = ["market"]  # a fixture

TEXT = "axes: {upgrade.server.product: ['2', '3', '4']}\n"
BASES = (Base(os="debian:12", source="bootstrap"),)
IDS = ["buy/product=2", "buy/product=3", "buy/product=4"]


def lock_of(found: Sequence[Environment], recipes: Mapping[str, Recipe]) -> Lock:
    made = tuple(map(locked, found))
    return Lock(digest=digest_of(found, made, recipes), machine="x86_64", bases=BASES, environments=made)


class Made:
    """A machine on which versions in ``gone`` cannot be had, and cells end as ``scripts`` say."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.gone: set[str] = set()
        self.scripts: dict[str, str | BaseException] = {}
        self.board = Board()
        self.ran: list[str] = []
        self.existing: list[Lock | None] = []
        self.asked: list[tuple[Environment, ...]] = []

    def prepare(
        self, file: EnvironmentFile, recipes: Mapping[str, Recipe], existing: Lock | None, **more: Any
    ) -> tuple[None, Lock]:
        self.existing.append(existing)
        self.asked.append(file.environments)
        refused: dict[Environment, HarnessError] = more["refused"]
        for one in file.environments:
            if one.server.product.version in self.gone:
                refused[one] = FetchError(Message("no {version}", version=one.server.product.version))
        return None, existing or lock_of([one for one in file.environments if one not in refused], recipes)

    def replicate(self, case: Any, ground: Any, folder: RunFolder, **more: Any) -> Result:
        cell_id = more["command"][-1]
        self.ran.append(cell_id)
        outcome = self.scripts.get(cell_id, "same")
        if isinstance(outcome, BaseException):
            raise outcome
        return Result(folder=folder, verdict=verdict(outcome))

    def run(self, plan: Plan, **more: Any) -> MatrixResult:
        self.ran.clear()
        return module.run(plan, runs=self.runs, board=self.board, jobs=1, command=["harness", "matrix", "a b"], **more)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    found = Made(tmp_path / ".harness/runs")
    monkeypatch.setattr(module, "prepare", found.prepare)
    monkeypatch.setattr(cells_module, "replicate", found.replicate)
    monkeypatch.setattr(tidying, "remove", lambda engine, *, run_id: None)
    return found


def verdicts(result: MatrixResult) -> list[str]:
    return [one.verdict for one in result.cells]


def folder_of(result: MatrixResult) -> MatrixFolder:
    return MatrixFolder.open(Path(result.run_folder))


# ------------------------------------------------------------------------- runs
def test_a_run_leaves_its_plan_its_lock_and_its_result(market: Market, made: Made) -> None:
    made.scripts = {IDS[1]: "regression"}
    plan = market.plan(TEXT)
    result = made.run(plan, lang="zh")
    assert verdicts(result) == ["same", "regression", "same"]
    assert made.ran == [IDS[0], IDS[1], IDS[1], IDS[2]]
    folder = folder_of(result)
    assert folder.path.parent == made.runs
    assert folder.read_result() == result
    assert folder.read_plan() == plan.set_out
    assert lock.read(folder.path / "lock.yaml") == lock_of(environments(plan.cells), plan.matrix.recipes)
    assert (folder.path / "matrix.yaml").read_bytes() == (market.folder / "m.matrix.yaml").read_bytes()
    assert (result.interrupted, result.jobs, result.language) == (False, 1, "zh")
    assert datetime.fromisoformat(result.started).utcoffset() is not None
    assert 0 <= result.seconds < monotonic()
    assert result.command == "harness matrix 'a b'"
    assert (result.plan, result.axes) == (plan.digest, plan.matrix.axes)
    assert exit_code(result) == 1
    assert made.board.results == list(result.cells)


def test_a_whole_run_is_remembered_for_shards(market: Market, made: Made) -> None:
    made.scripts = {IDS[1]: "no-verdict"}
    made.run(market.plan(TEXT))
    assert set(durations.read(durations.place(made.runs, "m"))) == {IDS[0], IDS[2]}


def test_a_shard_and_an_interrupted_run_are_not(market: Market, made: Made) -> None:
    made.run(market.plan(TEXT, shard="1/2"))
    made.scripts = {IDS[1]: KeyboardInterrupt()}
    made.run(market.plan(TEXT))
    assert not durations.place(made.runs, "m").exists()


def test_a_baseline_is_held_against_the_result(market: Market, made: Made) -> None:
    made.scripts = {IDS[1]: "regression"}
    known = Baseline(path="known.yaml", known=(entry(IDS[1], expires="9999-12-31"), entry("x", expires="9999-12-31")))
    result = made.run(market.plan(TEXT, only=[IDS[0], IDS[1]]), baseline=known)
    assert [one.known for one in result.cells] == ["", "known upstream"]
    assert [item.why for item in result.stale] == ["no-such-cell"]
    assert exit_code(result) == 0


# ------------------------------------------------------------------------- locks
def test_only_what_is_chosen_is_resolved(market: Market, made: Made) -> None:
    plan = market.plan(TEXT, only=[IDS[1]])
    made.run(plan)
    assert made.asked == [environments(plan.chosen)]
    assert made.existing == [None]


def test_the_lock_beside_the_matrix_is_taken(market: Market, made: Made) -> None:
    plan = market.plan(TEXT, only=[IDS[1]])
    recipes, path = plan.matrix.recipes, market.folder / "m.matrix.lock.yaml"
    lock.write(path, lock_of(environments(plan.cells), recipes))
    made.run(plan)
    assert made.existing == [lock_of(environments(plan.chosen), recipes)]


def test_a_lock_of_other_cells_is_refused_before_anything_is_made(market: Market, made: Made) -> None:
    plan = market.plan(TEXT)
    lock.write(market.folder / "m.matrix.lock.yaml", lock_of(environments(plan.cells[:2]), plan.matrix.recipes))
    with pytest.raises(InputError):
        made.run(plan)
    assert made.asked == []
    assert not made.runs.exists()


def test_cells_whose_versions_cannot_be_had_stand_beside_the_others(market: Market, made: Made) -> None:
    made.gone = {"3"}
    result = made.run(market.plan(TEXT))
    assert verdicts(result) == ["same", "no-verdict", "same"]
    assert str(result.cells[1].reason.message()) == "no 3"
    assert made.ran == [IDS[0], IDS[2]]
    assert list(folder_of(result).read_plan().refused) == [IDS[1]]
    assert exit_code(result) == 4


# ------------------------------------------------------------------------ resume
def test_an_interrupted_run_is_gone_on_with(market: Market, made: Made) -> None:
    made.scripts = {IDS[1]: KeyboardInterrupt()}
    first = made.run(market.plan(TEXT))
    assert (first.interrupted, verdicts(first)) == (True, ["same", "no-verdict", "no-verdict"])
    assert exit_code(first) == 130
    assert [bool(one.runs) for one in first.cells] == [True, False, False]
    made.scripts = {}
    second = made.run(market.plan(TEXT), resume=folder_of(first))
    assert made.ran == IDS[1:]
    assert (second.interrupted, verdicts(second)) == (False, ["same"] * 3)
    assert second.run_folder == first.run_folder
    assert second.cells[0] == first.cells[0]
    assert folder_of(first).read_result() == second
    assert made.existing[1] == lock.read(Path(first.run_folder) / "lock.yaml")


def test_what_told_nothing_is_tried_again_and_what_told_something_is_not(market: Market, made: Made) -> None:
    made.scripts = {IDS[0]: "broken-both", IDS[1]: ZeroDivisionError(), IDS[2]: "regression"}
    first = made.run(market.plan(TEXT))
    assert verdicts(first) == ["broken-both", "no-verdict", "regression"]
    made.scripts = {}
    second = made.run(market.plan(TEXT), resume=folder_of(first))
    assert made.ran == [IDS[1]]
    assert verdicts(second) == ["broken-both", "same", "regression"]
    assert [run.folder for run in second.cells[1].runs] == [f"cells/{IDS[1]}/3"]


def test_what_could_not_be_had_is_not_asked_for_again(market: Market, made: Made) -> None:
    made.gone = {"3"}
    first = made.run(market.plan(TEXT))
    made.gone = set()
    second = made.run(market.plan(TEXT), resume=folder_of(first))
    assert verdicts(second) == ["same", "no-verdict", "same"]
    assert made.ran == []
    assert made.asked[1] == environments([one for one in market.plan(TEXT).cells if one.id != IDS[1]])


def test_a_run_of_which_all_is_done_has_the_same_result_again(market: Market, made: Made) -> None:
    first = made.run(market.plan(TEXT))
    second = made.run(market.plan(TEXT), resume=folder_of(first))
    assert made.ran == []
    assert second.cells == first.cells

"""Running cells: confirmed, tried once more, kept, shared, interrupted. What runs one cell is made up."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import tidying
from harness.errors import BuildError, EngineError
from harness.evidence import MatrixFolder, RunFolder
from harness.language import Message
from harness.matrix import cells as module
from harness.matrix.capacity import Capacity, Machine
from harness.matrix.cells import Cells
from harness.matrix.planning import Plan
from harness.model import (
    CellResult,
    FailedStep,
    Lock,
    LockedSet,
    Package,
    Said,
)
from harness.run import Result
from harness.sides import Ground
from harness.spec import load_environment, load_scenario
from tests.unit.market import ALL, BUY, Market, market
from tests.unit.matrix.made_up import Board, X, Y, lock_of, locked, verdict

__all__ = ["market"]  # a fixture

Outcome = str | Exception | Callable[[], str]
FOUR = "axes: {upgrade.server.product: ['2', '3'], server.plugins.stellar: [none, 0.7]}\n"
ONE = "axes: {upgrade.server.product: ['2']}\n"
TWO = "axes: {upgrade.server.product: ['2', '3']}\n"


class Runs:
    """Runs of the cells of a plan, each as a script says: one outcome a run, the last again and again."""

    def __init__(self, plan: Plan, folder: MatrixFolder, scripts: Mapping[str, Sequence[Outcome]], jobs: int) -> None:
        self.plan, self.scripts = plan, dict(scripts)
        self.folder = folder
        self.calls: list[dict[str, Any]] = []
        self.removed: list[str] = []
        self.board = Board()
        machine = Machine(cores=jobs, busy_s=lambda: 0.0, free_bytes=lambda: 1 << 40, now_s=lambda: 0.0)
        self.capacity = Capacity(machine, jobs)
        self.locks: dict[str, Lock | Said] = {cell.id: lock_of(cell) for cell in plan.cells}
        self.cells = Cells(
            plan=plan,
            folder=folder,
            ground=Ground(engine=None, lock=lock_of(plan.cells[0])),  # type: ignore[arg-type]  # it is not asked
            locks=self.locks,
            capacity=self.capacity,
            board=self.board,
            lang="zh",
        )

    def replicate(self, case: Any, ground: Ground, folder: RunFolder, **more: Any) -> Result:
        cell_id = more["command"][-1]
        number = sum(call["id"] == cell_id for call in self.calls)
        self.calls.append({"id": cell_id, "case": case, "ground": ground, "folder": folder, **more})
        script = self.scripts.get(cell_id, ["same"])
        outcome = script[min(number, len(script) - 1)]
        if isinstance(outcome, Exception):
            raise outcome
        return Result(folder=folder, verdict=verdict(outcome() if callable(outcome) else outcome))

    def remove(self, engine: object, *, run_id: str) -> None:
        self.removed.append(run_id)

    def run(self) -> dict[str, CellResult]:
        self.cells.run(self.plan.chosen)
        return self.kept()

    def kept(self) -> dict[str, CellResult]:
        return self.folder.read_cells(cell.id for cell in self.plan.cells)


@pytest.fixture
def runs(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Runs]:
    def make(text: str, scripts: Mapping[str, Sequence[Outcome]] = {}, *, jobs: int = 1, scenarios: str = BUY) -> Runs:
        plan = market.plan(text, scenarios=scenarios)
        folder = MatrixFolder.create(tmp_path / "runs", "m", b"", plan.set_out)
        made = Runs(plan, folder, scripts, jobs)
        monkeypatch.setattr(module, "replicate", made.replicate)
        monkeypatch.setattr(tidying, "remove", made.remove)
        return made

    return make


def only(found: dict[str, CellResult]) -> CellResult:
    (one,) = found.values()
    return one


# -------------------------------------------------------------------- verdicts
@pytest.mark.parametrize(
    ("script", "name", "evidence", "reason"),
    [
        (["same"], "same", 1, "it is same"),
        (["fixed"], "fixed", 1, "it is fixed"),
        (["broken-both"], "broken-both", 1, "it is broken-both"),
        (["regression", "regression"], "regression", 1, "it is regression"),
        (["regression", "same"], "unstable", 1,
         "A regression came once and not a second time: it is regression"),
        (["regression", "broken-both"], "unstable", 1,
         "A regression came once and not a second time: it is regression"),
        (["no-verdict", "same"], "same", 2, "it is same"),
        (["no-verdict", "no-verdict"], "no-verdict", 2, "it is no-verdict"),
        (["no-verdict", "regression", "regression"], "regression", 2, "it is regression"),
        (["regression", "no-verdict", "regression"], "regression", 1, "it is regression"),
        (["regression", "no-verdict", "same"], "unstable", 1,
         "A regression came once and not a second time: it is regression"),
        (["regression", "no-verdict", "no-verdict"], "no-verdict", 3,
         "A regression was seen once, and it could not be tried a second time: it is no-verdict"),
        (["regression", EngineError(Message("gone")), EngineError(Message("still gone"))], "no-verdict", 0,
         "A regression was seen once, and it could not be tried a second time: still gone"),
        ([BuildError(Message("no build")), "same"], "same", 2, "it is same"),
        ([BuildError(Message("no build")), BuildError(Message("again no build"))], "no-verdict", 0, "again no build"),
    ],
)  # fmt: skip
def test_a_cell_is_run_until_it_is_decided(
    runs: Callable[..., Runs], script: list[Outcome], name: str, evidence: int, reason: str
) -> None:
    made = runs(ONE, {"buy/product=2": script})
    found = only(made.run())
    assert found.verdict == name
    assert str(found.reason.message()) == reason
    assert [run.verdict for run in found.runs] == [one if isinstance(one, str) else "no-verdict" for one in script]
    assert len(made.calls) == len(script)
    assert found.evidence == (f"cells/buy/product=2/{evidence}" if evidence else "")
    assert made.board.results == [found]


def test_a_result_says_what_its_evidence_says(runs: Callable[..., Runs]) -> None:
    made = runs(ONE, {"buy/product=2": [f"regression:{X}", f"regression:{Y}"]})
    found = only(made.run())
    assert (found.id, found.scenario, found.values) == ("buy/product=2", "buy", {"product": "2"})
    assert (found.layer, found.error, found.fingerprint) == ("server", f"KeyError {X}", X)
    assert found.step == FailedStep(number=1, description="Open")
    assert [run.fingerprint for run in found.runs] == [X, Y]
    assert [run.folder for run in found.runs] == ["cells/buy/product=2/1", "cells/buy/product=2/2"]
    assert set(found.environments) == {"before", "after"}
    good = only(runs(ONE).run())
    assert (good.layer, good.step, good.error, good.fingerprint) == (None, None, "", "")


# ----------------------------------------------------------------- what it gets
def test_a_run_gets_what_it_needs(runs: Callable[..., Runs]) -> None:
    made = runs(TWO, {"buy/product=2": ["regression"]})
    made.run()
    first, second, third = made.calls
    assert first["case"].file.environments == made.plan.cells[0].file.environments
    assert first["case"].scenario.name == "buy"
    assert first["ground"].lock == made.locks["buy/product=2"]
    assert first["ground"].shared is second["ground"].shared is third["ground"].shared is made.cells.ground.shared
    again = ("harness", "matrix", str(made.plan.matrix.path), "--only", "buy/product=2")
    assert (first["lang"], first["command"]) == ("zh", again)
    name = made.folder.path.name
    assert [call["run_id"] for call in made.calls] == [f"{name}/1-1", f"{name}/1-2", f"{name}/2-1"]


def test_every_run_keeps_inputs_from_which_it_can_be_run_again(runs: Callable[..., Runs]) -> None:
    made = runs(FOUR, scenarios=ALL)
    made.run()
    assert len(made.calls) == 12
    for call in made.calls:
        folder = call["folder"].path
        assert load_environment(folder / "environment.yaml").environments == call["case"].file.environments
        assert load_scenario(folder / "scenario.yaml").name == call["case"].scenario.name
        assert (folder / "recipes/shop/files/prices.txt").read_text() == "7\n"


# --------------------------------------------------------------------- sharing
def keys(made: Runs, side: str) -> list[object]:
    return [call["shared"][side] for call in made.calls]


def test_cells_that_share_a_side_replay_it_once(runs: Callable[..., Runs]) -> None:
    made = runs(FOUR)
    made.run()
    assert [call["id"] for call in made.calls] == [cell.id for cell in made.plan.cells]
    before, after = keys(made, "before"), keys(made, "after")
    assert (before[0], before[1]) == (before[2], before[3])  # none, 0.7 with either product
    assert before[0] != before[1]
    assert len(set(after)) == 4
    assert not set(before) & set(after)


def test_a_second_run_replays_anew_and_shares_with_second_runs(runs: Callable[..., Runs]) -> None:
    made = runs(TWO, {"buy/product=2": ["regression"], "buy/product=3": ["regression"]})
    made.run()
    first, again, other, other_again = keys(made, "before")
    assert first == other != again == other_again


def test_scenarios_share_nothing(runs: Callable[..., Runs]) -> None:
    made = runs(ONE, scenarios=ALL)
    made.run()
    assert len(set(keys(made, "before"))) == 3


def test_versions_of_other_words_that_became_the_same_are_shared_and_others_not(runs: Callable[..., Runs]) -> None:
    made = runs("axes: {server.product: ['1.*', 1.12.4, latest], upgrade.server.product: ['2']}\n")
    for cell, version in zip(made.plan.cells, ("1.12.4", "1.12.4", "3.7.1"), strict=True):
        before, after = cell.file.environments
        made.locks[cell.id] = lock_of(cell).model_copy(
            update={"environments": (locked(before, product=version), locked(after))}
        )
    made.run()
    first, second, third = keys(made, "before")
    assert first == second != third


@pytest.mark.parametrize("path", ["client.viewport: [800x600, 900x600]", "link.egress: [deny, allow]",
                                  "client.timezone: [UTC, Asia/Tokyo]", "client.locale: [C, POSIX]"])  # fmt: skip
def test_what_installs_nothing_is_not_shared_either(runs: Callable[..., Runs], path: str) -> None:
    made = runs(f"axes: {{{path}}}\n")
    made.run()
    assert len(set(keys(made, "before"))) == 2


def test_what_was_locked_otherwise_is_not_shared(runs: Callable[..., Runs]) -> None:
    """Two sides of equal versions whose packages are not: what they need drifted."""
    made = runs("axes: {client.viewport: {a: 800x600, b: 800x600}}\n")
    cell = made.plan.cells[1]
    whole = lock_of(cell)
    other = Package(installer="npm", name="forms", version="3.2", checksum="sha256:" + 64 * "1")
    before = whole.environments[0].model_copy(update={"server": LockedSet(product=(other,))})
    made.locks[cell.id] = whole.model_copy(update={"environments": (before, whole.environments[1])})
    made.run()
    assert len(set(keys(made, "before"))) == 2
    assert len(set(keys(made, "after"))) == 1


# ---------------------------------------------------------------------- faults
def test_a_fault_of_ours_is_logged_and_the_rest_goes_on(runs: Callable[..., Runs]) -> None:
    made = runs(TWO, {"buy/product=2": [ZeroDivisionError("oh")]})
    found = made.run()
    one = found["buy/product=2"]
    assert (one.verdict, len(one.runs)) == ("no-verdict", 2)
    assert str(one.reason.message()) == (
        "this is a fault of harness itself: ZeroDivisionError: oh; cells/buy/product=2/2/fault.log has more"
    )
    assert [run.folder for run in one.runs] == ["cells/buy/product=2/1", "cells/buy/product=2/2"]
    for number in (1, 2):
        log = made.folder.cell(one.id) / str(number) / "fault.log"
        assert "Traceback" in log.read_text("utf-8")
        assert "ZeroDivisionError: oh" in log.read_text("utf-8")
    assert found["buy/product=3"].verdict == "same"


def test_a_fault_that_does_not_come_again_is_forgiven(runs: Callable[..., Runs]) -> None:
    made = runs(ONE, {"buy/product=2": [ZeroDivisionError("oh"), "same"]})
    assert only(made.run()).verdict == "same"


def test_a_folder_that_cannot_be_made_is_a_fault_of_its_cell(
    runs: Callable[..., Runs], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, new_run = runs(TWO), MatrixFolder.new_run

    def refuse(folder: MatrixFolder, cell_id: str) -> RunFolder:
        if cell_id == "buy/product=2":
            raise OSError(28, "No space left on device")
        return new_run(folder, cell_id)

    monkeypatch.setattr(MatrixFolder, "new_run", refuse)
    found = made.run()
    assert "No space left on device" in str(found["buy/product=2"].reason.message())
    assert [run.verdict for run in found["buy/product=2"].runs] == ["no-verdict"] * 2
    assert found["buy/product=3"].verdict == "same"


def test_a_cell_whose_versions_cannot_be_had_has_no_verdict(runs: Callable[..., Runs]) -> None:
    made = runs(TWO)
    made.locks["buy/product=2"] = Said.of(Message("no published version fits {version}", version=2))
    found = made.run()
    one = found["buy/product=2"]
    assert (one.verdict, str(one.reason.message())) == ("no-verdict", "no published version fits 2")
    assert (one.evidence, one.environments, [run.folder for run in one.runs]) == ("", {}, [""])
    assert [call["id"] for call in made.calls] == ["buy/product=3"]


# ------------------------------------------------------------------ many at once
def test_as_many_run_at_once_as_the_capacity_says(runs: Callable[..., Runs]) -> None:
    barrier = threading.Barrier(3, timeout=20)

    def together() -> str:
        barrier.wait()
        return "same"

    text = "axes: {upgrade.server.product: ['2', '3', '4', '5', '6', '7']}\n"
    made = runs(text, {f"buy/product={n}": [together] for n in range(2, 8)}, jobs=3)
    assert len(made.run()) == 6
    assert made.capacity.peak == 3
    assert made.capacity.running == 0
    assert len({call["run_id"] for call in made.calls}) == 6


def test_a_result_is_on_disk_before_the_next_cell_begins(runs: Callable[..., Runs]) -> None:
    there: list[int] = []

    def look() -> str:
        there.append(len(made.kept()))
        return "same"

    made = runs(FOUR)
    made.scripts = {cell.id: [look] for cell in made.plan.cells}
    made.run()
    assert there == [0, 1, 2, 3]


def test_no_cells_are_no_work(runs: Callable[..., Runs]) -> None:
    made = runs(ONE)
    made.cells.run([])
    assert made.kept() == {}


# ---------------------------------------------------------------- interruptions
def test_an_interruption_removes_what_was_started_and_keeps_what_is_done(
    runs: Callable[..., Runs], monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = threading.Event()

    def interrupt() -> str:
        raise KeyboardInterrupt

    def until_removed() -> str:
        assert removed.wait(20)
        raise EngineError(Message("the container is gone"))

    text = "axes: {upgrade.server.product: ['2', '3', '4', '5']}\n"
    made = runs(text, jobs=2)
    made.scripts = {"buy/product=3": [until_removed], "buy/product=4": [interrupt]}
    remove = made.remove

    def remove_and_say(engine: object, *, run_id: str) -> None:
        remove(engine, run_id=run_id)
        removed.set()

    monkeypatch.setattr(tidying, "remove", remove_and_say)
    with pytest.raises(KeyboardInterrupt):
        made.cells.run(made.plan.chosen)
    assert made.cells.stopping.is_set()
    assert set(made.removed) == {made.folder.path.name}
    assert 2 <= len(made.removed) <= 50, "once more after the last thread, and not until its patience ends"
    assert set(made.kept()) == {"buy/product=2"}
    assert [call["id"] for call in made.calls].count("buy/product=3") == 1, "it was tried once more"
    assert "buy/product=5" not in [call["id"] for call in made.calls]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("buy/")]


def test_what_goes_wrong_with_results_ends_the_run(runs: Callable[..., Runs], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: MatrixFolder, result: CellResult) -> None:
        raise OSError(28, "No space left on device")

    made = runs(TWO)
    monkeypatch.setattr(MatrixFolder, "write_cell", full)
    with pytest.raises(OSError, match="No space left"):
        made.cells.run(made.plan.chosen)
    assert [call["id"] for call in made.calls] == ["buy/product=2"]

"""Running the cells of a plan: side by side as far as the machine allows, each to a result on disk."""

import queue
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import monotonic

from harness.errors import HarnessError
from harness.evidence import SIDES, MatrixFolder, RunFolder
from harness.language import Language, Message
from harness.matrix.capacity import Capacity
from harness.matrix.deciding import again, decided, telling
from harness.matrix.planning import Cell, Plan
from harness.matrix.progress import Board
from harness.model import CellResult, CellRun, Lock, Said, VerdictName
from harness.run import Result, replicate
from harness.sides import Ground
from harness.tidying import removed_at_once


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """One run of a cell: what came out or why nothing did, and its folder where it came that far."""

    result: Result | Message
    folder: RunFolder | None
    seconds: float

    def kept(self, matrix: MatrixFolder) -> CellRun:
        seconds = round(self.seconds, 2)
        where = self.folder.path.relative_to(matrix.path).as_posix() if self.folder else ""
        if isinstance(self.result, Message):
            return CellRun(folder=where, verdict="no-verdict", seconds=seconds)
        found = self.result.verdict
        return CellRun(folder=where, verdict=found.verdict, fingerprint=found.fingerprint, seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class Cells:
    """What all cells of one run of a matrix have in common. A cell whose versions cannot be had has the
    reason in place of its lock."""

    plan: Plan
    folder: MatrixFolder
    ground: Ground
    locks: Mapping[str, Lock | Said]  # by id
    capacity: Capacity
    board: Board
    lang: Language
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def run_id(self) -> str:
        return self.folder.path.name

    def run(self, cells: Sequence[Cell]) -> None:
        """Run them; every result is on disk as soon as it is there. KeyboardInterrupt or Terminated,
        after all that was started is removed."""
        waiting, ended = list(cells), queue.SimpleQueue[BaseException | None]()
        threads: list[threading.Thread] = []
        with removed_at_once(self.ground.engine, self.run_id, threads):
            try:
                while waiting or self.capacity.running:
                    while waiting and self.capacity.running < self.capacity.jobs:
                        self.capacity.begins()
                        threads.append(self._thread(waiting.pop(0), len(threads) + 1, ended))
                    if fault := ended.get():
                        raise fault
                    self.capacity.ends()
            except BaseException:
                self.stopping.set()
                raise

    def _thread(self, cell: Cell, number: int, ended: "queue.SimpleQueue[BaseException | None]") -> threading.Thread:
        def work() -> None:
            try:
                self._run(cell, number)
                ended.put(None)
            except BaseException as exc:  # noqa: BLE001  handed over to the thread that waits
                ended.put(exc)

        thread = threading.Thread(target=work, name=cell.id, daemon=True)
        thread.start()
        return thread

    def _run(self, cell: Cell, number: int) -> None:
        began, runs = monotonic(), list[_Ended]()
        tries = 1 if isinstance(self.locks[cell.id], Said) else None  # what cannot be had is not tried twice
        while not self.stopping.is_set() and len(runs) != tries and again(_verdicts(runs)):
            runs.append(self._once(cell, f"{self.run_id}/{number}-{len(runs) + 1}", len(runs) + 1))
            self.capacity.goes_on()
        if self.stopping.is_set():
            return
        outcome = self._outcome(cell, runs, monotonic() - began)
        self.folder.write_cell(outcome)
        self.board.ended(outcome)

    def _once(self, cell: Cell, run_id: str, attempt: int) -> _Ended:
        """One run of a cell."""
        started, locked = monotonic(), self.locks[cell.id]
        if isinstance(locked, Said):
            return _Ended(result=locked.message(), folder=None, seconds=0)
        folder: RunFolder | None = None
        result: Result | Message
        try:
            folder = self.folder.new_run(cell.id)
            result = self._replicated(cell, locked, folder, run_id, attempt)
        except HarnessError as exc:
            result = exc.what
        except Exception as exc:  # noqa: BLE001  our own fault: this cell has no verdict, the others go on
            result = self._own_fault(exc, folder)
        return _Ended(result=result, folder=folder, seconds=monotonic() - started)

    def _own_fault(self, exc: Exception, folder: RunFolder | None) -> Message:
        error = f"{type(exc).__name__}: {exc}"
        with suppress(OSError):  # the disk may be what is at fault
            if folder:
                log = folder.path / "fault.log"
                log.write_text(self.ground.secrets.mask("".join(traceback.format_exception(exc))), "utf-8")
                where = log.relative_to(self.folder.path).as_posix()
                return Message("this is a fault of harness itself: {error}; {log} has more", error=error, log=where)
        return Message("this is a fault of harness itself: {error}", error=error)

    def _replicated(self, cell: Cell, locked: Lock, folder: RunFolder, run_id: str, attempt: int) -> Result:
        matrix = self.plan.matrix
        case = cell.case(matrix)
        folder.keep_inputs(
            matrix.document(cell.values),
            cell.scenario.path.read_bytes(),
            [*(recipe.folder for recipe in matrix.recipes.values()), *cell.file.beside],
        )
        return replicate(
            case,
            replace(self.ground, lock=locked),
            folder,
            progress=self.board.cell(cell.id),
            run_id=run_id,
            shared={side: (attempt, side, *case.replayed(locked, side)) for side in SIDES},
            lang=self.lang,
            command=("harness", "matrix", str(matrix.path), "--only", cell.id),
        )

    def _outcome(self, cell: Cell, ended: Sequence[_Ended], seconds: float) -> CellResult:
        verdicts = _verdicts(ended)
        verdict = decided(verdicts)
        run = ended[telling(verdicts, verdict)]
        common = {
            "id": cell.id,
            "scenario": cell.scenario.name,
            "values": dict(cell.values),
            "verdict": verdict,
            "runs": tuple(one.kept(self.folder) for one in ended),
            "seconds": round(seconds, 2),
        }
        if isinstance(run.result, Message):
            return CellResult.model_validate(common | {"reason": _reason(verdict, verdicts, Said.of(run.result))})
        found = run.result.verdict
        return CellResult.model_validate(
            common
            | {
                "reason": _reason(verdict, verdicts, found.reason_said),
                "layer": found.layer,
                "step": found.step,
                "error": found.errors[0].text if found.errors else "",
                "fingerprint": found.fingerprint,
                "evidence": run.kept(self.folder).folder,
                "environments": found.environments,
            }
        )


def _verdicts(ended: Sequence[_Ended]) -> list[VerdictName]:
    return ["no-verdict" if isinstance(one.result, Message) else one.result.verdict.verdict for one in ended]


def _reason(verdict: VerdictName, verdicts: Sequence[VerdictName], said: Said) -> Said:
    if verdict == "unstable":
        return Said.of(Message("A regression came once and not a second time: {why}", why=said.message()))
    if verdict == "no-verdict" and "regression" in verdicts:
        return Said.of(
            Message("A regression was seen once, and it could not be tried a second time: {why}", why=said.message())
        )
    return said

"""Where the cells of a matrix stand: ordered, counted, and the same failures put together. Pure."""

import glob
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.facts import identity
from harness.model import Axis, CellResult, MatrixResult, VerdictName

Standing = Literal["regression", "broken-both", "unstable", "no-verdict", "not-run", "known", "fixed", "same"]
STANDINGS: tuple[Standing, ...] = (
    "regression",
    "broken-both",
    "unstable",
    "no-verdict",
    "not-run",
    "known",
    "fixed",
    "same",
)  # the worst first
UNDECIDED: tuple[Standing, ...] = ("broken-both", "unstable", "no-verdict")
SCENARIO = "scenario"  # what the axis of scenarios is called


def standing(cell: CellResult) -> Standing:
    """Its verdict, unless a baseline knows the failure or it was not run."""
    if cell.known:
        return "known"
    return cell.verdict if cell.runs else "not-run"


def tally(cells: Iterable[CellResult]) -> dict[Standing, int]:
    """How many cells stand where, the worst first; without what no cell is."""
    counts = Counter(map(standing, cells))
    return {one: counts[one] for one in STANDINGS if counts[one]}


def worst_first(cells: Iterable[CellResult]) -> list[CellResult]:
    return sorted(cells, key=lambda cell: STANDINGS.index(standing(cell)))


def tone(result: MatrixResult) -> VerdictName:
    """The verdict whose colour fits the whole: the worst that no baseline knows."""
    worst: Standing = next(iter(tally(result.cells)), "not-run")
    if worst == "known":
        return "same"
    return "no-verdict" if worst == "not-run" else worst


def having(result: MatrixResult, *standings: Standing) -> tuple[CellResult, ...]:
    """The cells that stand there, in the order of the plan."""
    return tuple(cell for cell in result.cells if standing(cell) in standings)


# -------------------------------------------------------------------- groups
@dataclass(frozen=True, kw_only=True)
class Group:
    """Cells that fail in the same way, in the order of the plan.

    ``common`` are the values (name of an axis → label) that all of them have, of axes with several;
    empty where there is one cell.
    """

    cells: tuple[CellResult, ...]
    common: Mapping[str, str]

    @property
    def first(self) -> CellResult:
        return self.cells[0]


def grouped(result: MatrixResult, cells: Iterable[CellResult]) -> tuple[Group, ...]:
    """Cells with the same verdict and fingerprint together, or the same reason where there is no fingerprint,
    and those that a baseline knows for the same reason; the group with most cells first."""
    found: dict[tuple[str, ...], list[CellResult]] = {}
    for cell in cells:
        what = cell.fingerprint or identity.of_text(str(cell.reason.message()))
        found.setdefault((standing(cell), cell.verdict, what, cell.known), []).append(cell)
    groups = [Group(cells=tuple(members), common=_common(result, members)) for members in found.values()]
    return tuple(sorted(groups, key=lambda group: (STANDINGS.index(standing(group.first)), -len(group.cells))))


def _common(result: MatrixResult, cells: Sequence[CellResult]) -> dict[str, str]:
    if len(cells) < 2:
        return {}
    found = {axis.name: {value(cell, axis) for cell in cells} for axis in axes(result) if len(axis.labels) > 1}
    return {name: next(iter(labels)) for name, labels in found.items() if len(labels) == 1 and labels != {""}}


# ---------------------------------------------------------------------- axes
def axes(result: MatrixResult) -> tuple[Axis, ...]:
    """The scenarios where there are several, and the axes of the file; their labels in the order of the
    file, then those that only cells have."""
    scenarios = tuple(dict.fromkeys(cell.scenario for cell in result.cells))
    found = [
        axis.model_copy(update={"labels": tuple(dict.fromkeys([*axis.labels, *_labels(axis, result)]))})
        for axis in result.axes
    ]
    if len(scenarios) > 1:
        found.insert(0, Axis(path=SCENARIO, name=SCENARIO, labels=scenarios))
    return tuple(found)


def _labels(axis: Axis, result: MatrixResult) -> Iterable[str]:
    return (cell.values[axis.name] for cell in result.cells if axis.name in cell.values)


def value(cell: CellResult, axis: Axis) -> str:
    """Where a cell lies on an axis; empty where it has no value there."""
    return cell.scenario if axis.path == SCENARIO else cell.values.get(axis.name, "")


# ------------------------------------------------------------------ evidence
def evidence_path(result: MatrixResult, cell: CellResult) -> str:
    """The report of a cell, as far as the folder of the matrix is known; empty where there is none."""
    parts = [result.run_folder, cell.evidence, "report.html"] if cell.evidence else []
    return "/".join(part.rstrip("/") for part in parts if part)


def again(result: MatrixResult, *cells: CellResult) -> str:
    """The command that runs these cells alone; empty where the file of the matrix is not known."""
    if not result.matrix:
        return ""
    only = [word for cell in cells for word in ("--only", glob.escape(cell.id))]
    return shlex.join(["harness", "matrix", result.matrix, *only])

"""Matrix: an environment file some of whose values vary along axes, and what became of every cell."""

from typing import Literal

from pydantic import Field

from harness.language import Language
from harness.model.base import Day, Frozen, Layer, Said, Side
from harness.model.environment import Environment
from harness.model.verdict import FailedStep, VerdictName

Strategy = Literal["all", "pairwise", "each-once"]
STRATEGIES: tuple[Strategy, ...] = ("all", "pairwise", "each-once")
KNOWABLE: tuple[VerdictName, ...] = ("regression", "broken-both", "unstable")


class Axis(Frozen):
    """A path of the environment file whose values stand there in turn."""

    path: str  # "upgrade.server.product"
    name: str  # "product": what the ids of cells call it
    labels: tuple[str, ...]  # of its values, in the order of the file


class CellRun(Frozen):
    """One run of a cell; ``folder`` is relative to the folder of the matrix, empty where it did not get so far."""

    folder: str
    verdict: VerdictName
    fingerprint: str = ""
    seconds: float = 0.0


class CellResult(Frozen):
    """One point of a matrix and what became of it. Without ``runs`` it was not run.

    A ``regression`` was confirmed by a second run; the first run that showed the
    verdict is the cell's evidence: ``evidence`` is its folder, as in ``CellRun``.
    """

    id: str  # "show-prices/product=3.7.1,stellar=0.6.2"
    scenario: str
    values: dict[str, str] = {}  # name of an axis -> label
    verdict: VerdictName
    reason: Said
    layer: Layer | None = None
    step: FailedStep | None = None
    error: str = ""  # first line of the first error that only one side showed
    fingerprint: str = ""  # what failed, whatever the versions; empty where nothing did
    runs: tuple[CellRun, ...] = ()
    evidence: str = ""
    environments: dict[Side, Environment] = {}  # exact
    known: str = ""  # the reason that the baseline gives; empty where it does not know the failure
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return self.verdict in ("same", "fixed")


class Known(Frozen):
    """A failure that somebody looked at, as an entry of a baseline says."""

    cells: str  # glob over ids of cells
    fingerprint: str = Field(pattern=r"^[0-9a-f]{16}$")
    verdict: Literal["regression", "broken-both", "unstable"] = "regression"
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: Day  # the last day on which it counts


class Stale(Frozen):
    """An entry of a baseline that says what is no longer so."""

    entry: Known
    why: Literal["expired", "no-longer-failing", "no-such-cell"]


class PlannedCell(Frozen):
    """A point of a matrix, before it is run."""

    id: str
    scenario: str
    values: dict[str, str]  # name of an axis -> label


class MatrixPlan(Frozen):
    """``plan.json``: what a run of a matrix set out to do, for ``--resume`` and ``harness merge``."""

    schema_version: Literal[1] = 1
    matrix: str  # path of the matrix file, as it was given
    digest: str  # of all cells: the shards of one matrix have the same
    cells: tuple[PlannedCell, ...]  # all, in their order
    chosen: tuple[str, ...]  # ids of those that are run here
    refused: dict[str, Said] = {}  # id -> why its versions cannot be had
    shard: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(cell.id for cell in self.cells)


class MatrixResult(Frozen):
    """``matrix.json``; its JSON Schema is ``docs/schemas/matrix-result.schema.json``."""

    schema_version: Literal[1] = 1
    name: str
    title: str = ""
    matrix: str = ""  # path of the matrix file, as it was given
    plan: str = Field(default="", description="Digest of all cells: the shards of one matrix have the same")
    axes: tuple[Axis, ...] = ()
    cells: tuple[CellResult, ...] = Field(default=(), description="In the order of the plan")
    cut: int = Field(default=0, description="Cells that the budget of the file left out")
    shard: str = ""  # "2/5"
    baseline: str = ""  # path of the baseline
    stale: tuple[Stale, ...] = ()
    interrupted: bool = False
    jobs: int = Field(default=0, description="The most cells that ran at once")
    started: str = ""  # ISO 8601 with its offset
    seconds: float = 0.0
    run_folder: str = ""
    command: str = ""  # what runs it again
    harness_version: str = ""
    language: Language = "en"

    def of(self, *verdicts: VerdictName) -> tuple[CellResult, ...]:
        """The cells with one of these verdicts."""
        return tuple(cell for cell in self.cells if cell.verdict in verdicts)

    @property
    def regressions(self) -> tuple[CellResult, ...]:
        """The regressions that no baseline knows."""
        return tuple(cell for cell in self.of("regression") if not cell.known)

    @property
    def undecided(self) -> tuple[CellResult, ...]:
        """What can be neither a pass nor a regression, unless a baseline knows it."""
        return tuple(cell for cell in self.of("broken-both", "unstable", "no-verdict") if not cell.known)

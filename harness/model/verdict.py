"""Difference, Comparison and Verdict: what changed and what it means."""

from typing import Literal

from harness.model.base import Frozen, Layer, Said
from harness.model.environment import Change
from harness.model.lock import Drift
from harness.model.trace import Fault

VerdictName = Literal["same", "regression", "fixed", "broken-both", "unstable", "no-verdict"]
VERDICTS: tuple[VerdictName, ...] = ("same", "regression", "fixed", "broken-both", "unstable", "no-verdict")


class Difference(Frozen):
    """One thing that the later trace has and the earlier has not, or the other way round."""

    kind: Literal["step", "console", "error", "request", "log"]
    layer: Layer
    step: int
    time_s: float
    new: bool  # True: only after; False: only before
    text: str
    where: str = ""  # url:line:column, or method and URL


class StepPair(Frozen):
    """One step in both traces."""

    number: int
    description: dict[str, str]
    before: Literal["passed", "failed", "not-run"]
    after: Literal["passed", "failed", "not-run"]
    reason: Said | None = None  # of the side that failed, `after` first


class Comparison(Frozen):
    """All differences, in time order, and the first step whose outcome differs."""

    steps: tuple[StepPair, ...]
    first_different: StepPair | None
    differences: tuple[Difference, ...]
    faults: dict[str, Fault]  # side -> what was not the page's doing


class SideSummary(Frozen):
    steps_passed: int
    steps: int
    seconds: float
    browser: str = ""


class FailedStep(Frozen):
    number: int
    description: dict[str, str]


class Evidence(Frozen):
    """One link of the chain: what was seen, where, and the file that shows it."""

    layer: Layer
    step: int
    text: str
    where: str = ""


class Verdict(Frozen):
    """``verdict.json``; its JSON Schema is ``docs/schemas/verdict.schema.json``."""

    schema_version: Literal[1] = 1
    verdict: VerdictName
    layer: Layer | None
    step: FailedStep | None
    reason: Said
    errors: tuple[Evidence, ...]  # new errors, the earliest first
    before: SideSummary
    after: SideSummary
    environment: str  # name of the environment file
    scenario: str
    environment_diff: tuple[Change, ...]
    drifts: tuple[Drift, ...] = ()
    run_folder: str = ""
    command: str = ""  # what runs it again
    harness_version: str = ""
    seconds: float = 0.0

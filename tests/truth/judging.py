"""A case of the truth set, run for real, and whether harness says what is true."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import run
from harness.model import Verdict
from harness.progress import Silent
from tests.truth.case import Case


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What harness said of a case, what of it is wrong, and how long it took."""

    case: Case
    verdict: Verdict
    wrong: tuple[str, ...]
    seconds: float


def judged(case: Case, folder: Path) -> Judged:
    """Run it below ``folder``."""
    began = time.monotonic()
    environment, scenario = case.write(folder)
    result = run.reproduce(environment, scenario, runs=folder / "runs", progress=Silent())
    wrong = (*_wrong(case, result.verdict), *_wrong_end(case, result.exit_code(None)))
    return Judged(case=case, verdict=result.verdict, wrong=wrong, seconds=time.monotonic() - began)


def _wrong(case: Case, verdict: Verdict) -> Sequence[str]:
    step = verdict.step.number if verdict.step else None
    found = {
        "verdict": (case.verdict, verdict.verdict),
        "layer": (case.layer, verdict.layer),
        "step": (case.step, step),
    }
    cause = told_cause(verdict)
    wrong = [f"{name}: {got}, not {wanted}" for name, (wanted, got) in found.items() if got != wanted]
    errors = [f"{one.kind} {one.text} {one.where}" for one in verdict.errors]
    if case.words and not any(case.words in one for one in errors):
        wrong.append(f"errors: {errors}, none with {case.words!r}")
    if case.verdict == "regression" and not case.words and errors:
        wrong.append(f"errors: {errors}, and it breaks in silence")
    if not cause.startswith(case.cause) or (cause and not case.cause):
        wrong.append(f"cause: {cause!r}, not {case.cause!r}")
    return wrong and [*wrong, verdict.reason, *errors]


def told_cause(verdict: Verdict) -> str:
    """What the verdict says of the cause: the answer that changed and whose code read it, else what of the link or of
    the server failed first, else whose code raised the first error, else nothing."""
    for chain in verdict.chain:
        if chain.change:
            where = chain.change.path if chain.change.part == "body" else chain.change.endpoint
            return f"{chain.change.rule} {where}, read by {chain.package or '?'}"
    first = next((one for one in verdict.errors if one.layer == verdict.layer), None)
    if verdict.layer == "link" and first:
        return first.text
    ended = [one.text for one in verdict.errors if one.kind in ("ended", "migration")]
    if ended:
        return ended[0]
    origins = [one.origin for one in verdict.errors if one.origin and one.origin.role]
    return f"{origins[0].exception or 'error'} of the {origins[0].role} {origins[0].package}" if origins else ""


def _wrong_end(case: Case, code: int) -> Sequence[str]:
    return [f"exit code: {code}, not {case.ends}"] if case.ends is not None and code != case.ends else []

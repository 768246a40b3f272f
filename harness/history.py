"""What earlier runs say about an upgrade: stored results to yes, no or unknown. Pure but for reading them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from harness.errors import InputError
from harness.evidence import MatrixFolder, RunFolder
from harness.model import CellResult, Environment, MatrixResult, Ref, Server, Verdict, VerdictName
from harness.model.environment import CompatRef
from harness.versions import ALIASES, choose

Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """An upgrade: of a product, to a version, from one (or any), with plug-ins and compat layers.
    Versions are exact, prefixes or ranges; of the product, ``latest`` and ``oldest`` are of those that
    were run, and of a plug-in or a layer ``latest`` is any."""

    to: Ref
    before: Ref | None = None
    plugins: tuple[Ref, ...] = ()
    compat: tuple[Ref, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A stored result that is about the upgrade."""

    case: str  # id of a cell, or "environment × scenario"
    verdict: VerdictName
    before: Server
    after: Server
    started: str  # ISO 8601
    evidence: str  # folder of the run


@dataclass(frozen=True, kw_only=True)
class Answered:
    answer: Answer
    findings: tuple[Finding, ...]  # those that say so first
    otherwise: tuple[Finding, ...] = ()  # with compat layers that were not asked about


def answer(question: Question, findings: Iterable[Finding]) -> Answered:
    """``no`` where one of the findings that fit is a regression, ``yes`` where all of them are good,
    ``unknown`` where there is none or one was not decided. Of several of one case, the newest counts, one
    without a verdict only where there is no other."""
    newest: dict[tuple[str, str, str], Finding] = {}
    for finding in sorted(findings, key=lambda one: (one.verdict != "no-verdict", _seconds(one.started))):
        newest[finding.case, finding.before.model_dump_json(), finding.after.model_dump_json()] = finding
    run = newest.values()
    question = replace(
        question,
        to=_exact(question.to, (one.after.product for one in run)),
        before=question.before and _exact(question.before, (one.before.product for one in run)),
    )
    about = [one for one in run if _is_about(question, one)]
    asked = {ref.name for ref in question.compat}
    fit = [one for one in about if {ref.name for ref in one.after.compat} == asked]
    others = tuple(one for one in about if one not in fit)
    bad = [one for one in fit if one.verdict == "regression"]
    undecided = [one for one in fit if one.verdict not in ("same", "fixed", "regression")]
    said: Answer = "no" if bad else "unknown" if undecided or not fit else "yes"
    first = {id(one) for one in (bad or undecided)}
    ordered = sorted(fit, key=lambda one: (id(one) not in first, one.case))
    return Answered(answer=said, findings=tuple(ordered), otherwise=others)


def _exact(wanted: Ref, run: Iterable[Ref]) -> Ref:
    """A version that is a word as the one that it means of those that were run."""
    versions = [ref.version for ref in run if ref.name == wanted.name]
    if not versions or wanted.version not in ALIASES:
        return wanted
    return wanted.model_copy(update={"version": choose(wanted.version, versions)})


def _is_about(question: Question, finding: Finding) -> bool:
    old, new = finding.before, finding.after
    return (
        _fits(question.to, [new.product])
        and (question.before is None or _fits(question.before, [old.product]))
        and all(_fits(ref, new.plugins) for ref in question.plugins)
        and all(_fits(ref, new.compat) for ref in question.compat)
        and old.product.name == question.to.name
    )


def _fits(wanted: Ref, there: Sequence[Ref]) -> bool:
    """Whether one of the exact references is what is wanted."""
    found = next((ref.version for ref in there if ref.name == wanted.name), None)
    if found is None:
        return False
    try:
        return wanted.version == "latest" or choose(wanted.version, [found]) == found
    except InputError:
        return False


def _seconds(started: str) -> float:
    """Since 1970; what is no time comes first."""
    try:
        return datetime.fromisoformat(started).timestamp()
    except ValueError:
        return 0.0


def findings(runs: Path) -> Iterator[Finding]:
    """The results of all matrices and runs below a folder; what is damaged or unfinished is passed over."""
    for path in sorted(runs.glob("*/matrix.json")):
        try:
            result = MatrixFolder.open(path.parent).read_result()
        except InputError:
            continue
        yield from (_of_cell(result, cell, path.parent) for cell in result.cells if len(cell.environments) == 2)
    for path in sorted(runs.glob("*/verdict.json")):
        try:
            verdict = RunFolder.open(path.parent).read_verdict()
        except InputError:
            continue
        if len(verdict.environments) == 2:
            yield _of_run(verdict, path.parent)


def _of_cell(result: MatrixResult, cell: CellResult, folder: Path) -> Finding:
    return Finding(
        case=cell.id,
        verdict=cell.verdict,
        before=cell.environments["before"].server,
        after=_with_gateways(cell.environments["after"]),
        started=result.started,
        evidence=str(folder / cell.evidence),
    )


def _of_run(verdict: Verdict, folder: Path) -> Finding:
    return Finding(
        case=f"{verdict.environment} × {verdict.scenario}",
        verdict=verdict.verdict,
        before=verdict.environments["before"].server,
        after=_with_gateways(verdict.environments["after"]),
        started=verdict.started,
        evidence=str(folder),
    )


def _with_gateways(environment: Environment) -> Server:
    """The server, with the gateways before it among its compat layers: what works with one may not work without."""
    gateways = tuple(CompatRef(name=name) for name in environment.link.gateways)
    return environment.server.model_copy(update={"compat": (*environment.server.compat, *gateways)})

"""diagnose: a comparison to what it means. Pure."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from harness.errors import ExitCode
from harness.facts import failures, faults, identity, origins
from harness.facts.anomalies import anomalies
from harness.facts.asking import otherwise
from harness.facts.correlation import chains, mended
from harness.facts.owners import Owner
from harness.facts.sources import Maps, maps_of, translated
from harness.language import Message
from harness.model import (
    About,
    Comparison,
    Difference,
    Evidence,
    FailedStep,
    Layer,
    Origin,
    Outcome,
    Said,
    Side,
    SideSummary,
    Trace,
    Verdict,
    VerdictName,
)

_EXIT_CODES: dict[VerdictName, ExitCode] = {
    "same": ExitCode.GOOD,
    "fixed": ExitCode.GOOD,
    "regression": ExitCode.REGRESSION,
    "broken-both": ExitCode.UNDECIDED,
    "unstable": ExitCode.UNDECIDED,
    "no-verdict": ExitCode.UNDECIDED,
}
_CAUSE_WINDOW_S = 0.5  # what the server logs, or answers late, may come after the script error it caused
_WEIGHT: dict[Layer, int] = {"server": 0, "link": 1, "client": 2}


def diagnose(
    comparison: Comparison,
    before: Trace,
    after: Trace,
    about: About | None = None,
    owners: Sequence[Owner] = (),
) -> Verdict:
    """What the comparison of two traces means, with its evidence; ``about`` says what was run, ``owners`` whose
    code is served where.

    ``layer`` and ``errors`` are of the side that fails, up to the step that fails: ``before``
    where the verdict is ``fixed``, ``after`` otherwise.
    """
    about = about or About()
    name = verdict_name(before, after)
    broken = before if name == "fixed" else after
    failed = broken.failed if name in ("regression", "fixed", "broken-both") else None
    errors = _errors(comparison, broken, after if broken is before else before, owners)
    said = Said.of(reason(name, before, after, len(errors)))
    return Verdict(
        verdict=name,
        layer=layer(comparison, broken.side) if failed and name in ("regression", "fixed") else None,
        step=_failed_step(failed, about) if failed else None,
        reason=said.message().into(about.language),
        reason_said=said,
        errors=errors,
        errors_before=_errors_before(before, owners) if name == "broken-both" else (),
        appearance=next((one for one in comparison.appearance if failed and one.step == failed.number), None),
        chain=mended(comparison, before, after, owners) if name == "fixed" else chains(comparison, after, owners),
        before=_summary(before),
        after=_summary(after),
        fingerprint=fingerprint(failed, comparison, broken.side, about.scenario) if failed else "",
        **dict(about),
    )


def verdict_name(before: Trace, after: Trace) -> VerdictName:
    """A fault on any side, or a side that did not come to an end, is never a statement about the upgrade."""
    ends = _end(before), _end(after)
    if None in ends:
        return "no-verdict"
    names: dict[tuple[bool | None, bool | None], VerdictName] = {
        (True, True): "same",
        (True, False): "regression",
        (False, True): "fixed",
        (False, False): "broken-both",
    }
    return names[ends]


def exit_code(verdict: VerdictName, expected: VerdictName | None = None) -> ExitCode:
    """What the process answers with: where a verdict is expected, whether it came."""
    if expected is not None:
        return ExitCode.GOOD if verdict == expected else ExitCode.REGRESSION
    return _EXIT_CODES[verdict]


def layer(comparison: Comparison, side: Side) -> Layer:
    """Where a failure shows: the layer of the earliest anomaly, at or before the failing step,
    that the other side does not have; ``client`` where a step fails and nothing else is wrong.

    Script errors are often the echo of a bad answer, so within a step an anomaly of the server or
    of the link counts first where it came earlier or at most half a second later.
    """
    cause = _cause(comparison, side)
    return cause.layer if cause else "client"


def fingerprint(failed: Outcome, comparison: Comparison, side: Side, scenario: str) -> str:
    """16 hexadecimal digits that are equal where the same step of a scenario fails in the same way:
    of the step, and of its cause where one was seen (of a request, with what was asked for), without
    versions, places in files and times. What a page wrote to its console and what it did not catch come in
    any order, so that the latter counts."""
    cause = _cause(comparison, side)
    if cause and (cause.layer, cause.kind) == ("client", "console"):
        cause = _cause(comparison, side, "error") or cause
    said = list(_words(cause)) if cause else [failed.reason.text if failed.reason else ""]
    words = json.dumps([scenario, failed.action, failed.description.get("en", ""), *said])
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _cause(comparison: Comparison, side: Side, kind: str = "") -> Difference | None:
    """The earliest anomaly (of a kind), or one of a deeper layer that is not much later. Of several in a layer always
    the same, in whatever order they came, and a log's lines, which may come late, after the others."""
    anomalies = [item for item in _of(comparison, side) if item.telling and kind in ("", item.kind)]
    if not anomalies:
        return None
    first = min(anomalies, key=lambda item: (item.step, item.time_s))
    near = [item for item in anomalies if item.step == first.step and item.time_s <= first.time_s + _CAUSE_WINDOW_S]
    return min(near, key=lambda item: (_WEIGHT[item.layer], item.kind == "log", _words(item)))


def _words(item: Difference) -> tuple[str, str, str]:
    where = identity.of_text(item.where) if item.kind == "request" else ""
    folds = {"error": faults.of, "console": faults.of, "request": failures.same, "log": identity.of_log}
    text = item.text.partition("\n")[0] if item.kind == "request" else item.text  # not what the answer says
    return item.kind, folds.get(item.kind, identity.of_text)(text), where


def reason(name: VerdictName, before: Trace, after: Trace, errors: int) -> Message:
    """One plain sentence."""
    match name:
        case "regression":
            return Message(
                "Step {number} works before the upgrade and fails after it: {why}", **_number_and_why(after.failed)
            )
        case "fixed":
            return Message(
                "Step {number} fails before the upgrade and works after it: {why}", **_number_and_why(before.failed)
            )
        case "same" if errors:
            return Message(
                "All {count} steps work before and after the upgrade, although {errors} new error(s) came up after it",
                count=after.passed,
                errors=errors,
            )
        case "same":
            return Message("All {count} steps work before and after the upgrade", count=after.passed)
        case "broken-both":
            return _broken_both(before.failed, after.failed)
        case _:
            return _undecided(before, after)


def _number_and_why(failed: Outcome | None) -> dict[str, int | Message]:
    if failed is None:
        return {"number": 0, "why": Message("no reason was given")}
    return {
        "number": failed.number,
        "why": failed.reason.message() if failed.reason else Message("no reason was given"),
    }


def _broken_both(old: Outcome | None, new: Outcome | None) -> Message:
    if old and new and old.number != new.number:
        return Message(
            "The scenario fails on both sides, at step {old} before the upgrade ({old_why}) "
            "and at step {new} after it ({new_why}), so it cannot judge the upgrade",
            old=old.number,
            old_why=_number_and_why(old)["why"],
            new=new.number,
            new_why=_number_and_why(new)["why"],
        )
    if old and new and old.reason != new.reason:
        return Message(
            "Step {number} fails before the upgrade ({old_why}) and after it ({new_why}), "
            "so the scenario cannot judge the upgrade",
            number=new.number,
            old_why=_number_and_why(old)["why"],
            new_why=_number_and_why(new)["why"],
        )
    return Message(
        "Step {number} fails before and after the upgrade, so the scenario cannot judge the upgrade: {why}",
        **_number_and_why(new),
    )


def _undecided(before: Trace, after: Trace) -> Message:
    whys = {trace.side: _why_unfinished(trace) for trace in (before, after) if _end(trace) is None}
    match whys:
        case {"before": old, "after": new} if old != new:
            return Message(
                "Neither side could be replayed to its end. Before the upgrade: {old}. After it: {new}",
                old=old,
                new=new,
            )
        case {"before": why, "after": _}:
            return Message("Neither side could be replayed to its end: {why}", why=why)
        case {"before": why}:
            return Message("The side before the upgrade could not be replayed to its end: {why}", why=why)
        case {"after": why}:
            return Message("The side after the upgrade could not be replayed to its end: {why}", why=why)
        case _:
            return Message("There is no verdict")


def _why_unfinished(trace: Trace) -> Message:
    return trace.fault.reason.message() if trace.fault else Message("the replay stopped before its last step")


def _end(trace: Trace) -> bool | None:
    """True where all steps passed, False where one failed, None where the replay tells nothing."""
    if trace.fault or not trace.outcomes:
        return None
    if trace.failed:
        return False
    return True if trace.passed == len(trace.outcomes) else None


def _of(comparison: Comparison, side: Side) -> Iterable[Difference]:
    """What only ``side`` showed; ``compare`` leaves out what came after the step that failed."""
    return (item for item in comparison.differences if item.kind != "step" and item.new == (side == "after"))


def _errors(comparison: Comparison, broken: Trace, other: Trace, owners: Sequence[Owner]) -> tuple[Evidence, ...]:
    side, maps = broken.side, maps_of(broken)
    return tuple(
        _evidence(item, side, owners, maps).model_copy(update={"otherwise": otherwise(item, broken, other)})
        for item in _of(comparison, side)
        if item.severity == "error"
    )


def _errors_before(before: Trace, owners: Sequence[Owner]) -> tuple[Evidence, ...]:
    """All up to the step that fails there, not only what the other side has not."""
    last, maps = before.failed.number if before.failed else 0, maps_of(before)
    told = (fact for fact in anomalies(before) if fact.severity == "error" and fact.telling and fact.step <= last)
    found = (fact.difference(new=False) for fact in told)
    ordered = sorted(found, key=lambda item: (item.step, item.time_s, item.kind))
    return tuple(_evidence(item, "before", owners, maps) for item in ordered)


def _evidence(item: Difference, side: Side, owners: Sequence[Owner], maps: Maps) -> Evidence:
    headline, _, detail = item.text.partition("\n")
    return Evidence(
        side=side,
        layer=item.layer,
        step=item.step,
        time_s=item.time_s,
        kind=item.kind,
        text=headline,
        said=item.said,
        detail=translated(detail.strip("\n"), maps),
        where=item.where,
        origin=_origin(item, owners, maps),
    )


def _origin(item: Difference, owners: Sequence[Owner], maps: Maps) -> Origin | None:
    headline, _, detail = item.text.partition("\n")
    match item.kind:
        case "error" | "console":
            return origins.of_page(headline, detail, item.where, owners, maps)
        case "log" | "migration":
            return origins.of_server((detail or headline).split("\n"), owners)
    return None


def _failed_step(failed: Outcome, about: About) -> FailedStep:
    words: dict[str, str] = failed.description
    description = words.get(about.language) or words.get("en") or failed.action
    return FailedStep(number=failed.number, description=description, descriptions=words)


def _summary(trace: Trace) -> SideSummary:
    return SideSummary(
        steps_passed=trace.passed,
        steps=len(trace.outcomes),
        seconds=round(trace.duration_s, 3),
        browser=trace.browser,
        failed_step=trace.failed.number if trace.failed else None,
    )

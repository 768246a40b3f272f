"""junit: the steps as test cases, for whatever reads JUnit XML."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.language import Language, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from junitparser import Error, Failure, TestCase

    from harness.model import Outcome, StepPair, Verdict


class Junit:
    file: ClassVar[str] = "junit.xml"

    def render(self, folder: Path, lang: Language) -> str:
        """One suite, one test case a step as it went after the upgrade.

        The step that decides is a failure where it is a regression, and an error where nothing
        can be decided (``broken-both``, ``unstable``, ``no-verdict``).
        """
        from junitparser import JUnitXml, TestSuite

        from harness.evidence import RunFolder
        from harness.writing.words import change, printable

        run = RunFolder.open(folder)
        verdict = run.read_verdict().into(lang)
        comparison, after = run.read_comparison(), run.read_trace("after")
        outcomes = {outcome.number: outcome for outcome in after.outcomes} if after else {}

        suite = TestSuite(printable(f"{verdict.environment} × {verdict.scenario}"))
        suite.timestamp = verdict.started
        suite.add_property("verdict", verdict.verdict)
        suite.add_property("layer", verdict.layer or "")
        for name, value in _conclusion(verdict, lang):
            suite.add_property(name, printable(value))
        for issue in verdict.known:
            suite.add_property("known-issue", printable(issue.issue))
        for item in verdict.environment_diff:
            suite.add_property("upgrade", printable(change(item)))
        cases = [
            _case(pair, outcomes.get(pair.number), verdict, lang) for pair in (comparison.steps if comparison else ())
        ]
        if undecided := _undecided(verdict, cases):
            cases.append(undecided)
        suite.add_testcases(cases)

        xml = JUnitXml()
        xml.add_testsuite(suite)
        out = io.BytesIO()
        xml.write(out, pretty=True)
        return out.getvalue().decode("utf-8")


def _conclusion(verdict: "Verdict", lang: Language) -> "Iterator[tuple[str, str]]":
    """Why it broke, what mends it, and each control run with what came out."""
    conclusion = verdict.conclusion
    if conclusion is None:
        return
    yield "cause", conclusion.cause or "not-established"
    yield "conclusion", conclusion.text
    for mend in conclusion.mended_by:
        yield "mended_by", mend
    for one in conclusion.controls:
        yield f"control.{one.name}", f"{one.outcome}: {one.answer.message().into(lang)}"


def _case(pair: "StepPair", outcome: "Outcome | None", verdict: "Verdict", lang: Language) -> "TestCase":
    from junitparser import Skipped, TestCase

    from harness.writing.words import one_line, printable

    words = pair.description.get(lang) or pair.description.get("en") or ""
    case = TestCase(one_line(f"{pair.number} {words}"), printable(f"{verdict.environment}.{verdict.scenario}"))
    case.time = outcome.duration_s if outcome else 0
    decides = verdict.step is not None and verdict.step.number == pair.number and verdict.verdict != "fixed"
    if decides:
        case.result = _result(verdict)
        case.system_out = _evidence(verdict, pair.number, lang)
    elif pair.after == "not-run":
        case.result = Skipped(Message("was not replayed").into(lang))
    return case


def _undecided(verdict: "Verdict", cases: "list[TestCase]") -> "TestCase | None":
    """What stands for a run without a deciding step, so that it is never seen as a pass."""
    from junitparser import TestCase

    from harness.writing.words import printable

    if verdict.verdict in ("same", "fixed") or any(case.is_failure or case.is_error for case in cases):
        return None
    case = TestCase(verdict.verdict, printable(f"{verdict.environment}.{verdict.scenario}"))
    case.result = _result(verdict)
    case.system_out = printable(verdict.run_folder)
    return case


def _result(verdict: "Verdict") -> "Failure | Error":
    from junitparser import Error, Failure

    from harness.writing.words import one_line, printable

    kind = Failure if verdict.verdict == "regression" else Error
    result = kind(one_line(verdict.reason, 1000), verdict.layer or verdict.verdict)
    result.text = printable(
        "\n\n".join("\n".join(filter(None, [item.text, item.where, item.detail])) for item in verdict.errors)
    )
    return result


def _evidence(verdict: "Verdict", step: int, lang: Language) -> str:
    from harness.writing.words import printable

    report = Message("Evidence: {path}", path=f"{verdict.run_folder}/report.html#step-{step}")
    again = Message("Again: {command}", command=verdict.command)
    return printable(f"{report.into(lang)}\n{again.into(lang)}")

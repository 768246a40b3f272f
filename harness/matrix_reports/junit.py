"""junit: the cells as test cases, for whatever reads JUnit XML."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.language import Language, Message

if TYPE_CHECKING:
    from junitparser import Error, Failure, Skipped, TestCase, TestSuite

    from harness.model import CellResult, MatrixResult


class Junit:
    file: ClassVar[str] = "junit.xml"

    def render(self, folder: Path, lang: Language) -> str:
        """One suite a scenario, one test case a cell.

        A regression that no baseline knows is a failure; what can be neither a pass nor a regression
        is an error; what a baseline knows, and what was not run, is skipped. Test cases have their
        values as properties: most tools read them, only the oldest schemas (Ant's, Jenkins' first) do not know them.
        """
        from junitparser import JUnitXml

        from harness.evidence import MatrixFolder
        from harness.writing.words import printable

        result = MatrixFolder.open(folder).read_result()
        xml = JUnitXml(printable(result.name))
        for scenario in dict.fromkeys(cell.scenario for cell in result.cells):
            xml.add_testsuite(_suite(result, scenario, lang))
        out = io.BytesIO()
        xml.write(out, pretty=True)
        return out.getvalue().decode("utf-8")


def _suite(result: "MatrixResult", scenario: str, lang: Language) -> "TestSuite":
    from junitparser import TestSuite

    from harness.writing.words import printable

    suite = TestSuite(printable(f"{result.name} × {scenario}"))
    suite.timestamp = printable(result.started)
    for name, value in (("matrix", result.matrix), ("title", result.title), ("shard", result.shard)):
        if value:
            suite.add_property(name, printable(value))
    suite.add_testcases([_case(result, cell, lang) for cell in result.cells if cell.scenario == scenario])
    return suite


def _case(result: "MatrixResult", cell: "CellResult", lang: Language) -> "TestCase":
    from junitparser import Properties, Property, TestCase

    from harness.writing.words import one_line, printable

    case = TestCase(one_line(cell.id), printable(f"{result.name}.{cell.scenario}"), cell.seconds)
    properties = Properties()  # type: ignore[no-untyped-call]
    for name, value in _properties(cell):
        properties.add_property(Property(printable(name), printable(value)))
    case.append(properties)  # type: ignore[no-untyped-call]
    if found := _result(cell, lang):
        case.result = found
    if words := "\n".join(_evidence(result, cell, lang)):
        case.system_out = printable(words)
    return case


def _properties(cell: "CellResult") -> "Iterator[tuple[str, str]]":
    yield from cell.values.items()
    yield "verdict", cell.verdict
    if cell.fingerprint:
        yield "fingerprint", cell.fingerprint


def _result(cell: "CellResult", lang: Language) -> "Failure | Error | Skipped | None":
    from junitparser import Error, Failure, Skipped

    from harness.writing.matrices import reason_words, step_line, verdict_words
    from harness.writing.standings import standing
    from harness.writing.words import one_line, printable

    stands, reason = standing(cell), one_line(reason_words(cell, lang), 1000)
    if stands == "known":
        words = Message("{verdict}, known: {reason}", verdict=verdict_words(cell), reason=cell.known)
        return Skipped(one_line(words.into(lang), 1000))
    if stands == "not-run":
        return Skipped(reason)
    if cell.is_good:
        return None
    kind = Failure if stands == "regression" else Error
    found = kind(reason, cell.layer or cell.verdict)
    found.text = printable("\n".join(filter(None, [step_line(cell, lang), cell.error])))
    return found


def _evidence(result: "MatrixResult", cell: "CellResult", lang: Language) -> Iterator[str]:
    from harness.writing.standings import again, evidence_path

    if path := evidence_path(result, cell):
        yield Message("Evidence: {path}", path=path).into(lang)
    if not cell.is_good and (command := again(result, cell)):
        yield Message("Again: {command}", command=command).into(lang)

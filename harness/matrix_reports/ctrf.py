"""ctrf: the cells as tests of the Common Test Report Format (https://ctrf.io, specification 0.0)."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from uuid import NAMESPACE_URL, uuid5

from harness.language import Language

if TYPE_CHECKING:
    from harness.model import CellResult, MatrixResult, VerdictName

Status = Literal["passed", "failed", "skipped", "pending", "other"]
STATUSES: tuple[Status, ...] = ("passed", "failed", "skipped", "pending", "other")
_ATTEMPTS: "dict[VerdictName, Status]" = {"same": "passed", "fixed": "passed", "regression": "failed"}


class Ctrf:
    file: ClassVar[str] = "ctrf.json"

    def render(self, folder: Path, lang: Language) -> str:
        """One test a cell.

        The specification decides what a cell is: ``skipped`` is what was not executed on purpose and
        ``pending`` what waits to be, so a known failure, which was executed, is ``other``, as are all
        outcomes it has no word for; ``rawStatus`` and ``tags`` tell them apart. ``flaky`` is what
        passed after it had failed: an ``unstable`` cell never passed, its attempts say how it went.
        """
        from harness.evidence import MatrixFolder

        result = MatrixFolder.open(folder).read_result()
        tests = [_test(result, cell, lang) for cell in result.cells]
        document = {
            "reportFormat": "CTRF",
            "specVersion": "0.0.0",
            "generatedBy": f"harness {result.harness_version}".strip(),
            "results": {
                "tool": {"name": "harness", "version": result.harness_version},
                "summary": _summary(result, tests),
                "tests": tests,
                "environment": _environment(result),
            },
        }
        return json.dumps(_printable(document), ensure_ascii=False, indent=1)


def status(result: "MatrixResult", cell: "CellResult") -> Status:
    from harness.writing.standings import standing

    stands = standing(cell)
    if stands == "not-run":
        return "pending" if result.interrupted else "skipped"
    return "other" if stands == "known" else _ATTEMPTS.get(cell.verdict, "other")


def _summary(result: "MatrixResult", tests: list[dict[str, Any]]) -> dict[str, int]:
    counts = Counter(test["status"] for test in tests)
    start = _epoch_ms(result.started)
    return {
        "tests": len(tests),
        **{one: counts[one] for one in STATUSES},
        "flaky": sum(test["flaky"] for test in tests),
        "suites": len({cell.scenario for cell in result.cells}),
        "start": start,
        "stop": start + _ms(result.seconds),
        "duration": _ms(result.seconds),
    }


def _environment(result: "MatrixResult") -> dict[str, Any]:
    axes = {axis.name: {"path": axis.path, "labels": axis.labels} for axis in result.axes}
    extra = {
        "axes": axes,
        "shard": result.shard,
        "baseline": result.baseline,
        "interrupted": result.interrupted,
        "run_folder": result.run_folder,
        "command": result.command,
    }
    return {"reportName": result.title or result.name, "testEnvironment": result.name, "extra": extra}


def _test(result: "MatrixResult", cell: "CellResult", lang: Language) -> dict[str, Any]:
    from harness.writing.matrices import reason_words, step_line
    from harness.writing.standings import again

    attempts = [_ATTEMPTS.get(run.verdict, "other") for run in cell.runs]
    became = status(result, cell)
    test: dict[str, Any] = {
        "id": str(uuid5(NAMESPACE_URL, f"harness:{result.name}/{cell.id}")),
        "name": cell.id,
        "status": became,
        "duration": _ms(cell.seconds),
        "suite": [result.name, cell.scenario],
        "message": reason_words(cell, lang),
        "rawStatus": cell.verdict if cell.runs else "not-run",
        "tags": _tags(cell),
        "type": "e2e",
        "retries": max(len(cell.runs) - 1, 0),
        "flaky": became == "passed" and "failed" in attempts,
        "parameters": cell.values,
        "extra": {
            "values": cell.values,
            "fingerprint": cell.fingerprint,
            "known": cell.known,
            "again": again(result, cell),
        },
    }
    if trace := "\n".join(filter(None, [step_line(cell, lang), cell.error])):
        test["trace"] = trace
    if result.matrix:
        test["filePath"] = result.matrix
    if environment := cell.environments.get("after") or cell.environments.get("before"):
        test["browser"] = str(environment.client.browser)
        test["device"] = str(environment.client.viewport)
    if len(cell.runs) > 1:
        test["retryAttempts"] = [
            {"attempt": number, "status": _ATTEMPTS.get(run.verdict, "other"), "duration": _ms(run.seconds)}
            for number, run in enumerate(cell.runs[:-1], 1)
        ]
    if cell.evidence:
        report = {"name": "report.html", "contentType": "text/html", "path": f"{cell.evidence}/report.html"}
        test["attachments"] = [report]
    return test


def _tags(cell: "CellResult") -> list[str]:
    known = ["known"] if cell.known else []
    return [cell.verdict if cell.runs else "not-run", *known, *([cell.layer] if cell.layer else [])]


def _printable(value: Any) -> Any:
    from harness.writing.words import printable

    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(key): _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, (list, tuple)) else value


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _epoch_ms(moment: str) -> int:
    try:
        return _ms(datetime.fromisoformat(moment).timestamp())
    except ValueError:  # it was not said
        return 0

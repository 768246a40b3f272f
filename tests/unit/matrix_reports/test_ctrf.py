"""CTRF: what its specification says of every kind of cell."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.matrix_reports.ctrf import Ctrf
from harness.model import MatrixResult
from tests.matrices import TICKET, cell, interrupted, leave_matrix, matrix, not_run, points, regression

FIRST = points()[0]


def results(root: Path, result: MatrixResult) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Ctrf().render(leave_matrix(root, result).path, "en"))
    return dict(found["results"])


@pytest.mark.parametrize(
    ("became", "status", "raw", "tags"),
    [
        (cell(FIRST), "passed", "same", ["same"]),
        (cell(FIRST, "fixed"), "passed", "fixed", ["fixed", "client"]),
        (regression(FIRST), "failed", "regression", ["regression", "client"]),
        (regression(FIRST, known=TICKET), "other", "regression", ["regression", "known", "client"]),
        (cell(FIRST, "broken-both"), "other", "broken-both", ["broken-both"]),
        (cell(FIRST, "unstable"), "other", "unstable", ["unstable"]),
        (cell(FIRST, "no-verdict"), "other", "no-verdict", ["no-verdict"]),
        (not_run(FIRST), "skipped", "not-run", ["not-run"]),
    ],
)
def test_status(tmp_path: Path, became: object, status: str, raw: str, tags: list[str]) -> None:
    (test,) = results(tmp_path, matrix(cells=(became,)))["tests"]
    assert (test["status"], test["rawStatus"], test["tags"], test["flaky"]) == (status, raw, tags, False)


def test_what_waits_for_the_rest_of_an_interrupted_matrix_is_pending(tmp_path: Path) -> None:
    found = results(tmp_path, interrupted())
    assert (found["summary"]["pending"], found["summary"]["skipped"]) == (15, 0)


def test_the_summary_counts_every_test_once(tmp_path: Path) -> None:
    found = results(tmp_path, matrix())
    summary = found["summary"]
    assert {one: summary[one] for one in ("tests", "passed", "failed", "skipped", "pending", "other", "flaky")} == {
        "tests": 24, "passed": 11, "failed": 3, "skipped": 1, "pending": 0, "other": 9, "flaky": 0,
    }  # fmt: skip
    assert Counter(test["status"] for test in found["tests"])["other"] == 9
    assert (summary["start"], summary["duration"], summary["suites"]) == (1795548662000, 252300, 1)
    assert summary["stop"] == summary["start"] + summary["duration"]


def test_times_are_whole_milliseconds_also_where_none_is_said(tmp_path: Path) -> None:
    summary = results(tmp_path, matrix(started="", seconds=1.2345))["summary"]
    assert (summary["start"], summary["stop"]) == (0, 1234)


def test_a_regression_in_full(tmp_path: Path) -> None:
    became = regression(FIRST)
    (test,) = results(tmp_path, matrix(cells=(became,)))["tests"]
    assert test["name"] == became.id
    assert test["suite"] == ["jquery", "show-prices"]
    assert (test["duration"], test["retries"]) == (13000, 1)
    assert test["retryAttempts"] == [{"attempt": 1, "status": "failed", "duration": 6500}]
    assert test["message"].startswith("Step 3 works before the upgrade and fails after it")
    assert test["trace"] == "step 3: The parallax effect has started\nTypeError: e.indexOf is not a function"
    assert test["parameters"] == test["extra"]["values"] == FIRST
    assert test["extra"]["fingerprint"] == "a1b2c3d4e5f60718"
    assert (test["browser"], test["device"]) == ("chromium@latest", "1366x768")
    assert test["attachments"][0]["path"] == f"{became.evidence}/report.html"


def test_how_an_unstable_cell_went_is_in_its_attempts(tmp_path: Path) -> None:
    became = cell(FIRST, "unstable", runs=("regression", "same", "regression"))
    (test,) = results(tmp_path, matrix(cells=(became,)))["tests"]
    assert [one["status"] for one in test["retryAttempts"]] == ["failed", "passed"]
    assert test["retries"] == 2


def test_what_passed_after_it_had_failed_is_flaky(tmp_path: Path) -> None:
    found = results(tmp_path, matrix(cells=(cell(FIRST, runs=("regression", "same")),)))
    assert found["tests"][0]["flaky"]
    assert found["summary"]["flaky"] == 1


def test_a_test_has_the_same_identifier_in_every_run(tmp_path: Path) -> None:
    first = results(tmp_path / "a", matrix())["tests"]
    second = results(tmp_path / "b", matrix(started="2027-01-01T00:00:00+00:00"))["tests"]
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert len({one["id"] for one in first}) == 24

"""JUnit XML: which cell fails, which is an error, and that nothing undecided passes."""

import xml.etree.ElementTree as ET
from pathlib import Path

from harness.language import Language
from harness.matrix_reports.junit import Junit
from harness.model import MatrixResult
from tests.matrices import TICKET, including, interrupted, leave_matrix, matrix


def suites(root: Path, result: MatrixResult, lang: Language = "en") -> list[ET.Element]:
    return ET.fromstring(Junit().render(leave_matrix(root, result).path, lang)).findall("testsuite")


def counts(suite: ET.Element) -> tuple[str | None, ...]:
    return tuple(suite.get(key) for key in ("tests", "failures", "errors", "skipped"))


def case(suite: ET.Element, words: str) -> ET.Element:
    (found,) = [one for one in suite.findall("testcase") if words in str(one.get("name"))]
    return found


def test_only_new_regressions_fail_and_nothing_undecided_passes(tmp_path: Path) -> None:
    (suite,) = suites(tmp_path, matrix())
    assert counts(suite) == ("24", "3", "5", "5")


def test_a_regression_says_why_and_where(tmp_path: Path) -> None:
    (suite,) = suites(tmp_path, matrix())
    found = case(suite, "3.0.0,jquery-migrate=none,viewport=1366x768")
    failure = found.find("failure")
    assert failure is not None
    assert (found.get("classname"), found.get("time")) == ("jquery.show-prices", "13.0")
    assert failure.get("type") == "client"
    assert str(failure.get("message")).startswith("Step 3 works before the upgrade")
    assert failure.text == "step 3: The parallax effect has started\nTypeError: e.indexOf is not a function"
    out = str(found.findtext("system-out"))
    assert f"/cells/{found.get('name')}/1/report.html" in out
    assert f"--only {found.get('name')}" in out
    properties = {(one.get("name"), one.get("value")) for one in found.iter("property")}
    assert properties == {
        ("product", "3.0.0"), ("jquery-migrate", "none"), ("viewport", "1366x768"),
        ("verdict", "regression"), ("fingerprint", "a1b2c3d4e5f60718"),
    }  # fmt: skip


def test_what_a_baseline_knows_is_skipped_with_its_reason(tmp_path: Path) -> None:
    (suite,) = suites(tmp_path, matrix(), "zh")
    skipped = case(suite, "3.4.1,jquery-migrate=none,viewport=390x844").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == f"回归问题，已知：{TICKET}"


def test_what_was_not_run_is_skipped_and_points_nowhere(tmp_path: Path) -> None:
    (suite,) = suites(tmp_path, interrupted())
    assert counts(suite) == ("24", "1", "2", "15")
    found = case(suite, "latest,jquery-migrate=none,viewport=390x844")
    skipped = found.find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "interrupted"
    assert "report.html" not in str(found.findtext("system-out"))


def test_what_cannot_be_decided_is_an_error_of_its_verdict(tmp_path: Path) -> None:
    (suite,) = suites(tmp_path, matrix())
    kinds = [error.get("type") for error in suite.iter("error")]
    assert sorted(map(str, kinds)) == ["broken-both", "broken-both", "no-verdict", "unstable", "unstable"]


def test_a_scenario_is_a_suite(tmp_path: Path) -> None:
    found = suites(tmp_path, including())
    assert [(one.get("name"), one.get("tests")) for one in found] == [
        ("jquery × show-prices", "26"),
        ("jquery × book-a-tour", "24"),
    ]
    assert found[0].get("timestamp") == "2026-11-24T20:31:02+01:00"

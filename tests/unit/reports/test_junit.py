"""JUnit XML: which case fails, which is an error, and that no run without a verdict passes."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from harness.model import Trace
from harness.reports.junit import Junit
from tests.stories import FLASK_ADMIN, GALLERY, SLIDES, leave_run, with_fault


def suite(root: Path, *run: object) -> ET.Element:
    found = ET.fromstring(Junit().render(leave_run(root, *run).path, "en")).find("testsuite")
    assert found is not None
    return found


def counts(found: ET.Element) -> tuple[str | None, ...]:
    return tuple(found.get(key) for key in ("tests", "failures", "errors", "skipped"))


def test_a_regression_is_a_failure_of_its_step_and_the_rest_is_skipped(tmp_path: Path) -> None:
    found = suite(tmp_path, FLASK_ADMIN)
    assert counts(found) == ("7", "1", "0", "3")
    (case,) = [case for case in found.findall("testcase") if case.find("failure") is not None]
    failure = case.find("failure")
    assert case.get("name") == "4 Type the name"
    assert failure is not None
    assert "is not in the page" in str(failure.get("message"))
    assert failure.get("type") == "server"
    assert "AttributeError" in str(failure.text)
    assert "report.html#step-4" in str(case.findtext("system-out"))


def test_what_was_run_is_in_the_properties(tmp_path: Path) -> None:
    found = {(item.get("name"), item.get("value")) for item in suite(tmp_path, FLASK_ADMIN).iter("property")}
    assert found == {
        ("verdict", "regression"),
        ("layer", "server"),
        ("upgrade", "server.dependencies.wtforms: 3.1.2 → 3.2.1"),
    }


def test_same_and_fixed_pass(tmp_path: Path) -> None:
    old, new = GALLERY.trace("before"), GALLERY.trace("after")
    swapped = (new.model_copy(update={"side": "before"}), old.model_copy(update={"side": "after"}))
    assert counts(suite(tmp_path, SLIDES)) == ("4", "0", "0", "0")
    assert counts(suite(tmp_path, GALLERY, swapped)) == ("5", "0", "0", "0")


def test_broken_on_both_sides_is_an_error(tmp_path: Path) -> None:
    new = GALLERY.trace("after")
    assert counts(suite(tmp_path, GALLERY, (new.model_copy(update={"side": "before"}), new))) == ("5", "0", "1", "2")


@pytest.mark.parametrize("outcomes", [(), GALLERY.trace("after").outcomes, GALLERY.trace("before").outcomes])
def test_no_verdict_is_an_error_whatever_was_replayed(tmp_path: Path, outcomes: tuple[object, ...]) -> None:
    broken: Trace = with_fault(GALLERY.trace("after").model_copy(update={"outcomes": outcomes}))
    found = suite(tmp_path, GALLERY, (GALLERY.trace("before"), broken))
    assert found.get("errors") == "1"
    assert found.get("failures") == "0"
    assert [error.get("message") for error in found.findall("testcase/error")] == [
        "The side after the upgrade could not be replayed to its end: the browser stopped answering"
    ]

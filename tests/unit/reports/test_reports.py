"""The family: what is written where."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.reports import REPORTS, write
from tests.stories import GALLERY, leave_run


def test_the_usual_reports_are_left_in_the_run_folder(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, GALLERY).path
    assert write(folder, "en") == (folder / "report.html", folder / "junit.xml")
    assert (folder / "report.html").read_text("utf-8").startswith("<!doctype html>")


def test_no_two_reports_write_the_same_file() -> None:
    assert len({report.file for report in REPORTS.values()}) == len(REPORTS)


def test_nothing_is_left_of_a_report_that_fails(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, GALLERY).path
    (folder / "verdict.json").write_text("{")
    with pytest.raises(InputError):
        write(folder, "en")
    assert not (folder / "report.html").exists()

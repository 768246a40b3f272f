"""The family: what is written where."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.matrix_reports import MATRIX_REPORTS, write
from tests.matrices import leave_matrix, matrix


def test_the_usual_reports_are_left_in_the_folder(tmp_path: Path) -> None:
    folder = leave_matrix(tmp_path, matrix()).path
    names = ("matrix.html", "junit.xml", "ctrf.json", "summary.md")
    assert write(folder, "en") == tuple(folder / name for name in names)
    assert (folder / "matrix.html").read_text("utf-8").startswith("<!doctype html>")


def test_no_two_reports_write_the_same_file() -> None:
    assert len({report.file for report in MATRIX_REPORTS.values()}) == len(MATRIX_REPORTS)


def test_nothing_is_left_of_a_report_that_fails(tmp_path: Path) -> None:
    folder = leave_matrix(tmp_path, matrix()).path
    (folder / "matrix.json").write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        write(folder, "en")
    assert not (folder / "matrix.html").exists()

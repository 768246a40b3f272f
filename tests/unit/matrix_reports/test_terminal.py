"""The summary of a matrix for a ticket."""

from pathlib import Path

from harness.language import Language
from harness.matrix_reports.terminal import Terminal
from harness.model import MatrixResult
from harness.writing.words import columns
from tests.matrices import good, interrupted, large, leave_matrix, matrix, points, regression


def summary(root: Path, result: MatrixResult, lang: Language = "en") -> str:
    return Terminal().render(leave_matrix(root, result).path, lang)


def test_a_matrix_in_full(tmp_path: Path) -> None:
    cells = [one for one in matrix().cells if one.values["product"] in ("3.0.0", "3.x")]
    assert summary(tmp_path, matrix(cells=tuple(cells))) == (
        "REGRESSION  jquery\n"
        "3 new regressions in 8 cells\n"
        "\n"
        "  Cells            3 regression, 2 known, 3 same\n"
        "  New regressions  step 3: The parallax effect has started (client) – the same in 2 cells\n"
        "                     TypeError: e.indexOf is not a function\n"
        "                     all have product=3.0.0, jquery-migrate=none\n"
        "                     show-prices/product=3.0.0,jquery-migrate=none,viewport=1366x768\n"
        "                     show-prices/product=3.0.0,jquery-migrate=none,viewport=390x844\n"
        "                   step 3: The parallax effect has started (client) – in 1 cell\n"
        "                     TypeError: Cannot read properties of undefined (reading 'top')\n"
        "                     show-prices/product=3.x,jquery-migrate=3.6.0,viewport=390x844\n"
        "  Known failures   step 3: The parallax effect has started (client) – the same in 2 cells\n"
        "                     TypeError: e.indexOf is not a function\n"
        "                     all have product=3.x, jquery-migrate=none\n"
        "                     known: The parallax plug-in is replaced in the spring release (ticket 4711)\n"
        "                     show-prices/product=3.x,jquery-migrate=none,viewport=1366x768\n"
        "                     show-prices/product=3.x,jquery-migrate=none,viewport=390x844\n"
        "  Baseline         show-prices/product=1.x,*: no longer failing (@web-team)\n"
        "                   *product=4.x*: expired on 2026-10-01 (Ann)\n"
        "  Took             4 min 12 s\n"
        "  Evidence         .harness/runs/20261124-203102-jquery/matrix.html\n"
        "  Again            harness matrix environments/jquery.matrix.yaml"
        " --baseline environments/jquery.baseline.yaml\n"
        "  One again        harness matrix environments/jquery.matrix.yaml"
        " --only show-prices/product=3.0.0,jquery-migrate=none,viewport=1366x768"
    )


def test_a_good_matrix_is_short(tmp_path: Path) -> None:
    text = summary(tmp_path, good())
    assert text.startswith("SAME  jquery\nNo new regression in 24 cells\n\n  Cells     24 same\n")
    assert "One again" not in text


def test_an_interrupted_one_says_so(tmp_path: Path) -> None:
    text = summary(tmp_path, interrupted())
    assert text.splitlines()[1] == "1 new regression in 9 of 24 cells; the others were not run · interrupted"
    assert "Not run          in 15 cells" in text
    assert "                     10 more" in text


def test_many_failures_are_cut_and_it_is_said(tmp_path: Path) -> None:
    text = summary(tmp_path, large())
    new = text.partition("New regressions")[2].partition("Undecided")[0]
    assert new.count("step 3:") == 10
    assert "22 more in the report" in new
    assert len(text.splitlines()) < 220


def test_an_id_is_never_cut(tmp_path: Path) -> None:
    long = regression(points()[0]).model_copy(update={"id": "show-prices/" + ",".join(f"axis{n}=v" for n in range(80))})
    assert long.id in summary(tmp_path, matrix(cells=(long,)))


def test_values_stand_in_one_column_in_chinese_too(tmp_path: Path) -> None:
    lines = summary(tmp_path, matrix(), "zh").splitlines()[3:]
    starts = {columns(line) - columns(line.lstrip().split("  ", 1)[-1].lstrip()) for line in lines if line[2] != " "}
    assert len(starts) == 1

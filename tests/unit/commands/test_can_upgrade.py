"""harness can-upgrade"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import cli
from harness.evidence import MatrixFolder
from harness.model import CellResult, Environment, MatrixPlan, MatrixResult, Side, VerdictName
from tests.stories import GALLERY, leave_run
from tests.unit.matrix.made_up import cell, environment

OLD = "gallery@1.12.4"


def tried(cell_id: str, verdict: VerdictName, product: str, *plugins: str, compat: Sequence[str] = ()) -> CellResult:
    both: dict[Side, Environment] = {
        "before": environment(OLD, *plugins),
        "after": environment(product, *plugins, compat=compat),
    }
    return cell(cell_id, verdict, environments=both)


CELLS = (
    tried("show/a=1", "same", "gallery@2.2.4", "stellar@0.6.2"),
    tried("show/a=0", "same", "gallery@2.2.4", "stellar@0.6.2", compat=["migrate@3.6.0"]),
    tried("show/a=2", "regression", "gallery@3.7.1", "stellar@0.6.2"),
    tried("show/a=3", "same", "gallery@3.7.1", "stellar@0.6.2", compat=["migrate@3.6.0"]),
    tried("show/a=4", "fixed", "gallery@3.7.1"),
    tried("show/a=5", "unstable", "gallery@4.0.0"),
)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    plan = MatrixPlan(matrix="m.yaml", digest="0", cells=(), chosen=())
    folder = MatrixFolder.create(tmp_path / "runs", "m", b"", plan)
    folder.write_result(MatrixResult(name="m", cells=CELLS, started="2026-11-22T20:00:00+01:00"))
    return tmp_path / "runs"


def ask(runs: Path, *words: str) -> int:
    return cli.main(["can-upgrade", "--runs", str(runs), "--lang", "en", *words])


@pytest.mark.parametrize(
    ("words", "code", "headline"),
    [
        (["--to", "2.2.4"], 0, "Yes: it works in all 1 case(s) that were run"),
        (["--to", "3.7.1"], 1, "No: it breaks in 1 of 2 case(s) that were run"),
        (["--to", "3.7.1", "--plugin", "stellar"], 1, "No: it breaks in 1 of 1 case(s) that were run"),
        (["--to", "3.7.1", "--plugin", "stellar@0.7"], 4, "Unknown: nothing that was run is about this upgrade"),
        (["--to", "3", "--plugin", "stellar@0.6", "--compat", "migrate"], 0,
         "Yes: it works in all 1 case(s) that were run"),
        (["--to", ">=2,<3"], 0, "Yes: it works in all 1 case(s) that were run"),
        (["--to", "4"], 4, "Unknown: not every one of the 1 case(s) that were run was decided"),
        (["--to", "5"], 4, "Unknown: nothing that was run is about this upgrade"),
        (["--to", "2.2.4", "--from", "1"], 0, "Yes: it works in all 1 case(s) that were run"),
        (["--to", "2.2.4", "--from", "1.11"], 4, "Unknown: nothing that was run is about this upgrade"),
    ],
)  # fmt: skip
def test_it_answers_with_an_exit_code(
    runs: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, headline: str
) -> None:
    assert ask(runs, "--product", "gallery", *words) == code
    assert capsys.readouterr().out.splitlines()[0] == headline


def test_the_cells_that_say_so_are_named_and_what_would_help(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(runs, "--product", "gallery", "--to", "3.7.1") == 1
    (folder,) = runs.iterdir()
    assert capsys.readouterr().out.splitlines() == [
        "No: it breaks in 1 of 2 case(s) that were run",
        "  regression   show/a=2",
        "               gallery@1.12.4 + stellar@0.6.2 → gallery@3.7.1 + stellar@0.6.2",
        f"               {folder / 'cells/show/a=2/1'}",
        "  fixed        show/a=4",
        "               gallery@1.12.4 → gallery@3.7.1",
        f"               {folder / 'cells/show/a=4/1'}",
        "With a compat layer it was seen to work:",
        "  same         show/a=3",
        "               gallery@1.12.4 + stellar@0.6.2 → gallery@3.7.1 + stellar@0.6.2 + migrate@3.6.0",
        f"               {folder / 'cells/show/a=3/1'}",
    ]


def test_where_it_works_no_help_is_needed(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(runs, "--product", "gallery", "--to", "2.2.4", "--from", "1.12.4") == 0
    out = capsys.readouterr().out
    assert "show/a=1" in out
    assert "compat" not in out
    assert "show/a=0" not in out


def test_a_single_run_is_an_answer_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leave_run(tmp_path / "runs", GALLERY)
    assert ask(tmp_path / "runs", "--product", "gallery", "--to", "3.7.1") == 1
    assert "gallery-parallax × show-prices" in capsys.readouterr().out


def test_many_cases_are_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = MatrixPlan(matrix="m.yaml", digest="0", cells=(), chosen=())
    cells = tuple(tried(f"show/a={number}", "same", "gallery@2.2.4") for number in range(23))
    MatrixFolder.create(tmp_path, "m", b"", plan).write_result(MatrixResult(name="m", cells=cells))
    assert ask(tmp_path, "--product", "gallery", "--to", "2.2.4") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 20 * 3 + 1
    assert lines[-1] == "  and 3 more"


def test_json_is_one_value_and_nothing_else(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(runs, "--product", "gallery", "--to", "3.7.1", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["answer"] == "no"
    assert [one["case"] for one in found["findings"]] == ["show/a=2", "show/a=4"]
    assert [one["case"] for one in found["otherwise"]] == ["show/a=3"]
    assert found["findings"][0]["after"]["product"] == {"name": "gallery", "version": "3.7.1"}


def test_in_chinese(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(runs, "--product", "gallery", "--to", "5", "--lang", "zh") == 4
    assert not capsys.readouterr().out.isascii()


def test_without_stored_results_nothing_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(tmp_path / "nothing", "--product", "gallery", "--to", "3.7.1") == 4
    assert capsys.readouterr().out == "Unknown: nothing that was run is about this upgrade\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "newest"], "`newest` is no version\n  → write 1.2.3, a prefix (1.2), a range"),
        (["--to", ""], "`` is no version"),
        (["--to", "none"], "`@none` takes away what is there"),
        (["--to", "3", "--from", ">="], "`>=` is no version"),
        (["--to", "3", "--plugin", "a b"], "`a b` is no name@version"),
        (["--to", "3", "--plugin", "stellar@new"], "`new` is no version"),
        (["--to", "3", "--compat", ""], "`` is no name@version"),
    ],
)
def test_what_is_asked_wrongly_is_said(
    runs: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert ask(runs, "--product", "gallery", *words) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith(said)) == ("", True), err


@pytest.mark.parametrize("words", [[], ["--product", "gallery"], ["--to", "3"]])
def test_product_and_version_are_needed(runs: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        ask(runs, *words)
    assert stop.value.code == 2

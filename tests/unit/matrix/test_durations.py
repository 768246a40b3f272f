"""What cells took before."""

import json
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.matrix.durations import place, read, remember, remembered
from harness.model import MatrixResult
from tests.unit.matrix.made_up import cell, not_run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / ".harness/runs"


def test_they_lie_beside_the_runs(runs: Path) -> None:
    assert place(runs, "jquery") == runs.parent / "durations/jquery.json"


def test_cells_with_a_verdict_are_remembered_beside_those_of_earlier_runs(runs: Path) -> None:
    first = MatrixResult(
        name="m", cells=(cell("a/x=1", seconds=3.5), cell("a/x=2", "regression", seconds=7), not_run("a/x=3"))
    )
    remember(runs, first)
    assert read(place(runs, "m")) == remembered(runs, "m") == {"a/x=1": 3.5, "a/x=2": 7.0}
    remember(runs, MatrixResult(name="m", cells=(cell("a/x=2", seconds=5), cell("a/x=1", "no-verdict", seconds=90))))
    assert read(place(runs, "m")) == {"a/x=1": 3.5, "a/x=2": 5.0}
    remember(runs, MatrixResult(name="other", cells=(cell("a/x=1", seconds=1),)))
    assert read(place(runs, "m")) == {"a/x=1": 3.5, "a/x=2": 5.0}


@pytest.mark.parametrize("content", ["", "{", "[1]", "7", '{"a": null}', '{"a": "long"}', '{"a": [1]}', "\xff"])
def test_a_file_that_is_damaged_is_said_and_begins_anew(runs: Path, content: str) -> None:
    path = place(runs, "m")
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        read(path)
    assert f"{path} holds no durations: " in caught.value.into("en")
    assert remembered(runs, "m") == {}
    remember(runs, MatrixResult(name="m", cells=(cell("a/x=1", seconds=3.5),)))
    assert json.loads(path.read_text("utf-8")) == {"a/x=1": 3.5}


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no durations"):
        read(tmp_path / "nothing.json")
    assert remembered(tmp_path / "runs", "m") == {}

import argparse
import json
import shutil
from pathlib import Path

import pytest

from harness.commands import lint
from harness.errors import InputError

ROOT = Path(__file__).parents[3]
BAD = Path(__file__).parents[1] / "bad_input"


def run(*paths: Path, as_json: bool = False) -> int:
    parser = argparse.ArgumentParser()
    lint.add_arguments(parser)
    args = parser.parse_args([str(path) for path in paths])
    return lint.main(argparse.Namespace(**vars(args), lang="en", json=as_json))


def test_without_paths_the_folders_here_are_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert run() == 0
    shipped = len([*ROOT.glob("environments/**/*.yaml"), *ROOT.glob("scenarios/*.yaml")])
    assert shipped >= 15
    assert capsys.readouterr().out == f"{shipped} file(s), no problem\n"


def test_without_folders_here_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        run()


def test_every_problem_is_printed_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(BAD)
    assert run(Path("environments/unknown-product.yaml"), Path("environments"), Path("scenarios/no-steps.yaml")) == 2
    lines = capsys.readouterr().out.splitlines()
    what = "environments/unknown-product.yaml:3:19: there is no recipe for the product `shoop`"
    assert lines.count(what) == 1
    assert lines[lines.index(what) + 1] == "  → did you mean `shop`?"
    assert "scenarios/no-steps.yaml:3:8: too few: at least 1" in lines
    problems = sum(line.startswith(("environments/", "scenarios/")) for line in lines)
    wrong = len([*Path("environments").glob("*.yaml"), *Path("environments/gateways").iterdir(), "the scenario"])
    recipes = len([*Path("environments/recipes").iterdir()])  # which are good
    assert lines[-1] == f"{problems} problem(s) in {wrong} of {wrong + recipes} file(s)"


def test_json_has_the_same_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(BAD)
    assert run(Path("environments/unknown-product.yaml"), as_json=True) == 2
    assert json.loads(capsys.readouterr().out) == {
        "files": ["environments/unknown-product.yaml"],
        "problems": [
            {
                "path": "environments/unknown-product.yaml",
                "line": 3,
                "column": 19,
                "what": "there is no recipe for the product `shoop`",
                "advice": "did you mean `shop`?",
            }
        ],
    }


def test_the_kind_of_a_file_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {
        "a.yaml": "steps: 1",
        "b.yml": "server: 1",
        "c.lock.yaml": "digest: 1",
        "d.yaml": "schema: 1",
        "scenarios/e.yaml": "name: e",
        "f/recipe.yaml": "steps: 1",
        "g.yaml": "axes: 1",
        "h.matrix.yaml": "steps: 1",
        "i.yaml": "known: 1",
        "j.matrix.lock.yaml": "digest: 1",
    }
    for name, text in kinds.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert run(tmp_path) == 2
    out = capsys.readouterr().out
    assert "a.yaml:1:8: expected a list, found a number" in out
    assert "b.yml:1:9: expected a mapping, found a number" in out
    assert "c.lock.yaml:1:1: the lock" in out
    assert "d.yaml:1:1: this is no environment, matrix, scenario, recipe, lock, baseline, known issue or gateway" in out
    assert "scenarios/e.yaml:1:1: `steps` is missing" in out
    assert "f/recipe.yaml:1:1: the key `steps` is not known here" in out
    assert "g.yaml:1:7: expected a mapping, found a number" in out
    assert "h.matrix.yaml:1:1: `axes` is missing" in out
    assert "i.yaml:1:8: expected a list, found a number" in out
    assert "j.matrix.lock.yaml:1:1: the lock" in out


@pytest.mark.parametrize("path", sorted((BAD / "matrices").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_matrix_is_checked_as_far_as_its_cells(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(BAD)
    if path.stem == "too-many-cells":  # it can be run with --max-cells
        assert run(path.relative_to(BAD)) == 0
    else:
        assert run(path.relative_to(BAD)) == 2
        assert capsys.readouterr().out.startswith(path.with_suffix(".expected").read_text("utf-8"))


def test_what_belongs_to_a_product_is_not_ours_to_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(BAD / "environments/recipes/shop", tmp_path / "recipes/shop")
    (tmp_path / "recipes/shop/files").mkdir(exist_ok=True)
    (tmp_path / "recipes/shop/files/settings.yaml").write_text("anything: 1")
    assert run(tmp_path) == 0
    assert capsys.readouterr().out == "1 file(s), no problem\n"


def test_a_path_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "missing.yaml") == 2
    assert "missing.yaml:1:1: there is no such file" in capsys.readouterr().out

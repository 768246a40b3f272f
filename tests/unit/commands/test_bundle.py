"""harness bundle"""

import json
from pathlib import Path

import pytest

from harness import cli
from harness.bundle import making
from harness.evidence import RunFolder
from harness.model import Manifest
from tests.matrices import leave_matrix, matrix
from tests.unit.bundle import reproductions
from tests.unit.bundle.forging import MANIFEST
from tests.unit.bundle.reproductions import leave, project


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run, with the folder it lies in as the current one."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    left = leave(project(tmp_path / "shop"), tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    return left


def harness(*words: object, lang: str = "en") -> int:
    return cli.main(["bundle", *map(str, words), "--lang", lang])


def test_it_is_written_here_under_the_name_of_the_run(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert harness("latest", "--runs", "runs") == 0
    path = Path(f"{run.path.name}.zip")
    manifest = reproductions.manifest(path)
    assert capsys.readouterr().out == (
        f"{path}: {len(manifest.files)} files, {path.stat().st_size / 1e6:.1f} MB; "
        f"`harness replay {path}` runs it again\n"
    )


def test_it_is_written_where_one_says(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    (run.path.parent / "out").mkdir()
    assert harness(run.path, "--output", "runs/out/case.zip", lang="zh") == 0
    assert reproductions.manifest(Path("runs/out/case.zip")).name == "shop-buy"
    assert "runs/out/case.zip" in capsys.readouterr().out
    assert not list(Path().glob("*.zip"))


def test_a_file_that_is_there_already_is_replaced_as_a_whole_or_not_at_all(run: RunFolder) -> None:
    path = Path("case.zip")
    path.write_bytes(b"an older one")
    lock = (run.path / "lock.yaml").read_bytes()
    (run.path / "lock.yaml").unlink()
    assert harness(run.path, "--output", path) == 2
    assert path.read_bytes() == b"an older one"
    (run.path / "lock.yaml").write_bytes(lock)
    assert harness(run.path, "--output", path) == 0
    assert reproductions.manifest(path).name == "shop-buy"
    assert not list(Path().glob(".part*"))


@pytest.mark.parametrize("output", ["missing/case.zip", "runs", "shop/environment.yaml/case.zip"])
def test_a_place_that_cannot_be_written_to(run: RunFolder, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert harness(run.path, "--output", output) == 2
    said = capsys.readouterr()
    assert said.out == ""
    what, advice = said.err.splitlines()[-2:]
    assert what.startswith(f"{output} cannot be written: ")
    assert advice == "  → name a place that you may write to and that has room"


def test_json_is_one_value_and_nothing_else(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert harness(run.path, "--output", "case.zip", "--json") == 0
    said = capsys.readouterr()
    assert said.err == ""
    row = json.loads(said.out)
    assert (row.pop("path"), row.pop("size_bytes")) == ("case.zip", Path("case.zip").stat().st_size)
    assert Manifest.model_validate_json(json.dumps(row)) == reproductions.manifest(Path("case.zip"))


def test_json_goes_before_the_text_for_a_tracker(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert harness(run.path, "--output", "case.zip", "--json", "--issue-text") == 0
    assert json.loads(capsys.readouterr().out)["path"] == "case.zip"


def test_the_text_for_a_tracker_can_be_piped(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert harness(run.path, "--output", "case.zip", "--issue-text") == 0
    said = capsys.readouterr()
    assert said.out.startswith("## regression: shop × buy\n")
    assert "`harness replay case.zip` runs it again" not in said.out
    assert said.err.endswith("`harness replay case.zip` runs it again\n")
    assert harness(run.path, "--output", "case.zip", "--issue-text", lang="zh") == 0
    assert capsys.readouterr().out.startswith("## 回归")


@pytest.mark.parametrize(
    ("words", "extras"),
    [
        ((), []),
        (("--with-images",), ["images"]),
        (("--with-images", "--with-packages"), ["packages", "images"]),
    ],
)
def test_what_is_added(
    run: RunFolder, words: tuple[str, ...], extras: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def make(run: RunFolder, path: Path, *, extras: list[str], **more: object) -> Manifest:
        asked.append(extras)
        path.write_bytes(b"")
        return MANIFEST

    monkeypatch.setattr(making, "make", make)
    assert harness(run.path, *words) == 0
    assert asked == [extras]


def test_a_run_that_cannot_be_packed(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    (run.path / "verdict.json").unlink()
    assert harness(run.path) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "verdict.json is not there: the run did not get so far" in said.err
    assert not list(Path().glob("*.zip"))


@pytest.mark.parametrize("name", ["nowhere", "runs"])
def test_what_is_no_run(run: RunFolder, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert harness(name) == 2
    assert "name a folder of .harness/runs, or write `latest`" in capsys.readouterr().err


def test_a_folder_named_latest_is_itself(run: RunFolder) -> None:
    run.path.rename("latest")
    assert harness("latest", "--runs", "nowhere") == 0
    assert reproductions.manifest(Path("latest.zip")).name == "shop-buy"


def test_of_a_matrix_one_cell_is_packed(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_matrix(Path("matrices"), matrix())
    failing = next(cell for cell in folder.read_result().cells if cell.evidence and not cell.is_good)
    assert harness(folder.path) == 2
    assert capsys.readouterr().err == (
        f"{folder.path} is the run of a matrix; a bundle is of one of its cells\n"
        f"  → name the folder of a cell: {folder.path / failing.evidence}\n"
    )

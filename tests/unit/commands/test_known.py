"""harness known"""

import json
from pathlib import Path

import pytest

from harness import cli, run
from harness.model import Verdict
from harness.spec import known_issue_file
from tests.stories import GALLERY, SLIDES, leave_run

WRITTEN = ("--owner", "anna", "--cause", "jQuery 3", "--mend", "jquery-migrate")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def known(*words: str) -> int:
    return cli.main(["known", *words, "--lang", "en"])


def add(*words: str) -> Path:
    assert known("add", str(leave_run(Path("runs"), GALLERY).path), *words) == 0
    return Path("environments/known-issues/gallery-parallax-show-prices.yaml")


def test_a_run_becomes_an_entry(capsys: pytest.CaptureFixture[str]) -> None:
    path = add()
    assert capsys.readouterr().out == f"{path}\nstill to be written: cause, mend, owner\n"
    assert path.read_text("utf-8").startswith("# Drafted from ")
    assert known_issue_file(path).symptoms[0].fingerprint == GALLERY.verdict().fingerprint


def test_what_is_written_is_not_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    path = add(*WRITTEN, "--review", "2027-02-28")
    assert capsys.readouterr().out == f"{path}\n"
    assert str(known_issue_file(path).review) == "2027-02-28"


def test_nothing_is_left_where_there_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert known("add", str(leave_run(Path("runs"), SLIDES).path)) == 2
    assert "there is no failure to know" in capsys.readouterr().err
    assert not Path("environments").exists()


@pytest.mark.parametrize(
    ("verdict", "standing", "code"),
    [
        (SLIDES.verdict(), "gone", 1),
        (GALLERY.verdict(), "changed", 1),
        (GALLERY.verdict().model_copy(update={"verdict": "no-verdict"}), "unknown", 4),
    ],
)
def test_entries_are_run_again(
    verdict: Verdict, standing: str, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = add(*WRITTEN)
    path.write_text(path.read_text("utf-8") + "case: {environment: a.yaml, scenario: b.yaml}\n", "utf-8")

    class Done:
        def __init__(self, *args: object, **options: object) -> None:
            self.verdict = verdict

    monkeypatch.setattr(run, "reproduce", Done)
    capsys.readouterr()
    assert known("check") == 0
    assert capsys.readouterr().out == "1 not due for review yet; --all runs them too\n"
    assert known("check", "--all", "--json") == code
    (row,) = json.loads(capsys.readouterr().out)["reviews"]
    assert (row["issue"], row["standing"]) == (path.stem, standing)
    assert known("check", str(path), "--all") == code
    assert path.stem in capsys.readouterr().out


def test_a_path_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert known("check", "nowhere") == 2
    assert "there is no nowhere" in capsys.readouterr().err

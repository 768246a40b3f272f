"""harness suggest-compat"""

import json
from pathlib import Path

import pytest

from harness import cli
from harness.controls import suggesting
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import Said
from harness.model.suggestion import Mending, Recorded, Suggestion, Unmended
from tests.stories import GALLERY, SLIDES, leave_run


def found(outcome: Mending) -> Suggestion:
    return Suggestion(
        outcome=outcome,
        run="runs/1",
        environment="shop",
        scenario="look",
        said=(Said.of(Message("No answer that both sides gave has another shape.")),),
        unmended=(Unmended(endpoint="GET /rows", what=Said.of(Message("{path} is gone", path="$.a"))),) * 20,
        recorded=(Recorded(endpoint="GET /rows", step=1, shape="exact"),),
    )


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("mended", 0), ("worse", 1), ("not-mended", 1), ("nothing-to-try", 1), ("no-answer", 4)],
)
def test_the_exit_code_is_what_was_seen(
    outcome: Mending, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Path] = []

    def suggest(folder: RunFolder, **_: object) -> Suggestion:
        asked.append(folder.path)
        return found(outcome)

    monkeypatch.setattr(suggesting, "suggest", suggest)
    folder = leave_run(tmp_path, GALLERY)
    assert cli.main(["suggest-compat", "latest", "--runs", str(tmp_path), "--lang", "en"]) == code
    assert asked == [folder.path]
    out = capsys.readouterr().out
    assert "GET /rows: $.a is gone" in out
    assert "8 more in compat.json" in out
    assert cli.main(["suggest-compat", str(folder.path), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["outcome"] == outcome


def test_a_run_without_a_regression_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_run(tmp_path, SLIDES)
    assert cli.main(["suggest-compat", str(folder.path), "--lang", "en"]) == 2
    assert "there is no regression to mend" in capsys.readouterr().err


def test_the_folder_of_a_matrix_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_text("{}")
    assert cli.main(["suggest-compat", str(tmp_path), "--lang", "en"]) == 2
    assert "the folder of a matrix" in capsys.readouterr().err

"""harness reproduce"""

from pathlib import Path
from typing import Any

import pytest

from harness import cli, controls
from harness.errors import ReplicaError
from harness.language import Message
from harness.model import VerdictName
from harness.run import Result
from tests.stories import GALLERY, leave_run


@pytest.mark.parametrize(("name", "shown"), [("no-verdict", True), ("regression", False)])
def test_why_there_is_no_verdict_is_printed_with_the_end_of_the_log(
    name: VerdictName, shown: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    why = ReplicaError(Message("it ended"), Message("see its log"), log="ImportError: no url_quote")
    verdict = GALLERY.verdict().model_copy(update={"verdict": name})
    done = Result(folder=leave_run(tmp_path, GALLERY), verdict=verdict, failures=(why,))
    monkeypatch.setattr(controls, "reproduce", lambda *args, **options: done)
    cli.main(["reproduce", "a.yaml", "b.yaml", "--lang", "en"])
    printed = "it ended\n  → see its log\n  | ImportError: no url_quote\n" in capsys.readouterr().err
    assert printed is shown


def test_how_often_is_asked_for_is_passed_on_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    done = Result(folder=leave_run(tmp_path, GALLERY), verdict=GALLERY.verdict())
    monkeypatch.setattr(controls, "reproduce", lambda *args, **options: asked.update(options) or done)
    cli.main(["reproduce", "a.yaml", "b.yaml", "--repeat", "5"])
    assert (asked["repeat"], asked["command"][-1]) == (5, "--repeat=5")


@pytest.mark.parametrize("words", [("--repeat", "1"), ("--repeat", "101"), ("--repeat", "3", "--no-controls")])
def test_a_number_that_asks_for_nothing_is_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reproduce", "a.yaml", "b.yaml", *words]) == 2
    assert "--repeat" in capsys.readouterr().err

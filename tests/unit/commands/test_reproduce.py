"""harness reproduce"""

from dataclasses import replace
from pathlib import Path

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
    monkeypatch.setattr(controls, "reproduce", lambda *args, **options: replace(done))
    cli.main(["reproduce", "a.yaml", "b.yaml", "--lang", "en"])
    printed = "it ended\n  → see its log\n  | ImportError: no url_quote\n" in capsys.readouterr().err
    assert printed is shown

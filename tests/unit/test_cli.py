"""The command line: what it knows, and what becomes of errors."""

import argparse
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness import cli
from harness.errors import BuildError, EngineError, InputError, Problem
from harness.language import Message


def command(error: BaseException | None, result: int = 0) -> SimpleNamespace:
    def main(args: argparse.Namespace) -> int:
        if error:
            raise error
        return result

    return SimpleNamespace(main=main)


ARGS = argparse.Namespace(lang="en")


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main([name, "--help"])
    assert stop.value.code == 0
    assert "--lang" in capsys.readouterr().out


def test_a_wrong_option_is_wrong_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["reproduce", "--no-such-option"])
    assert stop.value.code == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError(Message("no such file")), 2),
        (EngineError(Message("no engine"), Message("start one")), 3),
        (BuildError(Message("no build"), log="the end of the log"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_becomes_words_and_an_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.bounded(command(error), ARGS) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip()
    assert "Traceback" not in said.err
    for part in ("what", "advice"):
        if getattr(error, part, None):
            assert str(getattr(error, part)) in said.err
    assert getattr(error, "log", "") in said.err


def test_every_problem_is_told_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    problems = tuple(Problem(path=Path("a.yaml"), line=n, column=3, what=Message("wrong")) for n in (1, 7))
    assert cli.bounded(command(InputError.of(problems)), ARGS) == 2
    said = capsys.readouterr().err
    assert "a.yaml:1:3: wrong" in said
    assert "a.yaml:7:3: wrong" in said


def test_our_own_fault_leaves_a_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    assert cli.bounded(command(ZeroDivisionError("oh")), ARGS) == 5
    said = capsys.readouterr().err
    assert "Traceback" not in said
    log = tmp_path / "fault.log"
    assert str(log) in said
    assert "ZeroDivisionError: oh" in log.read_text("utf-8")
    assert "Traceback" in log.read_text("utf-8")


def test_help_imports_nothing_heavy() -> None:
    script = """
import sys
from harness import cli
try:
    cli.main(["--help"])
except SystemExit:
    pass
heavy = {"docker", "testcontainers", "selenium", "pydantic", "yaml", "jinja2", "rich", "requests", "inspect"}
print("HEAVY", sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


def test_an_interruption_before_anything_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "import_module", interrupted)
    assert cli.main(["doctor"]) == 130

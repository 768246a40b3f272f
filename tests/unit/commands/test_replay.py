"""harness replay"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness import cli
from harness.bundle import Member, pack, replaying
from harness.bundle.replaying import Outcome, Replayed, Unpacked
from harness.errors import BuildError, EngineError
from harness.language import Message
from harness.model import Said
from harness.run import Result
from tests.stories import GALLERY, leave_run
from tests.unit.bundle.forging import MANIFEST
from tests.unit.bundle.reproductions import RECIPE, bundled, project

WANTS = RECIPE + "environment: {A: '${env:SHOP_KEY}', B: '${env:SHOP_HOST}'}\n"


class Ran:
    """What was run, and what becomes of it."""

    def __init__(self, tmp_path: Path) -> None:
        self.given: list[dict[str, Any]] = []
        self.outcome: Outcome = "same"
        self.differences: tuple[Said, ...] = ()
        self.failures: tuple[EngineError, ...] = ()
        self.run = leave_run(tmp_path / "runs", GALLERY)

    def __call__(self, there: Unpacked, **given: Any) -> Replayed:
        assert there.folder.exists()
        self.given.append(given)
        given["progress"].stage("", Message("replaying both sides"))
        result = Result(folder=self.run, verdict=self.run.read_verdict(), failures=self.failures)
        return Replayed(outcome=self.outcome, expected=MANIFEST.expected, result=result, differences=self.differences)

    @property
    def environ(self) -> Mapping[str, str]:
        (given,) = self.given
        environ: Mapping[str, str] = given["environ"]
        return environ


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Two bundles, one of which wants variables of our environment, and what is run of them."""
    made = Ran(tmp_path)
    monkeypatch.setattr(replaying, "replay", made)
    monkeypatch.setattr(replaying, "stand", lambda folder: None)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHOP_KEY", "battery-staple")
    monkeypatch.setenv("SHOP_HOST", "market")
    bundled(tmp_path / "plain.zip", project(tmp_path / "plain"))
    bundled(tmp_path / "wants.zip", project(tmp_path / "wants", recipe=WANTS))
    monkeypatch.chdir(tmp_path)
    return made


def harness(*words: str, lang: str = "en") -> int:
    return cli.main(["replay", *words, "--lang", lang])


def answering(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> None:
    """Somebody at a terminal who says that; None where nobody is there."""
    stdin = io.StringIO(answer or "")
    monkeypatch.setattr(stdin, "isatty", lambda: answer is not None)
    monkeypatch.setattr("sys.stdin", stdin)


# ----------------------------------------------------------------- exit codes
@pytest.mark.parametrize(
    ("outcome", "failures", "code", "said"),
    [
        ("same", (), 0, "The same verdict and the same failure as expected"),
        ("different", (), 1, "It comes to something else here"),
        ("could-not", (BuildError(Message("no")),), 3, "It could not be run here"),
    ],
)
def test_what_it_came_to(
    ran: Ran,
    capsys: pytest.CaptureFixture[str],
    outcome: Outcome,
    failures: tuple[EngineError, ...],
    code: int,
    said: str,
) -> None:
    ran.outcome, ran.failures = outcome, failures
    assert harness("plain.zip", "--yes") == code
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [said, ""]
    assert lines[2].startswith("REGRESSION  gallery-parallax × show-prices")


def test_without_a_failure_of_ours_it_is_undecided(ran: Ran) -> None:
    ran.outcome = "could-not"
    verdict = ran.run.read_verdict()
    ran.run.write_verdict(verdict.model_copy(update={"verdict": "no-verdict"}))
    assert harness("plain.zip", "--yes") == 4


def test_differences_are_said_each_on_a_line_without_control_characters(
    ran: Ran, capsys: pytest.CaptureFixture[str]
) -> None:
    ran.outcome = "different"
    ran.differences = (
        Said.of(Message("{what}: {found} here, {wanted} expected", what=Message("step"), found=4, wanted=3)),
        Said(text="{x}", values={"x": "a\x1b[2J\nb"}),
    )
    assert harness("plain.zip", "--yes", lang="zh") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "在这里得到了不同的结果"
    assert "4" in lines[1]
    assert "here" not in lines[1]
    assert lines[2:4] == ["  a b", ""]


def test_what_is_run_knows_how_it_was_called(ran: Ran) -> None:
    harness("plain.zip", "--yes", "--runs", "elsewhere")
    (given,) = ran.given
    assert (given["runs"], given["command"], given["lang"]) == (
        Path("elsewhere"), ("harness", "replay", "plain.zip"), "en",
    )  # fmt: skip


# ------------------------------------------------------------------ questions
def test_what_would_run_is_said_first(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    harness("plain.zip", "--yes")
    said = capsys.readouterr().err
    assert said.startswith("datasette-search, made by harness 0.1.0")
    assert "\n  Runs: shop --port 8000 (app)\n" in said


@pytest.mark.parametrize("answer", ["y\n", "Y\n", " yes \n", "是\n"])
def test_somebody_says_yes(ran: Ran, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    answering(monkeypatch, answer)
    assert harness("plain.zip") == 0
    assert len(ran.given) == 1


@pytest.mark.parametrize("answer", ["\n", "", "n\n", "no\n", "yess\n", "o y\n", "否\n"])
def test_anything_else_is_no_yes(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    answering(monkeypatch, answer)
    assert harness("plain.zip") == 2
    said = capsys.readouterr()
    assert (said.out, ran.given) == ("", [])
    assert said.err.endswith("Run it? [y/N] nothing was run\n")
    assert "Runs: shop --port 8000" in said.err, "what is asked about was said before"


def test_without_a_terminal_nothing_runs(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, None)
    assert harness("plain.zip") == 2
    assert capsys.readouterr().err.endswith(
        "nobody is there to say whether this may run\n  → look at it, and add --yes to run it\n"
    )
    assert ran.given == []


def test_with_json_nobody_is_asked_either(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, "y\n")
    assert harness("plain.zip", "--json") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("nobody is there to say whether this may run")
    assert ran.given == []


# ------------------------------------------------------------------ variables
def test_a_yes_given_in_advance_covers_no_variable(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    assert harness("wants.zip", "--yes") == 2
    said = capsys.readouterr().err
    assert said.endswith(
        "the bundle wants variables of your environment: SHOP_HOST, SHOP_KEY\n"
        "  → look at what becomes of them, and add --allow-env SHOP_HOST --allow-env SHOP_KEY\n"
    )
    assert "Wants your variable: SHOP_KEY: given to shop as A" in said
    assert harness("wants.zip", "--yes", "--allow-env", "SHOP_KEY") == 2
    assert "of your environment: SHOP_HOST\n" in capsys.readouterr().err
    assert harness("wants.zip", "--yes", "--json") == 2
    assert ran.given == []


def test_it_is_given_those_that_are_allowed(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    allowed = ("--allow-env", "SHOP_KEY", "--allow-env", "SHOP_HOST")
    assert harness("wants.zip", "--yes", *allowed) == 0
    assert ran.environ == {"SHOP_KEY": "battery-staple", "SHOP_HOST": "market"}
    said = capsys.readouterr()
    assert "battery-staple" not in said.out + said.err


def test_one_that_is_not_set_is_not_given(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_KEY")
    assert harness("wants.zip", "--yes", "--allow-env", "SHOP_KEY", "--allow-env", "SHOP_HOST") == 0
    assert ran.environ == {"SHOP_HOST": "market"}, "that it is missing is said with its place"


def test_it_is_given_nothing_that_it_does_not_want(ran: Ran) -> None:
    assert harness("plain.zip", "--yes", "--allow-env", "SHOP_KEY", "--allow-env", "HOME") == 0
    assert ran.environ == {}


def test_whoever_says_yes_is_told_what_is_given(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, "y\n")
    assert harness("wants.zip") == 0
    assert "Run it, and give it the values of SHOP_HOST, SHOP_KEY? [y/N] " in capsys.readouterr().err
    assert ran.environ == {"SHOP_KEY": "battery-staple", "SHOP_HOST": "market"}


# ----------------------------------------------------------------------- json
def test_json_is_one_value_and_nothing_else(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    ran.outcome = "different"
    ran.differences = (Said(text="{a} is new", values={"a": "it"}),)
    assert harness("plain.zip", "--yes", "--json") == 1
    said = capsys.readouterr()
    assert said.err == ""
    row = json.loads(said.out)
    assert (row["outcome"], row["differences"]) == ("different", ["it is new"])
    assert row["expected"] == MANIFEST.expected.model_dump(mode="json")
    assert (row["verdict"]["verdict"], row["verdict"]["environment"]) == ("regression", "gallery-parallax")
    assert set(row) == {"outcome", "expected", "differences", "verdict"}


# -------------------------------------------------------------------- refused
def test_what_is_no_bundle(ran: Ran, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no bundle")
    assert harness("text.zip", "--yes") == 2
    assert capsys.readouterr().err.startswith("text.zip is refused: ")
    assert harness("nowhere.zip", "--yes") == 2
    assert capsys.readouterr().err.startswith("nowhere.zip cannot be read: ")
    assert ran.given == []


def test_what_is_wrong_in_it_is_placed_in_it(ran: Ran, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = project(tmp_path / "broken")
    members = [member for member in broken.inputs if member.path != "scenario.yaml"]
    pack(tmp_path / "broken.zip", MANIFEST, [*members, Member(path="scenario.yaml", content=b"steps: []\n")])
    assert harness("broken.zip", "--yes") == 2
    assert "broken.zip/scenario.yaml:1:8: too few: at least 1" in capsys.readouterr().err
    assert ran.given == []


def test_nothing_is_left_of_what_was_unpacked(ran: Ran, tmp_path: Path) -> None:
    harness("plain.zip", "--yes")
    harness("wants.zip", "--yes")
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []

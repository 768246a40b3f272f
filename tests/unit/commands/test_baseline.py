"""harness baseline update"""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from harness import cli
from harness.evidence import MatrixFolder
from harness.model import CellResult
from harness.spec.baseline import baseline_file, write_baseline
from tests.unit.market import Market, market
from tests.unit.matrix.made_up import X, Y, cell, entry
from tests.unit.matrix.shards import left_by

__all__ = ["market"]  # a fixture

TODAY = date.today()
LATER, OVER = str(TODAY + timedelta(days=30)), str(TODAY - timedelta(days=1))
IDS = [f"buy/product={version}" for version in ("2.2.4", "3.10", "4.0.0")]
WHY = ("--reason", "known upstream", "--owner", "anna")
Leave = Callable[..., str]


@pytest.fixture
def leave(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Leave:
    monkeypatch.chdir(tmp_path)

    def left(cells: Sequence[CellResult], only: Sequence[str] = ()) -> str:
        plan = market.plan("axes: {upgrade.server.product: [2.2.4, 3.10, 4.0.0]}\n", only=only)
        return str(left_by(plan, Path("runs"), {one.id: one for one in cells}).path)

    return left


def update(run: str, *words: str) -> int:
    return cli.main(["baseline", "update", run, "--baseline", "known.yaml", "--lang", "en", *words])


FAILED = [cell(IDS[0], "regression"), cell(IDS[1], "unstable", Y), cell(IDS[2])]


def test_failures_of_a_run_become_known_ones(leave: Leave, capsys: pytest.CaptureFixture[str]) -> None:
    assert update(leave(FAILED), *WHY) == 0
    assert capsys.readouterr().out == "known.yaml: 2 known failure(s), 2 added, 0 dropped\n"
    ninety = str(TODAY + timedelta(days=90))
    assert baseline_file(Path("known.yaml")).known == (
        entry(IDS[0], X, expires=ninety),
        entry(IDS[1], Y, "unstable", expires=ninety),
    )


def test_the_last_day_can_be_named(leave: Leave) -> None:
    assert update(leave(FAILED), *WHY, "--expires", LATER) == 0
    assert {str(one.expires) for one in baseline_file(Path("known.yaml")).known} == {LATER}
    assert update(leave(FAILED), *WHY, "--expires", str(TODAY)) == 0


def test_what_holds_is_kept_and_what_does_not_is_dropped(leave: Leave, capsys: pytest.CaptureFixture[str]) -> None:
    holds = entry("*", X, expires=LATER, reason="kept", owner="bert")
    gone = [entry(IDS[2], expires=LATER), entry("gone", expires=LATER), entry(IDS[2], expires=OVER)]
    write_baseline(Path("known.yaml"), [*gone, holds])
    assert update(leave(FAILED), *WHY, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"path": "known.yaml", "added": 1, "dropped": 3, "known": 2}
    first, second = baseline_file(Path("known.yaml")).known
    assert first == holds
    assert (second.cells, second.reason) == (IDS[1], "known upstream")


def test_what_has_expired_and_still_fails_has_a_new_day_and_its_old_reason(leave: Leave) -> None:
    write_baseline(Path("known.yaml"), [entry(IDS[0], expires=OVER, reason="old", owner="bert")])
    assert update(leave([FAILED[0]]), "--expires", LATER) == 0
    assert baseline_file(Path("known.yaml")).known == (entry(IDS[0], expires=LATER, reason="old", owner="bert"),)


def test_a_run_of_some_cells_drops_nothing_about_the_others(leave: Leave) -> None:
    known = (entry(IDS[0], expires=LATER), entry("buy/*", Y, expires=LATER), entry(IDS[1], expires=OVER))
    write_baseline(Path("known.yaml"), known)
    assert update(leave([cell(IDS[2])], only=[IDS[2]])) == 0
    assert baseline_file(Path("known.yaml")).known == known


def test_what_changed_its_verdict_is_new(leave: Leave, capsys: pytest.CaptureFixture[str]) -> None:
    write_baseline(Path("known.yaml"), [entry(IDS[0], X, expires=LATER)])
    run = leave([cell(IDS[0], "unstable", X)])
    assert update(run) == 2
    assert capsys.readouterr().err == (
        "1 failure(s) are new; whoever accepts them says why\n  → give --reason and --owner\n"
    )
    assert update(run, *WHY) == 0
    assert [one.verdict for one in baseline_file(Path("known.yaml")).known] == ["unstable"]


@pytest.mark.parametrize("words", [[], ["--reason", "known upstream"], ["--owner", "anna"], ["--reason", "", *WHY[2:]]])
def test_whoever_accepts_a_failure_says_why(leave: Leave, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    run = leave(FAILED)
    assert update(run, *words) == 2
    assert capsys.readouterr().err.startswith("2 failure(s) are new; whoever accepts them says why")
    assert not Path("known.yaml").exists()
    write_baseline(Path("known.yaml"), [entry(expires=LATER)])
    before = Path("known.yaml").read_bytes()
    assert update(run, *words) == 2
    assert Path("known.yaml").read_bytes() == before


def test_without_new_failures_nobody_needs_a_reason(leave: Leave) -> None:
    assert update(leave([cell(IDS[0])])) == 0
    assert baseline_file(Path("known.yaml")).known == ()


def test_what_cannot_be_updated_is_said(leave: Leave, capsys: pytest.CaptureFixture[str]) -> None:
    run = leave(FAILED)
    assert update("nothing", *WHY) == 2
    assert capsys.readouterr().err.startswith("nothing is not the folder of a matrix: it has no plan.json")
    assert update(run, *WHY, "--expires", OVER) == 2
    assert capsys.readouterr().err == f"--expires {OVER} is over already\n"
    Path("known.yaml").write_text("schema: 1\nknown: [{cell: a}]\n")
    assert update(run, *WHY) == 2
    assert "known.yaml:2:10: the key `cell` is not known here\n  → did you mean `cells`?" in capsys.readouterr().err
    (MatrixFolder.open(Path(run)).path / "matrix.json").unlink()
    assert update(run, *WHY) == 2
    assert "matrix.json is not there" in capsys.readouterr().err
    assert Path("known.yaml").read_text() == "schema: 1\nknown: [{cell: a}]\n"


@pytest.mark.parametrize("words", [["--expires", "soon"], ["--expires", "31.3.2027"], ["--expires", "2027-02-30"]])
def test_what_is_no_day_is_refused(leave: Leave, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    run = leave(FAILED)
    with pytest.raises(SystemExit) as stop:
        update(run, *WHY, *words)
    assert stop.value.code == 2
    assert f"'{words[1]}' is no day, write it as 2027-03-31" in capsys.readouterr().err


def test_it_updates_and_does_nothing_else(leave: Leave) -> None:
    run = leave(FAILED)
    for words in (["remove", run, "--baseline", "known.yaml"], ["update", run], ["update", "--baseline", "known.yaml"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(["baseline", *words])
        assert stop.value.code == 2

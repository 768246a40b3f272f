"""harness merge"""

from datetime import date, timedelta
from pathlib import Path

import pytest

from harness import cli
from harness.evidence import MatrixFolder
from harness.model import VerdictName
from tests.unit.market import Market, market
from tests.unit.matrix.made_up import cell, entry
from tests.unit.matrix.shards import left_by

__all__ = ["market"]  # a fixture

TEXT = "axes: {upgrade.server.product: [2.2.4, 3.10]}\n"


def shards(market: Market, runs: Path, verdict: VerdictName = "same") -> list[str]:
    plans = [market.plan(TEXT, shard=f"{number}/2") for number in (1, 2)]
    done = {one.id: cell(one.id, verdict) for one in plans[0].cells}
    return [str(left_by(plan, runs, done).path) for plan in plans]


def merge(*words: str, runs: Path) -> int:
    return cli.main(["merge", *words, "--runs", str(runs), "--lang", "en"])


@pytest.mark.parametrize(
    ("verdict", "code"), [("same", 0), ("regression", 1), ("unstable", 4), ("no-verdict", 4), ("fixed", 0)]
)
def test_the_exit_code_is_that_of_the_whole(
    market: Market, tmp_path: Path, capsys: pytest.CaptureFixture[str], verdict: VerdictName, code: int
) -> None:
    parts = shards(market, tmp_path / "parts", verdict)
    assert merge(*parts, runs=tmp_path / "merged") == code
    (folder,) = (tmp_path / "merged").iterdir()
    assert len(MatrixFolder.open(folder).read_result().cells) == 2
    assert str(folder) in capsys.readouterr().out


def test_a_part_alone_is_not_decided(market: Market, tmp_path: Path) -> None:
    assert merge(shards(market, tmp_path / "parts")[0], runs=tmp_path / "merged") == 4


@pytest.mark.parametrize(("days", "code"), [(0, 0), (1, 0), (-1, 1)])
def test_a_baseline_knows_failures_up_to_its_last_day(market: Market, tmp_path: Path, days: int, code: int) -> None:
    parts = shards(market, tmp_path / "parts", "regression")
    known = entry(expires=str(date.today() + timedelta(days=days)))
    (tmp_path / "known.yaml").write_text(f"schema: 1\nknown: [{known.model_dump_json()}]\n")
    assert merge(*parts, "--baseline", str(tmp_path / "known.yaml"), runs=tmp_path / "merged") == code


def test_what_cannot_be_merged_is_said(
    market: Market, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = shards(market, tmp_path / "parts")
    (tmp_path / "known.yaml").write_text("schema: 1\n")
    other = str(left_by(market.plan(TEXT.replace("3.10", "3.11")), tmp_path / "parts", {}).path)
    for words, said in (
        (["nothing"], "nothing is not the folder of a matrix: it has no plan.json"),
        ([first, first], "the cell `buy/product="),
        ([first, other], f"{first} and {other} are not parts of one matrix"),
        ([first, second, "--baseline", "known.yaml"], "known.yaml:1:1: `known` is missing"),
    ):
        assert merge(*words, runs=tmp_path / "merged") == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(said)
    assert not (tmp_path / "merged").exists()
    with pytest.raises(SystemExit) as stop:
        merge(runs=tmp_path / "merged")
    assert stop.value.code == 2

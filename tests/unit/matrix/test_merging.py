"""Shards made by hand, and the result that a single run would have given."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.evidence import MatrixFolder
from harness.matrix import durations
from harness.matrix.merging import merge
from harness.matrix.planning import Plan
from harness.matrix.results import Baseline
from harness.model import CellResult, MatrixResult
from tests.unit.market import Market, market
from tests.unit.matrix.made_up import cell, entry
from tests.unit.matrix.shards import left_by

__all__ = ["market"]  # a fixture

TEXT = "axes: {upgrade.server.product: [2.2.4, 3.10, 4.0.0, 5.0.0]}\n"
IDS = [f"buy/product={version}" for version in ("2.2.4", "3.10", "4.0.0", "5.0.0")]
DONE = {
    IDS[0]: cell(IDS[0], "regression", runs=[("regression", "0" * 15 + "a")] * 2, seconds=9),
    IDS[1]: cell(IDS[1], "same", seconds=3),
    IDS[2]: cell(IDS[2], "unstable", seconds=5),
    IDS[3]: cell(IDS[3], "no-verdict", seconds=2),
}
KNOWN = Baseline(
    path="known.yaml",
    known=(
        entry(IDS[0], expires="9999-12-31"),
        entry("*", "0" * 16, expires="9999-12-31"),
        entry(IDS[1], expires="9999-12-31"),
        entry("gone", expires="9999-12-31"),
        entry("*", expires="2020-01-01"),
    ),
)
SOMETHING_ELSE = {"run_folder", "seconds", "started", "jobs", "command"}  # times and paths


def ran(
    plan: Plan, runs: Path, baseline: Baseline | None = None, done: Sequence[str] = IDS, **changes: object
) -> MatrixFolder:
    return left_by(plan, runs, {one: DONE[one] for one in done}, baseline, **changes)


def shards(market: Market, runs: Path, count: int, baseline: Baseline | None = None) -> list[MatrixFolder]:
    return [ran(market.plan(TEXT, shard=f"{n}/{count}"), runs, baseline) for n in range(1, count + 1)]


def comparable(result: MatrixResult) -> dict[str, object]:
    return result.model_dump(exclude=SOMETHING_ELSE)


# ------------------------------------------------------- equal to a single run
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("baseline", [None, KNOWN], ids=["alone", "with a baseline"])
def test_what_is_merged_equals_what_was_never_apart(
    market: Market, tmp_path: Path, count: int, baseline: Baseline | None
) -> None:
    whole = ran(market.plan(TEXT), tmp_path / "whole", baseline).read_result()
    parts = shards(market, tmp_path / "parts", count)
    merged = merge(parts[::-1], runs=tmp_path / "merged", baseline=baseline, lang="en")
    assert comparable(merged) == comparable(whole)
    assert [one.id for one in merged.cells] == IDS
    folder = MatrixFolder.open(Path(merged.run_folder))
    assert folder.read_result() == merged
    assert folder.read_plan() == market.plan(TEXT).set_out
    assert (folder.path / "matrix.yaml").read_bytes() == (market.folder / "m.matrix.yaml").read_bytes()
    assert folder.read_cells(IDS) == DONE


def test_the_baseline_of_the_shards_holds_where_merge_names_none(market: Market, tmp_path: Path) -> None:
    parts = shards(market, tmp_path / "parts", 2, KNOWN)
    merged = merge(parts, runs=tmp_path / "merged", baseline=None, lang="en")
    assert [one.known for one in merged.cells] == ["known upstream", "", "", ""]
    assert merged.baseline == "known.yaml"
    assert {(item.entry, item.why) for item in merged.stale} == {
        (KNOWN.known[2], "no-longer-failing"),
        (KNOWN.known[3], "no-such-cell"),
        (KNOWN.known[4], "expired"),
    }


def test_evidence_comes_along(market: Market, tmp_path: Path) -> None:
    parts = shards(market, tmp_path / "parts", 2)
    merged = merge(parts, runs=tmp_path / "merged", baseline=None, lang="en")
    for one in merged.cells:
        for run in one.runs:
            assert (Path(merged.run_folder) / run.folder / "evidence.txt").read_text() == f"{one.id} {run.folder}"
        assert (Path(merged.run_folder) / one.evidence / "evidence.txt").exists()
    for part in parts:
        assert all(len(list((part.path / one.runs[0].folder).iterdir())) == 1 for one in part.read_result().cells)


def test_times_and_words_are_of_all_parts(market: Market, tmp_path: Path) -> None:
    plans = [market.plan(TEXT, shard=f"{n}/2") for n in (1, 2)]
    parts = [
        ran(plans[0], tmp_path, started="2026-11-22T20:00:05+01:00", seconds=1.25, jobs=2, language="en"),
        ran(plans[1], tmp_path, started="2026-11-22T20:00:01+01:00", seconds=2.5, jobs=3, language="en"),
    ]
    merged = merge(parts, runs=tmp_path / "merged", baseline=None, lang="zh")
    assert (merged.started, merged.seconds, merged.jobs) == ("2026-11-22T20:00:01+01:00", 3.75, 3)
    assert (merged.language, merged.shard) == ("zh", "")
    assert merged.command == f"harness matrix {market.folder / 'm.matrix.yaml'}"


def test_what_cells_took_is_remembered(market: Market, tmp_path: Path) -> None:
    runs = tmp_path / "merged/runs"
    merge(shards(market, tmp_path / "parts", 2), runs=runs, baseline=None, lang="en")
    assert durations.read(durations.place(runs, "m")) == {IDS[0]: 9, IDS[1]: 3, IDS[2]: 5}


# ------------------------------------------------------------ what is not there
def test_a_shard_that_is_missing_was_not_run(market: Market, tmp_path: Path) -> None:
    parts = shards(market, tmp_path / "parts", 2)
    there = {one.id for one in parts[1].read_result().cells}
    merged = merge([parts[1]], runs=tmp_path / "merged", baseline=KNOWN, lang="en")
    assert [one.id for one in merged.cells] == IDS
    for one in merged.cells:
        assert (one == DONE[one.id]) is (one.id in there)
        assert one.id in there or (one.verdict, str(one.reason.message())) == ("no-verdict", "it was not run")
    assert merged.undecided


def test_what_a_shard_did_not_get_to_may_come_from_another(market: Market, tmp_path: Path) -> None:
    interrupted = ran(market.plan(TEXT, shard="1/2"), tmp_path, done=(), interrupted=True)
    again = ran(market.plan(TEXT), tmp_path)
    merged = merge([interrupted, again], runs=tmp_path / "merged", baseline=None, lang="en")
    assert merged.cells == tuple(DONE.values())
    assert not merged.interrupted


def test_a_run_without_a_result_is_said(market: Market, tmp_path: Path) -> None:
    part = ran(market.plan(TEXT), tmp_path)
    (part.path / "matrix.json").unlink()
    with pytest.raises(InputError, match=r"matrix\.json is not there: the run did not get so far"):
        merge([part], runs=tmp_path / "merged", baseline=None, lang="en")


# -------------------------------------------------------- what is not of a piece
def refused(parts: Sequence[MatrixFolder], runs: Path) -> str:
    with pytest.raises(InputError) as caught:
        merge(parts, runs=runs, baseline=None, lang="en")
    assert not runs.exists(), "something half-made is left"
    return caught.value.into("en")


def test_a_cell_cannot_have_two_results(market: Market, tmp_path: Path) -> None:
    whole, part = ran(market.plan(TEXT), tmp_path), ran(market.plan(TEXT, shard="1/4"), tmp_path)
    (one,) = part.read_result().cells
    assert refused([whole, part], tmp_path / "merged").startswith(
        f"the cell `{one.id}` has a result in {whole.path} and in {part.path}\n  → give all shards the same count"
    )
    assert refused([part, part], tmp_path / "merged").startswith(f"the cell `{one.id}` has a result in")


@pytest.mark.parametrize("other", ["5.1.0", "scenario"])
def test_parts_of_another_matrix_are_refused(market: Market, tmp_path: Path, other: str) -> None:
    one = ran(market.plan(TEXT, shard="1/2"), tmp_path)
    if other == "scenario":
        (market.folder / "scenarios/buy.yaml").write_text("schema: 1\nname: buy\nsteps: [open: /else]\n")
        text = TEXT
    else:
        text = TEXT.replace("5.0.0", other)
    foreign = ran(market.plan(text, shard="2/2"), tmp_path, done=IDS[:3])
    assert refused([one, foreign], tmp_path / "merged") == (
        f"{one.path} and {foreign.path} are not parts of one matrix\n"
        "  → run all shards of the same files with the same release of harness"
    )


def known_of(cells: Sequence[CellResult]) -> list[str]:
    return [one.known for one in cells]


def test_a_baseline_judges_anew_what_shards_were_held_against(market: Market, tmp_path: Path) -> None:
    parts = shards(market, tmp_path / "parts", 2, KNOWN)
    other = Baseline(path="other.yaml", known=(entry(IDS[2], verdict="unstable", expires="9999-12-31", reason="new"),))
    merged = merge(parts, runs=tmp_path / "merged", baseline=other, lang="en")
    assert known_of(merged.cells) == ["", "", "new", ""]
    assert (merged.baseline, merged.stale) == ("other.yaml", ())

"""Where cells stand, and which failures are the same."""

import shlex
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from harness.writing.standings import (
    STANDINGS,
    again,
    axes,
    evidence_path,
    grouped,
    having,
    standing,
    tally,
    tone,
    value,
    worst_first,
)
from tests.matrices import (
    AXES,
    LOAD,
    MATRICES,
    SIZE,
    TICKET,
    cell,
    good,
    including,
    large,
    matrix,
    not_run,
    one_value,
    points,
    regression,
    shard,
)

FIRST, SECOND, *_ = points()


def test_what_a_baseline_knows_and_what_was_not_run_stand_apart() -> None:
    assert standing(regression(FIRST)) == "regression"
    assert standing(regression(FIRST, known=TICKET)) == "known"
    assert standing(cell(FIRST, "no-verdict")) == "no-verdict"
    assert standing(not_run(FIRST)) == "not-run"


def test_every_cell_is_counted_once_and_the_worst_first() -> None:
    assert tally(matrix().cells) == {
        "regression": 3, "broken-both": 2, "unstable": 2, "no-verdict": 1, "not-run": 1, "known": 4, "fixed": 1,
        "same": 10,
    }  # fmt: skip
    assert list(tally(large().cells)) == [one for one in STANDINGS if one in tally(large().cells)]
    assert tally(()) == {}


def test_the_worst_comes_first_and_else_the_order_of_the_plan() -> None:
    found = worst_first(matrix().cells)
    assert [standing(one) for one in found[:3]] == ["regression"] * 3
    assert [one.id for one in found[-10:]] == [one.id for one in matrix().cells if one.verdict == "same"]


def test_the_tone_is_that_of_the_worst_that_nobody_knows() -> None:
    assert {name: tone(make()) for name, make in MATRICES.items()} == {
        "all": "regression", "good": "same", "interrupted": "regression", "shard": "regression",
        "one-axis": "regression", "one-value": "same", "including": "regression", "empty": "no-verdict",
    }  # fmt: skip
    assert tone(matrix(cells=(regression(FIRST, known=TICKET), cell(SECOND)))) == "same"
    assert tone(matrix(cells=(cell(FIRST, "fixed"), cell(SECOND)))) == "fixed"
    assert tone(matrix(cells=(not_run(FIRST), cell(SECOND)))) == "no-verdict"


# -------------------------------------------------------------------- groups
def test_the_same_failure_is_one_group_with_what_its_cells_have_in_common() -> None:
    first, second = grouped(matrix(), having(matrix(), "regression"))
    assert [one.values["viewport"] for one in first.cells] == ["1366x768", "390x844"]
    assert first.common == {"product": "3.0.0", "jquery-migrate": "none"}
    assert (first.first.error, second.first.error) == (LOAD, SIZE)
    assert second.common == {}


def test_known_failures_are_apart_by_their_reason() -> None:
    cells = (regression(FIRST), regression(SECOND, known=TICKET), *(regression(one, known="b") for one in points()[2:]))
    found = [(standing(group.first), group.first.known, len(group.cells)) for group in grouped(matrix(), cells)]
    assert found == [("regression", "", 1), ("known", "b", 22), ("known", TICKET, 1)]


def test_without_a_fingerprint_the_reason_puts_cells_together() -> None:
    cells = [not_run(one) for one in points()]
    other = cells[0].model_copy(update={"reason": cell(FIRST).reason})
    assert [len(group.cells) for group in grouped(matrix(), [*cells, other])] == [24, 1]


def test_an_axis_of_one_value_is_nothing_in_common() -> None:
    result = one_value()
    twice = (result.cells[0], result.cells[0].model_copy(update={"id": "other"}))
    (group,) = grouped(result, twice)
    assert group.common == {}


def test_what_a_cell_lacks_is_nothing_in_common() -> None:
    narrow = [regression({"product": "4.0.0"}, id=str(number)) for number in range(2)]
    (group,) = grouped(including(), narrow)
    assert group.common == {"scenario": "show-prices", "product": "4.0.0"}


@given(st.lists(st.sampled_from([*matrix().cells, *including().cells]), max_size=30))
def test_no_cell_is_lost_or_in_two_groups(cells: list[object]) -> None:
    groups = grouped(including(), cells)  # type: ignore[arg-type]  # what `sampled_from` gives
    assert sorted(one.id for group in groups for one in group.cells) == sorted(one.id for one in cells)  # type: ignore[attr-defined]
    assert all(len({(one.verdict, one.fingerprint) for one in group.cells}) == 1 for group in groups)


# ---------------------------------------------------------------------- axes
def test_the_scenario_is_an_axis_where_there_are_several() -> None:
    assert axes(matrix()) == AXES
    scenarios, product, *_ = axes(including())
    assert (scenarios.name, scenarios.labels) == ("scenario", ("show-prices", "book-a-tour"))
    assert product.labels[-1] == "4.0.0-beta"  # which only a cell of `include` has
    assert value(including().cells[-1], scenarios) == "show-prices"
    assert value(including().cells[-2], AXES[2]) == ""


# ------------------------------------------------------------------ evidence
def test_the_evidence_of_a_cell_is_where_its_first_run_lies() -> None:
    result = matrix()
    assert evidence_path(result, result.cells[0]) == f"{result.run_folder}/{result.cells[0].evidence}/report.html"
    assert evidence_path(result, not_run(FIRST)) == ""


def test_the_command_runs_that_cell_alone_whatever_it_is_called() -> None:
    odd = cell(FIRST).model_copy(update={"id": "show prices/product=[3].*,plugin=it's"})
    words = shlex.split(again(shard(), odd, cell(SECOND)))
    assert words[:3] == ["harness", "matrix", "environments/jquery.matrix.yaml"]
    assert words[3::2] == ["--only", "--only"]
    assert fnmatchcase(odd.id, words[4])
    assert words[6] == cell(SECOND).id
    assert again(good().model_copy(update={"matrix": ""}), odd) == ""

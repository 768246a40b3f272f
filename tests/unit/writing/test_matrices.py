"""The words that say what came out of a matrix."""

import pytest

from harness.model import MatrixResult
from harness.writing.matrices import (
    common_words,
    facts,
    group_title,
    group_why,
    headline,
    in_words,
    reason_words,
    sign,
    stale_words,
    step_line,
    took,
)
from harness.writing.standings import grouped, having
from tests.matrices import (
    LOAD,
    MATRICES,
    STALE,
    TICKET,
    cell,
    matrix,
    not_run,
    points,
    regression,
    shard,
    step_of,
)
from tests.stories import GALLERY

FIRST, SECOND, *_ = points()


def test_the_headline_is_one_plain_sentence() -> None:
    assert {name: str(headline(make())) for name, make in MATRICES.items()} == {
        "all": "3 new regressions in 23 of 24 cells; the others were not run",
        "good": "No new regression in 24 cells",
        "interrupted": "1 new regression in 9 of 24 cells; the others were not run",
        "shard": "1 new regression in 8 cells",
        "one-axis": "1 new regression in 6 cells",
        "one-value": "No new regression in 1 cell",
        "including": "7 new regressions in 48 of 50 cells; the others were not run",
        "empty": "No cell was run",
    }


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (matrix(cells=(cell(FIRST), cell(SECOND, "unstable"))), "No new regression, but 1 undecided, in 2 cells"),
        (matrix(cells=(cell(FIRST), regression(SECOND, known=TICKET))), "No new regression in 2 cells"),
        (matrix(cells=(not_run(FIRST), not_run(SECOND))), "No cell was run"),
    ],
)
def test_nothing_undecided_or_left_out_reads_as_a_pass(result: MatrixResult, words: str) -> None:
    assert str(headline(result)) == words


def test_a_group_says_step_layer_and_how_often() -> None:
    first, second = grouped(matrix(), having(matrix(), "regression"))
    assert group_title(first, "en") == "step 3: The parallax effect has started (client) – the same in 2 cells"
    assert group_title(second, "zh") == "第 3 步：视差效果已经启动 (client) – 1 个单元"
    assert group_why(first, "en") == LOAD
    assert list(common_words(first, "en")) == ["all have product=3.0.0, jquery-migrate=none"]


def test_a_group_without_error_says_the_reason() -> None:
    (group,) = grouped(matrix(), having(matrix(), "no-verdict"))
    assert group_title(group, "en") == "no verdict – in 1 cell"
    assert group_why(group, "en").startswith("The side after the upgrade could not be replayed to its end")


def test_what_strangers_say_goes_through_the_escape_of_the_format() -> None:
    (group,) = grouped(matrix(), having(matrix(), "known"))
    assert group_title(group, "en", str.upper) == (
        "step 3: THE PARALLAX EFFECT HAS STARTED (client) – the same in 4 cells"
    )
    assert list(common_words(group, "en", str.upper)) == [
        "all have JQUERY-MIGRATE=NONE",
        f"known: {TICKET.upper()}",
    ]
    assert [str(fact) for fact in facts(matrix(shard="a/b"), str.upper)] == ["shard A/B", "4 min 12 s", "4 at once"]


def test_a_sign_shows_what_is_known() -> None:
    cells = (cell(FIRST), regression(FIRST), regression(FIRST, known=TICKET), not_run(FIRST), cell(FIRST, "no-verdict"))
    assert [sign(one) for one in cells] == ["✓", "✗", "(✗)", "·", "?"]


def test_a_step_is_said_in_the_language_asked_for() -> None:
    assert step_line(regression(FIRST), "zh") == "第 3 步：视差效果已经启动"
    assert step_line(cell(FIRST), "zh") == ""
    bare = step_of(GALLERY, 3).model_copy(update={"descriptions": {}})
    assert step_line(regression(FIRST, step=bare), "zh") == "第 3 步：The parallax effect has started"


def test_entries_of_a_baseline_say_why_they_no_longer_count() -> None:
    assert [str(stale_words(one)) for one in STALE] == ["no longer failing", "expired on 2026-10-01"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (9.44, "9.4 s"), (59.6, "1 min 0 s"), (252.3, "4 min 12 s"), (5025, "1 h 23 min")],
)
def test_a_duration_reads_as_people_say_it(seconds: float, words: str) -> None:
    assert str(took(seconds)) == words


def test_in_words_only_the_sentences_change() -> None:
    result = matrix()
    chinese = in_words(result, "zh")
    assert chinese.language == "zh"
    assert reason_words(chinese.cells[0], "en") == "全部 5 步在升级前后都正常"
    assert [one.id for one in chinese.cells] == [one.id for one in result.cells]
    assert {one.step.description for one in chinese.cells if one.step} == {"视差效果已经启动"}
    assert MatrixResult.model_validate_json(chinese.model_dump_json()) == chinese
    assert in_words(shard(), "en").cells[0].reason.text == str(shard().cells[0].reason.message())

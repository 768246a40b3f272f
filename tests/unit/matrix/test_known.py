"""A baseline held against results: what is known, what is stale, and how it is written anew."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.matrix.known import judged, knows, stale, updated
from harness.model import CellResult, Known
from tests.unit.matrix.made_up import X, Y, Z, cell, entry, not_run

TODAY = date(2027, 3, 1)
OVER = "2027-02-28"


def is_known(one: CellResult, *known: Known) -> bool:
    (found,) = judged([one], known, TODAY)
    return bool(found.known)


def whys(cells: list[CellResult], *known: Known, ids: list[str] | None = None) -> list[str]:
    every = ids if ids is not None else [one.id for one in cells]
    return [item.why for item in stale(cells, known, every, TODAY)]


# ----------------------------------------------------------------------- known
@pytest.mark.parametrize(
    ("known", "one", "is_so"),
    [
        (entry(), cell(verdict="regression"), True),
        (entry("buy/*"), cell(verdict="regression"), True),
        (entry("buy/product=2"), cell(verdict="regression"), True),
        (entry("*product=[23]"), cell(verdict="regression"), True),
        (entry("buy/product=3"), cell(verdict="regression"), False),
        (entry("show-*"), cell(verdict="regression"), False),
        (entry("BUY/*"), cell(verdict="regression"), False),
        (entry("buy"), cell(verdict="regression"), False),
        (entry(fingerprint=Y), cell(verdict="regression"), False),
        (entry(), cell(verdict="regression", fingerprint=Y), False),
        (entry(), cell(verdict="broken-both"), False),
        (entry(), cell(verdict="unstable"), False),
        (entry(), cell(verdict="same", fingerprint=X), False),
        (entry(), cell(verdict="fixed", fingerprint=X), False),
        (entry(), cell(verdict="no-verdict", fingerprint=X), False),
        (entry(verdict="unstable"), cell(verdict="unstable"), True),
        (entry(verdict="broken-both"), cell(verdict="broken-both"), True),
        (entry(verdict="unstable"), cell(verdict="regression"), False),
        (entry(expires="2027-03-01"), cell(verdict="regression"), True),  # its last day
        (entry(expires=OVER), cell(verdict="regression"), False),
        # a cell that failed in another way, too, shows something new
        (entry(fingerprint=X), cell(verdict="regression", runs=[("regression", X), ("regression", Y)]), False),
        (entry(fingerprint=Y), cell(verdict="regression", runs=[("regression", X), ("regression", Y)]), False),
        (entry(fingerprint=Z), cell(verdict="regression", runs=[("regression", X), ("regression", Y)]), False),
        (entry(verdict="unstable"), cell(verdict="unstable", runs=[("regression", X), ("same", "")]), True),
    ],
)
def test_what_an_entry_knows(known: Known, one: CellResult, is_so: bool) -> None:
    assert is_known(one, known) is is_so


def test_the_reason_is_that_of_the_first_entry_that_counts() -> None:
    known = [entry(expires=OVER, reason="over"), entry("show-*"), entry(reason="first"), entry(reason="second")]
    assert [one.known for one in judged([cell(verdict="regression"), cell("a/b")], known, TODAY)] == ["first", ""]


def test_what_was_known_to_another_baseline_is_judged_anew() -> None:
    before = cell(verdict="regression", known="then")
    assert judged([before], [], TODAY)[0].known == ""
    assert judged([before], [entry(reason="now")], TODAY)[0].known == "now"
    assert judged([before], [entry(reason="now")], TODAY)[0].model_copy(update={"known": "then"}) == before


def test_what_failed_in_two_ways_is_known_where_both_are() -> None:
    one = cell(verdict="regression", runs=[("regression", X), ("regression", Y)])
    assert is_known(one, entry(fingerprint=X), entry(fingerprint=Y))
    assert not is_known(one, entry(fingerprint=X), entry(fingerprint=Y, expires=OVER))
    assert not is_known(one, entry(fingerprint=X), entry("gone/*", fingerprint=Y))


# ----------------------------------------------------------------------- stale
FAILING = cell("buy/a=1", "regression")
IN_TWO_WAYS = cell("buy/a=1", "regression", runs=[("regression", X), ("regression", Y)])
PASSING = cell("buy/a=2", "same")


@pytest.mark.parametrize(
    ("known", "cells", "ids", "why"),
    [
        (entry(), [FAILING], ["buy/a=1"], []),
        (entry(), [PASSING], ["buy/a=2"], ["no-longer-failing"]),
        (entry(), [FAILING, PASSING], ["buy/a=1", "buy/a=2"], []),
        (entry("buy/a=2"), [FAILING, PASSING], ["buy/a=1", "buy/a=2"], ["no-longer-failing"]),
        (entry(fingerprint=Y), [FAILING], ["buy/a=1"], ["no-longer-failing"]),
        (entry(verdict="unstable"), [FAILING], ["buy/a=1"], ["no-longer-failing"]),
        (entry("buy/a=3"), [FAILING], ["buy/a=1"], ["no-such-cell"]),
        (entry("buy/a=3"), [FAILING], ["buy/a=1", "buy/a=3"], []),  # not run now
        (entry("buy/a=1"), [not_run("buy/a=1")], ["buy/a=1"], []),
        (entry("buy/a=1"), [cell("buy/a=1", "no-verdict")], ["buy/a=1"], []),  # it told nothing
        (entry(), [PASSING], ["buy/a=1", "buy/a=2"], []),  # the other may still fail
        (entry(), [PASSING, not_run("buy/a=1")], ["buy/a=1", "buy/a=2"], []),
        (entry(), [PASSING, cell("buy/a=1", "no-verdict")], ["buy/a=1", "buy/a=2"], []),
        (entry(expires=OVER), [FAILING], ["buy/a=1"], ["expired"]),
        (entry(expires=OVER), [PASSING], ["buy/a=2"], ["expired"]),
        (entry("x", expires=OVER), [], ["buy/a=1"], ["expired"]),
        (entry(expires="2027-03-01"), [FAILING], ["buy/a=1"], []),
    ],
)
def test_what_is_stale(known: Known, cells: list[CellResult], ids: list[str], why: list[str]) -> None:
    assert whys(cells, known, ids=ids) == why


def test_stale_entries_are_named_in_the_order_of_the_file() -> None:
    known = [entry("x"), entry(), entry(fingerprint=Y)]
    found = stale([FAILING], known, iter(["buy/a=1"]), TODAY)
    assert [(item.entry, item.why) for item in found] == [
        (known[0], "no-such-cell"),
        (known[2], "no-longer-failing"),
    ]


# --------------------------------------------------------------------- updated
FRESH = entry(fingerprint=Z, reason="fresh", owner="bert", expires="2027-06-01")


def after(cells: list[CellResult], *known: Known, ids: list[str] | None = None) -> list[Known]:
    every = ids if ids is not None else [one.id for one in cells]
    return list(updated(cells, known, iter(every), today=TODAY, fresh=FRESH))


def fresh(cells: str, fingerprint: str = X, verdict: str = "regression") -> Known:
    return entry(cells, fingerprint, verdict, reason="fresh", owner="bert", expires="2027-06-01")


@pytest.mark.parametrize(
    ("cells", "known", "ids", "becomes"),
    [
        ([FAILING], [], None, [fresh("buy/a=1")]),
        ([FAILING, PASSING], [], None, [fresh("buy/a=1")]),
        ([cell("buy/a=1", "unstable", Y)], [], None, [fresh("buy/a=1", Y, "unstable")]),
        ([cell("buy/a=1", "broken-both")], [], None, [fresh("buy/a=1", X, "broken-both")]),
        ([cell("buy/a=1", "no-verdict"), cell("buy/a=2", "fixed"), not_run("buy/a=3")], [], None, []),
        ([FAILING], [entry("buy/*")], None, [entry("buy/*")]),  # it holds
        ([FAILING], [entry(fingerprint=Y)], None, [fresh("buy/a=1")]),  # another failure
        ([IN_TWO_WAYS], [], None, [fresh("buy/a=1", X), fresh("buy/a=1", Y)]),
        ([IN_TWO_WAYS], [entry(fingerprint=Y)], None, [entry(fingerprint=Y), fresh("buy/a=1", X)]),
        ([FAILING], [entry(verdict="unstable")], None, [fresh("buy/a=1")]),
        ([PASSING], [entry()], None, []),
        ([FAILING], [entry("x")], None, [fresh("buy/a=1")]),
        ([FAILING], [entry(expires=OVER)], None, [entry(expires="2027-06-01")]),  # with a new day
        ([FAILING], [entry(expires="2027-03-01")], None, [entry(expires="2027-03-01")]),  # not over yet
        ([PASSING], [entry(expires=OVER)], None, []),
        ([PASSING], [entry()], ["buy/a=1", "buy/a=2"], [entry()]),  # about another cell, too
        ([PASSING], [entry(expires=OVER)], ["buy/a=1", "buy/a=2"], [entry(expires=OVER)]),
        ([cell("buy/a=1", "no-verdict")], [entry()], None, [entry()]),
        ([FAILING], [entry(), entry(), entry("buy/*")], None, [entry(), entry("buy/*")]),  # each once
    ],
)
def test_what_a_baseline_becomes(
    cells: list[CellResult], known: list[Known], ids: list[str] | None, becomes: list[Known]
) -> None:
    assert after(cells, *known, ids=ids) == becomes


# ------------------------------------------------------------------ properties
ids = st.sampled_from([f"{scenario}/a={n}" for scenario in ("buy", "show") for n in range(3)])
prints = st.sampled_from([X, Y, Z])
failures = st.sampled_from(["regression", "broken-both", "unstable"])
results = st.lists(
    st.one_of(
        st.builds(cell, ids, failures, prints),
        st.builds(cell, ids, st.sampled_from(["same", "fixed", "no-verdict"])),
        st.builds(not_run, ids),
        st.builds(
            lambda one, a, b: cell(one, "regression", a, runs=[("regression", a), ("regression", b)]),
            ids,
            prints,
            prints,
        ),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
days = st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)).map(str)
baselines = st.lists(
    st.builds(entry, st.one_of(ids, st.sampled_from(["*", "buy/*", "*=1", "gone/*"])), prints, failures, days),
    max_size=5,
)
more = st.lists(ids, max_size=3)


@given(results, baselines, more)
def test_a_known_failure_hides_nothing_else(cells: list[CellResult], known: list[Known], others: list[str]) -> None:
    """Only a failure with its fingerprint, its verdict and an id that it matches, up to its last day."""
    for one in judged(cells, known, TODAY):
        seen = {one.fingerprint, *(run.fingerprint for run in one.runs if run.fingerprint)}
        whose = [item for item in known if item.verdict == one.verdict and item.fingerprint in seen]
        alive = {item.fingerprint for item in whose if item.expires >= TODAY and knows(item, one)}
        assert bool(one.known) is (alive == seen)
        if one.known:
            assert one.verdict in ("regression", "broken-both", "unstable")


@given(results, baselines, more)
def test_after_an_update_nothing_is_unknown_and_nothing_untrue(
    cells: list[CellResult], known: list[Known], others: list[str]
) -> None:
    every = [*(one.id for one in cells), *others]
    new = after(cells, *known, ids=every)
    for one in judged(cells, new, TODAY):
        assert bool(one.known) is (one.verdict in ("regression", "broken-both", "unstable"))
    assert set(whys(cells, *new, ids=every)) <= {"expired"}
    assert after(cells, *new, ids=every) == new


@given(results, baselines, more)
def test_an_update_forgets_nothing_about_cells_that_told_nothing(
    cells: list[CellResult], known: list[Known], others: list[str]
) -> None:
    every = [*(one.id for one in cells), *others]
    told = {one.id for one in cells if one.runs and one.verdict != "no-verdict"}
    new = after(cells, *known, ids=every)
    for item in known:
        if any(knows(item, cell(one, item.verdict, item.fingerprint)) for one in set(every) - told):
            assert any(item.model_copy(update={"expires": one.expires}) == one for one in new)

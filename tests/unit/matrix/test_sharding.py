"""Shares of cells that are alike in what their cells took."""

from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.matrix.sharding import share_of

seconds = st.floats(min_value=0.01, max_value=10_000)


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[str], dict[str, float], int]:
    """Ids, what some of them and of others took, and a count of shards."""
    ids = draw(st.lists(st.text("abc/=,.12", min_size=1, max_size=8), unique=True, min_size=1, max_size=40))
    known = draw(st.dictionaries(st.sampled_from([*ids, "gone/product=1"]), seconds, max_size=40))
    return ids, known, draw(st.integers(1, len(ids)))


def shares(ids: list[str], durations: dict[str, float], count: int) -> list[frozenset[str]]:
    return [share_of(ids, durations, number, count) for number in range(1, count + 1)]


@given(questions())
def test_every_id_is_in_one_share_and_no_share_is_empty(question: tuple[list[str], dict[str, float], int]) -> None:
    ids, known, count = question
    found = shares(ids, known, count)
    assert sorted(one for share in found for one in share) == sorted(ids)
    assert all(found)


@given(questions(), st.randoms())
def test_the_answer_is_the_same_everywhere(question: tuple[list[str], dict[str, float], int], random: Random) -> None:
    ids, known, count = question
    other, items = list(ids), list(known.items())
    random.shuffle(other)
    random.shuffle(items)
    assert shares(ids, known, count) == shares(other, dict(items), count)


@given(questions())
def test_shares_differ_by_no_more_than_the_longest_cell(question: tuple[list[str], dict[str, float], int]) -> None:
    ids, known, count = question
    usual = mean([known[one] for one in ids if one in known] or [1.0])
    cost = {one: known.get(one, usual) for one in ids}
    loads = [sum(cost[one] for one in share) for share in shares(ids, known, count)]
    assert max(loads) - min(loads) <= max(cost.values()) * (1 + 1e-9)


def test_the_longest_go_first_each_to_the_share_that_has_least() -> None:
    took = {"a": 7.0, "b": 6.0, "c": 5.0, "d": 4.0, "e": 3.0}
    assert shares(list("abcde"), took, 2) == [frozenset("ade"), frozenset("bc")]
    assert shares(list("abcde"), took, 3) == [frozenset("a"), frozenset("be"), frozenset("cd")]
    assert shares(list("abc"), {"a": 0.2, "b": 0.5, "c": 0.3}, 2) == [frozenset("b"), frozenset("ac")]


def test_without_durations_shares_are_alike_in_number() -> None:
    assert sorted(len(share) for share in shares([f"{n}" for n in range(10)], {}, 3)) == [3, 3, 4]


@pytest.mark.parametrize("nothing", [0.0, -5.0, float("nan")])
def test_a_cell_of_which_nothing_is_known_is_taken_for_the_mean(nothing: float) -> None:
    took = {"a": 10.0, "b": 20.0, "c": nothing}
    assert shares(["a", "b", "c"], took, 2) == shares(["a", "b", "c"], {"a": 10.0, "b": 20.0, "c": 15.0}, 2)
    assert shares(["a", "b", "c", "d"], took, 2) == [frozenset("ba"), frozenset("cd")]


def test_durations_of_other_cells_do_not_matter() -> None:
    assert shares(list("abc"), {"a": 1.0, "x": 1000.0}, 2) == shares(list("abc"), {"a": 1.0}, 2)

"""Strategies and budgets over made-up axes."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.matrix.combining import POINTS_MAX, TooMany, combine, spread, within
from harness.model import STRATEGIES, Axis

Entries = Sequence[Mapping[str, Sequence[str]]]


def axis(name: str, *labels: str) -> Axis:
    return Axis(path=f"server.{name}", name=name, labels=labels)


AXES = (axis("upgrade.product", "1", "2", "3"), axis("plugin", "a", "b"), axis("os", "x", "y"))


@st.composite
def questions(draw: st.DrawFn) -> tuple[tuple[Axis, ...], Entries]:
    """Up to four axes, whose names may have dots in them, and up to three exclusions."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    axes = tuple(axis(f"a.{n}" if n % 2 else f"a{n}", *map(str, range(size))) for n, size in enumerate(sizes))
    entry = st.lists(st.sampled_from(axes), min_size=1, max_size=3, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries(
            {one.name: st.lists(st.sampled_from(one.labels), min_size=1, max_size=3, unique=True) for one in chosen}
        )
    )
    return axes, draw(st.lists(entry, max_size=3))


def everything(axes: Sequence[Axis], exclude: Entries) -> list[dict[str, str]]:
    points = [dict(zip([one.name for one in axes], row, strict=True)) for row in product(*(one.labels for one in axes))]
    return [p for p in points if not any(all(p[name] in labels for name, labels in e.items()) for e in exclude)]


@settings(deadline=None)
@given(questions())
def test_all_is_the_product_without_what_is_excluded(question: tuple[tuple[Axis, ...], Entries]) -> None:
    axes, exclude = question
    assert combine(axes, "all", exclude) == everything(axes, exclude)


@settings(deadline=None, max_examples=300)
@given(questions(), st.sampled_from([("pairwise", 2), ("each-once", 1)]))
def test_a_covering_array_covers_what_can_be_covered(
    question: tuple[tuple[Axis, ...], Entries], way: tuple[str, int]
) -> None:
    """Every pair (or value) that is in any point at all is in one of those that are taken; none is excluded."""
    axes, exclude = question
    strategy, strength = next(s for s in STRATEGIES if s == way[0]), min(way[1], len(axes))
    allowed, taken = everything(axes, exclude), combine(axes, strategy, exclude)
    assert all(point in allowed for point in taken)
    assert len(taken) <= len(allowed)
    for names in combinations([one.name for one in axes], strength):
        possible = {tuple(point[name] for name in names) for point in allowed}
        assert {tuple(point[name] for name in names) for point in taken} == possible
    assert taken == [point for point in allowed if point in taken], "in the order of the axes"
    assert taken == combine(axes, strategy, exclude)


def test_pairwise_is_much_less_than_all() -> None:
    axes = tuple(axis(f"a{n}", *"12345") for n in range(4))
    assert len(combine(axes, "all", ())) == 625
    assert len(combine(axes, "pairwise", ())) <= 45
    assert len(combine(axes, "each-once", ())) == 5


def test_more_points_than_anybody_would_run_are_refused() -> None:
    axes = tuple(axis(f"a{n}", *map(str, range(30))) for n in range(3))
    with pytest.raises(TooMany) as caught:
        combine(axes, "all", ())
    assert caught.value.count == 27_000 > POINTS_MAX


# -------------------------------------------------------------------- budgets
@settings(deadline=None)
@given(questions(), st.integers(1, 30))
def test_a_budget_keeps_some_of_the_points_in_their_order(
    question: tuple[tuple[Axis, ...], Entries], budget: int
) -> None:
    axes, exclude = question
    points = combine(axes, "all", exclude)
    kept = within(budget, points, axes)
    assert len(kept) == min(budget, len(points))
    assert kept == [point for point in points if point in kept]


@settings(deadline=None)
@given(questions(), st.integers(2, 30))
def test_a_budget_keeps_the_first_and_the_last_of_every_axis(
    question: tuple[tuple[Axis, ...], Entries], budget: int
) -> None:
    axes, _ = question
    kept = within(budget, combine(axes, "all", ()), axes)
    for one in axes:
        assert {one.labels[0], one.labels[-1]} <= {point[one.name] for point in kept}


@settings(deadline=None)
@given(questions(), st.integers(1, 12))
def test_a_budget_takes_what_tells_most_next(question: tuple[tuple[Axis, ...], Entries], budget: int) -> None:
    """The ends of axes first, then what lies between, the middle first; of equals the one nearest to the ends."""
    axes, exclude = question
    points = combine(axes, "all", exclude)
    ranks = {(one.name, label): rank for one in axes for rank, label in enumerate(spread(one.labels))}
    taken: list[dict[str, str]] = []

    def merit(point: dict[str, str]) -> tuple[int, Fraction, int, int, int]:
        covered = {item for other in taken for item in other.items()}
        new = [ranks[item] for item in point.items() if item not in covered]
        found = [ranks[item] for item in point.items()]
        between = sum((Fraction(1, rank) for rank in new if rank > 1), Fraction(0))
        return sum(rank < 2 for rank in new), between, -max(found), -sum(found), -points.index(point)

    while len(taken) < min(budget, len(points)):
        taken.append(max((point for point in points if point not in taken), key=merit))
    assert within(budget, points, axes) == [point for point in points if point in taken]


def test_what_lies_between_is_spread() -> None:
    versions = axis("version", *map(str, range(1, 10)))
    points = combine((versions,), "all", ())
    assert [point["version"] for point in within(2, points, (versions,))] == ["1", "9"]
    assert [point["version"] for point in within(3, points, (versions,))] == ["1", "5", "9"]
    assert [point["version"] for point in within(5, points, (versions,))] == ["1", "3", "5", "7", "9"]


def test_what_is_left_of_a_budget_goes_to_the_corners() -> None:
    axes = (axis("a", *"123"), axis("b", *"123"))
    kept = within(5, combine(axes, "all", ()), axes)
    assert {(point["a"], point["b"]) for point in kept} == {("1", "1"), ("1", "3"), ("2", "2"), ("3", "1"), ("3", "3")}


@given(st.lists(st.text(min_size=1), unique=True, max_size=40))
def test_spread_is_a_permutation_that_begins_with_the_ends(labels: list[str]) -> None:
    order = spread(labels)
    assert sorted(order) == sorted(labels)
    if len(labels) > 1:
        assert order[:2] == [labels[0], labels[-1]]

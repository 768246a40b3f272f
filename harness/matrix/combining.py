"""Which points of the axes become cells: all of them, a covering array, or what a budget leaves. Pure."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heapreplace
from itertools import product
from math import prod

from harness.model import Axis, Strategy

Point = dict[str, str]  # name of an axis -> label
POINTS_MAX = 20_000
STRENGTH: Mapping[Strategy, int] = {"pairwise": 2, "each-once": 1}


class TooMany(Exception):
    """There are more points than anybody would run; ``count`` says how many."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


def combine(axes: Sequence[Axis], strategy: Strategy, exclude: Sequence[Mapping[str, Sequence[str]]]) -> list[Point]:
    """The points that a strategy takes, in the order of the axes; every one an entry of ``exclude``
    matches is left out, and a covering array (`pairwise`: every pair of values of two axes;
    `each-once`: every value) is made of the others. TooMany beyond ``POINTS_MAX``."""
    if strategy == "all":
        count = prod(len(axis.labels) for axis in axes)
        if count > POINTS_MAX:
            raise TooMany(count)
        points = [
            dict(zip([axis.name for axis in axes], labels, strict=True))
            for labels in product(*(axis.labels for axis in axes))
        ]
        return [point for point in points if not any(_matches(point, entry) for entry in exclude)]
    return _covering(axes, min(STRENGTH[strategy], len(axes)), exclude)


def _covering(axes: Sequence[Axis], strength: int, exclude: Sequence[Mapping[str, Sequence[str]]]) -> list[Point]:
    from covertable import make

    indexes = {axis.name: index for index, axis in enumerate(axes)}
    rows = make(
        [list(range(len(axis.labels))) for axis in axes],
        strength=strength,
        constraints=[_unless(entry, axes, indexes) for entry in exclude],
    )
    return [
        {axis.name: axis.labels[place] for axis, place in zip(axes, row, strict=True)}
        for row in sorted(set(map(tuple, rows)))  # with constraints it says some twice
    ]


def _matches(point: Point, entry: Mapping[str, Sequence[str]]) -> bool:
    return all(point[name] in labels for name, labels in entry.items())


def _unless(entry: Mapping[str, Sequence[str]], axes: Sequence[Axis], indexes: Mapping[str, int]) -> dict[str, object]:
    """What ``exclude`` says, as a condition of the library: one of the values is another."""
    others = [
        {
            "operator": "in",
            "left": indexes[name],
            "values": [place for place, label in enumerate(axes[indexes[name]].labels) if label not in labels],
        }
        for name, labels in entry.items()
    ]
    return {"operator": "or", "conditions": others}


def within(budget: int, points: Sequence[Point], axes: Sequence[Axis]) -> list[Point]:
    """At most ``budget`` of the points, in their order: those that cover the first and the last value of
    every axis, then those that cover what lies between, the middle first; then the corners."""
    if len(points) <= budget:
        return list(points)
    ranks = {axis.name: dict(zip(spread(axis.labels), range(len(axis.labels)), strict=True)) for axis in axes}
    open_values = {(name, label): _weight(rank) for name, labels in ranks.items() for label, rank in labels.items()}
    kept: list[int] = []

    def demerit(index: int) -> tuple[Fraction, int, int, int]:
        found = [ranks[name][label] for name, label in points[index].items() if name in ranks]
        news = sum((open_values.get(item, Fraction(0)) for item in points[index].items()), Fraction(0))
        return -news, max(found, default=0), sum(found), index

    heap = [demerit(index) for index in range(len(points))]
    heapify(heap)
    while len(kept) < budget:
        best = heap[0][-1]
        if heap[0] < (now := demerit(best)):  # what was new about it others have covered since
            heapreplace(heap, now)
            continue
        heappop(heap)
        for item in points[best].items():
            open_values.pop(item, None)
        kept.append(best)
    return [points[index] for index in sorted(kept)]


def _weight(rank: int) -> Fraction:
    """An extreme of an axis counts more than all that lies between extremes."""
    return Fraction(1_000_000) if rank < 2 else Fraction(1, rank)


def spread(labels: Sequence[str]) -> list[str]:
    """The values of an axis in the order in which they tell most: first, last, middle, quarters …"""
    order = dict.fromkeys([0, len(labels) - 1] if labels else [])
    parts = 2
    while len(order) < len(labels):
        order |= dict.fromkeys(round((len(labels) - 1) * Fraction(part, parts)) for part in range(1, parts))
        parts *= 2
    return [labels[index] for index in order]

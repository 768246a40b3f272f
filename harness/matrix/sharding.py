"""Which cells a shard runs: shares that are alike in what their cells took before. Pure."""

from collections.abc import Mapping, Sequence
from statistics import mean


def share_of(ids: Sequence[str], durations: Mapping[str, float], number: int, count: int) -> frozenset[str]:
    """The ids of shard ``number`` (from 1) of ``count``: the longest first, each to the share that has
    least so far. Every id is in one share; the same question has the same answer on every machine.

    ``durations`` are seconds by id; an id without one is taken for the mean of the others.
    """
    known = {one: durations[one] for one in ids if durations.get(one, 0) > 0}
    usual = mean(known.values()) if known else 1.0
    cost = {one: known.get(one, usual) for one in ids}
    shares: list[list[str]] = [[] for _ in range(count)]
    loads = [0.0] * count
    for one in sorted(ids, key=lambda one: (-cost[one], one)):
        least = min(range(count), key=lambda index: (loads[index], index))
        shares[least].append(one)
        loads[least] += cost[one]
    return frozenset(shares[number - 1])

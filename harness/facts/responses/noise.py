"""Changes of answers that equal runs have, too, are none of the upgrade's. Pure."""

from collections.abc import Iterable

from harness.facts.responses.paths import read
from harness.model import ResponseChange

Place = tuple[str, ...]  # "response", endpoint, part, and the path in it


def noise_of(changes: Iterable[ResponseChange]) -> frozenset[Place]:
    """The places of ``changes`` between runs of one and the same set-up."""
    return frozenset(map(_place, changes))


def quiet(changes: Iterable[ResponseChange], noise: frozenset[Place]) -> tuple[ResponseChange, ...]:
    """``changes`` without those at a place of ``noise``, or below one."""
    return tuple(one for one in changes if not _is_noise(_place(one), noise))


def _is_noise(place: Place, noise: frozenset[Place]) -> bool:
    return any(place[:length] in noise for length in range(3, len(place) + 1))


def _place(change: ResponseChange) -> Place:
    path = (part or "*" for part in read(change.path)) if change.part == "body" else (change.path,)
    return ("response", change.endpoint, change.part, *path)

"""Differences that equal runs have, too, are none of the upgrade's. Pure."""

from collections.abc import Iterable

from harness.facts import identity
from harness.facts.responses.paths import Path, read
from harness.model import Difference


def without_noise(differences: Iterable[Difference], again: Iterable[Difference]) -> tuple[Difference, ...]:
    """``differences`` without what ``again``, the differences between runs of one and the same set-up, have.

    Of answers: whatever changes at a place, or above it, is noise there. Of all else: the same words of the same
    kind, at whatever step and on whichever side. Steps are never noise.
    """
    again = list(again)
    same = {_same(one) for one in again if one.response is None}
    places = {_place(one) for one in again if one.response is not None}
    return tuple(one for one in differences if one.kind == "step" or not _is_noise(one, same, places))


def _is_noise(one: Difference, same: set[tuple[str, ...]], places: set[tuple[str, str, Path]]) -> bool:
    if one.response is None:
        return _same(one) in same
    endpoint, part, path = _place(one)
    above = (path[:length] for length in range(len(path), -1, -1))
    return any((endpoint, part, place) in places for place in above)


def _same(one: Difference) -> tuple[str, ...]:
    where = identity.of_text(one.where) if one.kind == "request" else ""
    return one.kind, identity.of_text(one.text), where


def _place(one: Difference) -> tuple[str, str, Path]:
    if one.response is None:
        return "", "", ()
    change = one.response
    return change.endpoint, change.part, read(change.path) if change.part == "body" else (change.path,)

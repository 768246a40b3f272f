"""Headers and statuses of answers before and after an upgrade, to what a gateway does to give the old ones. Pure.

A header that is gone comes back where the answer still holds what it said: under another header's name, or as one
value of the body. What nobody says any more is not made up.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.facts.responses.diffing import Change
from harness.facts.responses.endpoints import statuses
from harness.facts.responses.paths import Path, written
from harness.model import Request
from harness.transforms import text_of

DEPTH_MAX = 4
_TRIVIAL = frozenset({"", "0", "1", "true", "false"})  # that could be the same by chance
_OF_TOTALS = re.compile(r"total|count|items|size|number_?of", re.IGNORECASE)
_TO_BROWSERS = "access-control-"  # what tells a browser what it may do, and nothing else
_WITH_BODY = range(200, 300)
_NO_BODY = frozenset({204, 205})


def header(change: Change, old: Sequence[Request], new: Sequence[Request]) -> Any:
    """What gives a header that is gone, as ``model.gateway`` has it; None where nothing does."""
    name = change.path[0] or ""
    said = {one.response_headers.get(name) for one in old}
    if None in said:
        return None
    if name.startswith(_TO_BROWSERS):
        return next(iter(said)) if len(said) == 1 and "{" not in str(*said) else None
    values = {str(value) for value in said}
    elsewhere = [
        other
        for other in sorted(set.intersection(*({*one.response_headers} for one in new)))
        if {one.response_headers[other] for one in new} == values and other not in old[0].response_headers
    ]
    if len(elsewhere) == 1 and not values <= _TRIVIAL:
        return {"header": elsewhere[0]}
    found = list(_said_in_bodies(values, [one.body for one in new]))
    named = [path for path in found if _OF_TOTALS.search(path[-1] or "")]
    chosen = named if len(named) == 1 else found if len(found) == 1 and not values <= _TRIVIAL else []
    return {"from": written(chosen[0])} if chosen else None


def status(old: Sequence[Request], new: Sequence[Request]) -> int | None:
    """The status that all good answers had, where all have one other now that says as much."""
    was, now = statuses(old), statuses(new)
    if len(was) != 1 or len(now) != 1 or was == now:
        return None
    both = {*was, *now}
    return next(iter(was)) if all(one in _WITH_BODY for one in both) and not both & _NO_BODY else None


def _said_in_bodies(values: set[str], bodies: Sequence[Any]) -> Iterator[Path]:
    """Where every body says what the headers said, and nothing else."""
    told = [dict(_scalars(body)) for body in bodies]
    for path in told[0] if told else ():
        if all(path in one for one in told) and {one[path] for one in told} == values:
            yield path


def _scalars(value: Any, path: Path = ()) -> Iterable[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items() if len(path) < DEPTH_MAX else ():
            yield from _scalars(inner, (*path, name))
    elif path and (text := text_of(value)) is not None:
        yield path, text

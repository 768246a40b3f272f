"""Where the code of a page's errors stood before it was bundled: by the source maps (ECMA-426) that the product serves.

At the end of a replay the scripts on the stacks are asked for once more, and the maps that they name. What the maps say
of the stacks is in the trace, so that reports need no replica. Only the product itself is asked, within ``LIMIT_S``;
a map that is wrong, huge or not there maps nothing.
"""

from collections.abc import Iterable, Sequence
from time import monotonic
from urllib.parse import urljoin, urlsplit

from harness.facts.owners import frames
from harness.model import ConsoleMessage, Mapped, Observation, ScriptError
from harness.sourcemaps.finding import Found, found
from harness.sourcemaps.lookup import Place, looked_up
from harness.sourcemaps.serving import Served

LIMIT_S = 5.0
SCRIPTS_MAX = 10
FRAMES_MAX = 20  # of one error
ERRORS_MAX = 100
SOURCE_MAX = 300  # characters of a file's name

__all__ = ["Served", "mapped"]


def mapped(observations: Sequence[Observation], served: Served) -> list[Mapped]:
    """One for each place on a stack that a map knows."""
    places = _places(observations, served)
    scripts = list(dict.fromkeys(url for url, _, _ in places))[:SCRIPTS_MAX]
    if not scripts:
        return []
    deadline = monotonic() + LIMIT_S
    maps = {url: one for url in scripts if (one := found(url, served, deadline))}
    asked = {url: [Place(line=line, column=column) for one, line, column in places if one == url] for url in maps}
    answers = looked_up({url: (one.text, asked[url]) for url, one in maps.items()}, deadline)
    return [
        Mapped(
            step=places[url, place.line, place.column].step,
            time_s=places[url, place.line, place.column].time_s,
            url=url,
            line=place.line,
            column=place.column,
            source=_source(answer.source, answer.root, maps[url]),
            source_line=answer.line,
            source_column=answer.column,
            name=answer.name[:SOURCE_MAX],
        )
        for (url, place), answer in answers.items()
    ]


_Error = ScriptError | ConsoleMessage


def _places(observations: Iterable[Observation], served: Served) -> dict[tuple[str, int, int], _Error]:
    """The places on the stacks of errors whose script the product serves, with the first error of each."""
    places: dict[tuple[str, int, int], _Error] = {}
    errors = [item for item in observations if isinstance(item, ScriptError) or _is_error(item)]
    for error in errors[:ERRORS_MAX]:
        assert isinstance(error, (ScriptError, ConsoleMessage))
        for frame in frames(error.stack, f"{error.url}:{error.line}:{error.column}")[:FRAMES_MAX]:
            url, line, column = frame.rsplit(":", 2)
            if served.serves(url) and line.isdecimal() and column.isdecimal():
                places.setdefault((url, int(line), int(column)), error)
    return places


def _is_error(item: Observation) -> bool:
    return isinstance(item, ConsoleMessage) and item.level == "error"


def _source(source: str, root: str, one: Found) -> str:
    """The file as an address: what is relative is so to its root, and that to the map."""
    whole = source if urlsplit(source).scheme or not root else f"{root.rstrip('/')}/{source}"
    return urljoin(one.url, whole)[:SOURCE_MAX]

"""Places on stacks as they were before a build put files together, where source maps told. Pure."""

import re
from collections.abc import Mapping

from harness.model import Mapped, Trace

Maps = Mapping[str, Mapped]  # by `url:line:column` as it was served
_PLACE = re.compile(r"https?:[^\s()]+:\d+:\d+")


def maps_of(trace: Trace) -> Maps:
    return {f"{item.url}:{item.line}:{item.column}": item for item in trace.observations if isinstance(item, Mapped)}


def original(place: str, maps: Maps) -> str:
    """The place in the source, as `file:line:column`; as it is where no map knows it."""
    known = maps.get(place)
    return f"{known.source}:{known.source_line}:{known.source_column}" if known else place


def translated(stack: str, maps: Maps) -> str:
    """A stack that names the places in the sources, each with where that was served."""

    def both(found: re.Match[str]) -> str:
        source = original(found[0], maps)
        return found[0] if source == found[0] else f"{source} ← {found[0]}"

    return _PLACE.sub(both, stack) if maps else stack

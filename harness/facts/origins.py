"""Where an error comes from: the exception, the file that raised it, and what of the environment that is. Pure."""

import re
from collections.abc import Sequence

from harness.facts.owners import Owner, frames, owner_of
from harness.facts.packages import is_own, owner_of_file, package_of
from harness.facts.sources import Maps, original
from harness.facts.tracebacks import Frame, Raised, parsed
from harness.model import Origin

_CLASS = re.compile(r"^(?:Uncaught )?(?:\(in promise\) )?([A-Z]\w*(?:Error|Exception))\b")
_MODULES = re.compile(r"/node_modules/(@[^/]+/[^/]+|[^@/][^/]*)")
_PLACE = re.compile(r"^(.*?):(\d+)(?::\d+)?$")


def of_server(lines: Sequence[str], owners: Sequence[Owner]) -> Origin | None:
    """Of a traceback in a log or in what a command printed; None where there is none."""
    raised = parsed(lines)
    if not raised:
        return None
    last = raised[-1]
    frame = _innermost(last)
    owner = owner_of_file(frame, last.tongue, owners) if frame else None
    package = package_of(frame, last.tongue) if frame else ""
    if frame and owner is None and not package and not is_own(frame, last.tongue):
        owner = next((one for one in owners if one.role == "product"), None)  # no package: the product's own files
    calling = _caller(raised, owners) if owner is None or owner.role == "product" else None
    return Origin(
        exception=last.exception,
        began_as=raised[0].exception if raised[0].exception != last.exception else "",
        file=frame.file if frame else "",
        line=frame.line if frame else None,
        package=owner.label if owner else package,
        role=owner.role if owner else ("library" if package else None),
        caller=calling.label if calling else "",
    )


def of_page(text: str, stack: str, where: str, owners: Sequence[Owner], maps: Maps | None = None) -> Origin | None:
    """Of an error of a page; None where neither its class nor a place is known."""
    found = _CLASS.match(text)
    places = [original(place, maps or {}) for place in frames(stack, where) if place]
    if not found and not places:
        return None
    owned = [(place, owner) for place in places if (owner := owner_of(place, owners))]
    first = places[0] if places else ""
    owner = owned[0][1] if owned and owned[0][0] == first else None
    modules = _MODULES.findall(first)
    calling = next((one for _, one in owned if one.role in ("plugin", "compat")), None)
    place = _PLACE.match(first)
    return Origin(
        exception=found[1] if found else "",
        file=place[1] if place else first,
        line=int(place[2]) if place else None,
        package=owner.label if owner else (modules[-1] if modules else ""),
        role=owner.role if owner else ("library" if modules else None),
        caller=calling.label if calling and calling is not owner else "",
    )


def _innermost(raised: Raised) -> Frame | None:
    """The innermost frame that is not the language's own, if there is one."""
    other = (frame for frame in raised.frames if not is_own(frame, raised.tongue))
    return next(other, raised.frames[0] if raised.frames else None)


def _caller(raised: Sequence[Raised], owners: Sequence[Owner]) -> Owner | None:
    """The plug-in or compat layer nearest to where it was raised last, else to what that came from."""
    for one in reversed(raised):
        for frame in one.frames:
            owner = owner_of_file(frame, one.tongue, owners)
            if owner and owner.role != "product":
                return owner
    return None

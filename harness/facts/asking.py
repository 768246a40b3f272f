"""How the other side asked for what fails here: an upgrade of a script often changes the request, and not the answer.
Pure."""

from urllib.parse import parse_qsl

from harness.facts import identity
from harness.facts.anomalies import of_kind
from harness.model import Difference, Request, Trace


def otherwise(failing: Difference, mine: Trace, theirs: Trace) -> str:
    """``DELETE http://product:8000/todo: HTTP 200``, where the other side asked for the path of a request that fails by
    another method or query, and this side never in that way; empty where it did not."""
    if failing.kind != "request":
        return ""
    method, _, url = failing.where.partition(" ")
    here = {_asked(one) for one in of_kind(mine, Request)}
    found = [
        one
        for one in of_kind(theirs, Request)
        if one.status is not None and one.status < 400 and _path(one.url) == _path(url) and _asked(one) not in here
    ]
    best = min(found, key=lambda one: (one.step != failing.step, one.method != method), default=None)
    return f"{best.method} {best.url}: HTTP {best.status}" if best else ""


def _asked(request: Request) -> tuple[str, str, frozenset[str]]:
    """Names of the query and not their values: a token differs each time."""
    query = request.url.partition("#")[0].partition("?")[2]
    names = frozenset(name for name, _ in parse_qsl(query, keep_blank_values=True))
    return request.method, _path(request.url), names


def _path(url: str) -> str:
    return identity.of_url(url.partition("?")[0])

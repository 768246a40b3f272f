"""Which requests ask for the same: method, path and names of the query, with ids, hashes and dates folded. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from harness.facts import identity
from harness.model import Request

_SEGMENTS = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"\d{4}-\d\d(-\d\d)?([T ].*)?", "{date}"),
        (r"-?\d+", "{id}"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "{id}"),
        (r"(?=.*\d)(?=.*[a-z])[0-9a-f]{8,}", "{hash}"),
        (r"[0-9A-HJKMNP-TV-Z]{26}", "{id}"),  # a ULID
        (r"v?\d+\.\d+(\.\d+)*", "{version}"),
    )
)
_FILE_HASH = re.compile(r"(?<=[._-])(?=[0-9a-z]*\d)[0-9a-f]{6,}(?=\.\w+$)", re.IGNORECASE)
_ASSETS = frozenset({"script", "style", "image", "font"})
_SAME_AS_OK = {304: 200, 206: 200}  # the browser has it already, or asked for a part


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All answers of one endpoint on one side, in order of time; ``asset`` where it is a file of the page."""

    endpoint: str
    requests: tuple[Request, ...]
    asset: bool

    def with_errors(self, errors: bool) -> "tuple[Request, ...]":
        return tuple(one for one in self.requests if ((one.status or 0) >= 400) is errors)


def endpoint(request: Request) -> str:
    """``GET /library/books.json?_search&_size``; with its host where that is not the product's."""
    try:
        parts = urlsplit(request.url)
        names = sorted({key for key, _ in parse_qsl(parts.query, keep_blank_values=True)})
    except ValueError:
        return f"{request.method} {request.url[:200]}"
    bare = identity.of_url(f"{parts.scheme}://{parts.netloc}/")
    host = bare.rstrip("/")
    path = "/".join(map(_segment, parts.path.split("/"))) or "/"
    kept = [name for name in names if request.resource not in _ASSETS and not identity.is_buster(name)]
    return f"{request.method} {host}{path}" + (f"?{'&'.join(kept)}" if kept else "")


def answers(requests: Iterable[Request]) -> dict[str, Answers]:
    """By endpoint, of those requests that were answered."""
    found: dict[str, list[Request]] = {}
    for request in sorted(requests, key=lambda item: item.time_s):
        if request.status and not request.failure and request.url.startswith(("http:", "https:")):
            found.setdefault(endpoint(request), []).append(request)
    return {
        name: Answers(endpoint=name, requests=tuple(ones), asset=all(one.resource in _ASSETS for one in ones))
        for name, ones in found.items()
    }


def statuses(requests: Sequence[Request]) -> frozenset[int]:
    return frozenset(_SAME_AS_OK.get(one.status, one.status) for one in requests if one.status)


def _segment(segment: str) -> str:
    name, dot, suffix = segment.partition(".")
    folded = next((to for pattern, to in _SEGMENTS if pattern.fullmatch(segment)), None)
    if folded is None and dot and suffix.isalpha():  # 17.json
        folded = next((f"{to}.{suffix}" for pattern, to in _SEGMENTS[:4] if pattern.fullmatch(name)), None)
    return folded or _FILE_HASH.sub("{hash}", segment)

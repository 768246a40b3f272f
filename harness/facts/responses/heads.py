"""What answers say beside their bodies: status, type of content, names of headers. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.facts.responses.diffing import Change
from harness.facts.responses.endpoints import Answers, statuses
from harness.model import Request

_PAGING = frozenset({"x-total-count", "x-total", "x-total-pages", "x-page", "x-per-page", "x-next-page", "link",
                     "content-range", "x-pagination", "pagination-count"})  # fmt: skip
_RESTRICTING = frozenset({"content-security-policy", "x-frame-options", "cross-origin-opener-policy",
                          "cross-origin-embedder-policy", "cross-origin-resource-policy",
                          "permissions-policy", "referrer-policy"})  # fmt: skip
_SILENT = frozenset(
    {"date", "server", "content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive", "vary",
     "age", "expires", "last-modified", "etag", "cache-control", "pragma", "accept-ranges", "content-type", "alt-svc",
     "x-powered-by", "x-request-id", "x-runtime", "x-response-time", "server-timing", "via", "set-cookie",
     "strict-transport-security", "x-content-type-options", "x-xss-protection", "x-ratelimit-limit",
     "x-ratelimit-remaining", "x-ratelimit-reset", "content-language", "status"}
)  # fmt: skip
_CLASSES = ("json", "html", "javascript", "css", "image", "font", "xml", "text", "form")


def heads(old: Answers, new: Answers) -> Iterator[tuple[str, Change]]:
    """Each with the part of the answer it is of: ``status`` or ``header``."""
    for change in _statuses(statuses(old.requests), statuses(new.requests)):
        yield "status", change
    before, after = old.with_errors(False), new.with_errors(False)
    if before and after:
        for change in _types(before, after):
            yield "header", change
        if not old.asset and statuses(before) & statuses(after):
            for change in _headers(_of_whole(before), _of_whole(after)):
                yield "header", change


def _statuses(old: frozenset[int], new: frozenset[int]) -> Iterator[Change]:
    change = Change(rule="status-changed", path=(), was=_joined(old), now=_joined(new))
    bad = {status for status in new if status >= 400}
    if bad and not any(status >= 400 for status in old):
        yield replace(change, rule="status-became-error", now=_joined(bad))
    elif not bad and old and all(status >= 400 for status in old):
        yield replace(change, rule="status-no-longer-error")
    elif not old & new:
        yield change


def _types(old: Sequence[Request], new: Sequence[Request]) -> Iterator[Change]:
    was, now = ({one.mime_type for one in side if one.mime_type and one.status != 304} for side in (old, new))
    if not was or not now or was & now:
        return
    same = {*map(_class, was)} & {*map(_class, now)}
    rule = "content-type-respelled" if same else "content-type-changed"
    yield Change(rule=rule, path=("content-type",), was=_joined(was), now=_joined(now))


def _class(mime_type: str) -> str:
    return next((name for name in _CLASSES if name in mime_type), mime_type.partition("/")[0])


def _of_whole(requests: Sequence[Request]) -> list[Request]:
    """Those that were answered in full: a browser that has it already is told less."""
    return [one for one in requests if one.status != 304 and one.response_headers]


def _headers(old: Sequence[Request], new: Sequence[Request]) -> Iterator[Change]:
    if not old or not new:
        return
    before, after = (set.intersection(*({*one.response_headers} for one in side)) for side in (old, new))
    ever = (
        {name for one in old for name in one.response_headers},
        {name for one in new for name in one.response_headers},
    )
    for name in sorted(before - ever[1] - _SILENT - _RESTRICTING):
        refused = name.startswith("access-control-allow-") and _is_cross_origin(old)
        rule = "cross-origin-refused" if refused else "header-removed"
        yield Change(rule="paging-header-removed" if name in _PAGING else rule, path=(name,))
    for name in sorted(after - ever[0] - _SILENT):
        yield Change(rule="header-restricts" if name in _RESTRICTING else "header-added", path=(name,))
    for name in sorted(before & after & _RESTRICTING):
        was, now = ({one.response_headers[name] for one in side} for side in (old, new))
        if not was & now and len(was) == len(now) == 1 and "nonce-" not in _joined(now):
            yield Change(rule="header-restricts", path=(name,))


def _is_cross_origin(requests: Sequence[Request]) -> bool:
    """As the browser says with every request (Fetch Metadata)."""
    return any(one.request_headers.get("sec-fetch-site") in ("cross-site", "same-site") for one in requests)


def _joined(texts: Iterable[object]) -> str:
    return "|".join(sorted(map(str, texts)))

"""Requests and answers as the rules of a gateway change them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from .bodies import MISSING, transformed
from .casts import text_of
from .paths import compiled

Data = Mapping[str, Any]  # a rule, or a part of one
Pairs = tuple[tuple[str, str], ...]  # of a query or of headers, in their order
_VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(\*?)\}")


@dataclass(frozen=True)
class Asked:
    """A request; ``body`` is JSON or MISSING."""

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: Any = MISSING


@dataclass(frozen=True)
class Answered:
    """A response; ``body`` is JSON or MISSING."""

    status: int
    headers: Pairs = ()
    body: Any = MISSING

    @property
    def content_type(self) -> str:
        return _header(self.headers, "content-type").partition(";")[0].strip().lower()


# -------------------------------------------------------------------- matching
def matches(match: Data, asked: Asked) -> bool:
    """Whether a rule is about a request, as the browser sent it."""
    if match.get("method", asked.method) != asked.method or variables(match["path"], asked.path) is None:
        return False
    there = dict(asked.query)
    return all(name in there and value in (True, there[name]) for name, value in match.get("query", {}).items())


def fits(match: Data, answer: Answered) -> bool:
    """Whether a rule about its request is also about an answer."""
    statuses, wanted = match.get("status", ()), match.get("content_type", "")
    return (not statuses or answer.status in statuses) and (not wanted or answer.content_type == wanted)


def variables(template: str, path: str) -> Mapping[str, str] | None:
    """What stands in a path for the ``{names}`` of a template (one segment, ``{name*}`` several); None where it
    is another path."""
    found = _pattern(template).fullmatch(path)
    return found.groupdict() if found else None


def names(template: str) -> tuple[str, ...]:
    """The variables of a template."""
    return tuple(found[1] for found in _VARIABLE.finditer(template))


@lru_cache(maxsize=1000)
def _pattern(template: str) -> re.Pattern[str]:
    parts, at = [], 0
    for found in _VARIABLE.finditer(template):
        parts += [re.escape(template[at : found.start()]), f"(?P<{found[1]}>{'.*' if found[2] else '[^/]+'})"]
        at = found.end()
    return re.compile("".join(parts) + re.escape(template[at:]), re.DOTALL)


def _filled(template: str, given: Mapping[str, str]) -> str | None:
    """A text with its variables filled in; None where one is not there."""
    if any(name not in given for name in names(template)):
        return None
    return _VARIABLE.sub(lambda found: given[found[1]], template)


# ----------------------------------------------------------- requests and answers
def request(rules: Iterable[Data], asked: Asked) -> Asked:
    """What the product is asked instead."""
    result = asked
    for rule in rules:
        if "request" in rule and matches(rule["match"], asked):
            result = _asked(rule["request"], result, _given(rule["match"], asked))
    return result


def response(rules: Iterable[Data], asked: Asked, answer: Answered) -> Answered:
    """What the browser is answered instead; ``asked`` is what it asked."""
    result = answer
    for rule in rules:
        if "response" in rule and matches(rule["match"], asked) and fits(rule["match"], answer):
            change = rule["response"]
            headers = _headers(change.get("headers", {}), result.headers, result.body, _given(rule["match"], asked))
            body = transformed(change.get("body", ()), result.body)
            result = replace(result, status=change.get("status", result.status), headers=headers, body=body)
    return result


def _given(match: Data, asked: Asked) -> Mapping[str, str]:
    return {**dict(asked.query), **(variables(match["path"], asked.path) or {})}


def _asked(change: Data, asked: Asked, given: Mapping[str, str]) -> Asked:
    query = list(asked.query)
    if "pages" in change:
        query = _paged(change["pages"], query)
    for name, template in change.get("query", {}).items():
        texts = [] if template is None else [template] if isinstance(template, str) else template
        values = [value for text in texts if (value := _filled(text, given)) is not None]
        if values or not texts:
            query = [pair for pair in query if pair[0] != name] + [(name, value) for value in values]
    path = _filled(change["path"], given) if "path" in change else None
    return Asked(
        method=change.get("method", asked.method),
        path=path or asked.path,
        query=tuple(query),
        headers=_headers(change.get("headers", {}), asked.headers, asked.body, given),
        body=transformed(change.get("body", ()), asked.body),
    )


def _paged(pages: Data, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """``_start=20&_end=30`` as the third page of ten; what begins in the middle of a page stays as it is."""
    there = dict(query)
    try:
        start = int(there[pages["start"]])
        size = int(there[pages["limit"]]) if "limit" in pages else int(there[pages["end"]]) - start
    except (KeyError, ValueError):
        return query
    if size < 1 or start < 0 or start % size:
        return query
    left = [pair for pair in query if pair[0] not in (pages["start"], pages.get("end"), pages.get("limit"))]
    return [*left, (pages["page"], str(start // size + pages.get("first", 1))), (pages["size"], str(size))]


def _headers(changes: Data, headers: Pairs, body: Any, given: Mapping[str, str]) -> Pairs:
    """``body`` is as it came."""
    for name, change in changes.items():
        value = None if change is None else _value(change, headers, body, given)
        if value is not None or change is None:
            kept = tuple(pair for pair in headers if pair[0].lower() != name.lower())
            headers = kept + (((name, value),) if value is not None else ())
    return headers


def _value(change: Any, headers: Pairs, body: Any, given: Mapping[str, str]) -> str | None:
    if isinstance(change, str):
        return _filled(change, given)
    if "header" in change:
        return _header(headers, change["header"]) or None
    if body is MISSING:
        return None
    if "count" in change:
        return str(len(compiled(change["count"]).find(body)))
    found = compiled(change["from"]).find(body)
    return text_of(found[0].value) if len(found) == 1 else None


def _header(headers: Pairs, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name.lower()), "")

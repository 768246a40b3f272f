"""Declarative transforms of requests and responses: what a gateway does with them. Pure.

This one module runs in harness and, as a file, in a gateway's container, so it imports nothing
of ours. Places are JSONPaths (RFC 9535). Data are those of ``model.gateway``, as JSON: a rule is a mapping. What
does not fit an answer (a field that is not there, a text that is no number) is left as it is, and never invented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

Data = Mapping[str, Any]  # a rule, or a part of one
Pairs = tuple[tuple[str, str], ...]  # of a query or of headers, in their order
Place = tuple[Any, ...]  # keys and indexes from the root of a body
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()  # there is no JSON body
OPERATIONS = ("set", "default", "remove", "rename", "move", "wrap", "unwrap", "cast")
_VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(\*?)\}")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_MILLISECONDS = 100_000_000_000  # a larger number of seconds since 1970 is one of milliseconds
_WRITTEN = {
    "date": "%Y-%m-%d",
    "time": "%Y-%m-%dT%H:%M:%SZ",
    "local-time": "%Y-%m-%dT%H:%M:%S",
    "sql-time": "%Y-%m-%d %H:%M:%S",
}


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


@lru_cache(maxsize=1000)
def compiled(path: str) -> JSONPathQuery:
    """JSONPathError where it is none. What parses takes some time to load, and is only loaded where it is needed."""
    from jsonpath_rfc9535 import compile

    return compile(path)


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
        value = None if template is None else _filled(template, given)
        if value is not None or template is None:
            query = [pair for pair in query if pair[0] != name] + ([(name, value)] if value is not None else [])
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


# ------------------------------------------------------------------------ bodies
def transformed(operations: Iterable[Data], body: Any) -> Any:
    """A body with the operations done to it, one after the other; the one that is given stays as it is."""
    if body is MISSING:
        return body
    root = [deepcopy(body)]  # so that the body itself can be replaced
    for operation in operations:
        kind = next(name for name in OPERATIONS if name in operation)
        _DOES[kind](operation, root)
    return root[0]


def problem(path: str, *, named: bool = False) -> str | None:
    """What is wrong with a text as a JSONPath; with ``named`` the last of it must be the name of a field."""
    from jsonpath_rfc9535 import JSONPathError

    try:
        query = compiled(path)
    except JSONPathError as exc:
        return str(exc).partition(",")[0].partition("\n")[0]
    return None if not named or _last(query) is not None else "it does not end with the name of one field"


def mover(old: str, new: str) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """What two places have in common, and the names that lead from there to each; None where they differ in more."""
    one, other = (compiled(path).segments for path in (old, new))
    common = 0
    for here, there in zip(one, other, strict=False):
        if str(here) != str(there):
            break
        common += 1
    common = min(common, len(one) - 1, len(other) - 1)
    rests = [tuple(map(_name, segments[common:])) for segments in (one, other)]
    if not all(rests) or any(name is None for rest in rests for name in rest):
        return None
    return "$" + "".join(map(str, one[:common])), rests[0], rests[1]  # type: ignore[return-value]


def _name(segment: Any) -> str | None:
    """The one name that a segment of a path is."""
    if type(segment).__name__ != "JSONPathChildSegment" or len(segment.selectors) != 1:
        return None
    return getattr(segment.selectors[0], "name", None)


def _last(query: JSONPathQuery) -> str | None:
    return _name(query.segments[-1]) if query.segments else None


def _places(path: str, root: Any) -> list[Place]:
    """Where a path leads to, the deepest first, of an array the last first."""
    found = [tuple(node.location) for node in compiled(path).finditer(root[0])]
    return sorted(found, key=lambda place: (len(place), [(isinstance(key, int), key) for key in place]), reverse=True)


def _holders(path: str, root: Any) -> tuple[list[Any], str]:
    """The objects whose field a path names, and its name."""
    query = compiled(path)
    name = _last(query)
    above = "$" + "".join(map(str, query.segments[:-1]))
    return [one for place in _places(above, root) if isinstance(one := _at(root, place), dict)], str(name)


def _at(root: Any, place: Place) -> Any:
    value = root[0]
    for key in place:
        value = value[key]
    return value


def _put(root: Any, place: Place, value: Any) -> None:
    holder, key = (_at(root, place[:-1]), place[-1]) if place else (root, 0)
    holder[key] = value


# -------------------------------------------------------------------- operations
def _set(operation: Data, root: Any) -> None:
    holders, name = _holders(operation["set"], root)
    for holder in holders:
        holder[name] = deepcopy(operation["value"])


def _default(operation: Data, root: Any) -> None:
    holders, name = _holders(operation["default"], root)
    for holder in holders:
        if name not in holder or (holder[name] is None and operation.get("null")):
            holder[name] = deepcopy(operation["value"])


def _remove(operation: Data, root: Any) -> None:
    for place in _places(operation["remove"], root):
        if place:
            del _at(root, place[:-1])[place[-1]]


def _rename(operation: Data, root: Any) -> None:
    holders, old = _holders(operation["rename"], root)
    new = operation["to"]
    for holder in holders:
        if old in holder and new not in holder:
            items = [(new if key == old else key, value) for key, value in holder.items()]
            holder.clear()
            holder.update(items)


def _move(operation: Data, root: Any) -> None:
    way = mover(operation["move"], operation["to"])
    if way is None:
        return
    common, old, new = way
    for place in _places(common, root):
        holder, goal = _below(_at(root, place), old[:-1]), _at(root, place)
        if not isinstance(holder, dict) or old[-1] not in holder or not _has_room(goal, new):
            continue
        value = holder.pop(old[-1])
        for name in new[:-1]:
            goal = goal.setdefault(name, {})
        goal[new[-1]] = value


def _below(value: Any, names: Sequence[str]) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _has_room(goal: Any, names: Sequence[str]) -> bool:
    for name in names[:-1]:
        if not isinstance(goal, dict):
            return False
        goal = goal.get(name, {})
    return isinstance(goal, dict) and names[-1] not in goal


def _wrap(operation: Data, root: Any) -> None:
    for place in _places(operation["wrap"], root):
        _put(root, place, {operation["in"]: _at(root, place)})


def _unwrap(operation: Data, root: Any) -> None:
    for place in _places(operation["unwrap"], root):
        value = _at(root, place)
        if isinstance(value, dict) and operation["from"] in value:
            _put(root, place, value[operation["from"]])


def _cast(operation: Data, root: Any) -> None:
    for place in _places(operation["cast"], root):
        _put(root, place, cast(_at(root, place), operation["to"]))


_DOES = {
    "set": _set, "default": _default, "remove": _remove, "rename": _rename, "move": _move, "wrap": _wrap,
    "unwrap": _unwrap, "cast": _cast,
}  # fmt: skip


# ------------------------------------------------------------------------- casts
def cast(value: Any, to: str) -> Any:
    """The value as another kind; itself where it cannot be one."""
    return _CASTS[to](value) if to in _CASTS else _dated(value, to)


def text_of(value: Any) -> str | None:
    """A scalar as JavaScript writes it; None of anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value) if isinstance(value, (bool, int, float)) else None


def _string(value: Any) -> Any:
    text = text_of(value)
    return value if text is None else text


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return json.loads(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _boolean(value: Any) -> Any:
    known = {"true": True, "false": False, "1": True, "0": False}
    return known.get(text_of(value) or "", value)


def _array(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _item(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _values(value: Any) -> Any:
    return list(value.values()) if isinstance(value, dict) else value


_CASTS = {
    "string": _string, "number": _number, "boolean": _boolean, "array": _array, "item": _item, "values": _values,
}  # fmt: skip
KINDS = (*_CASTS, *_WRITTEN, "seconds", "milliseconds")


def _dated(value: Any, to: str) -> Any:
    """A date or time written in another way; one without a zone is in UTC."""
    moment = _moment(value)
    if moment is None:
        return value
    if to in ("seconds", "milliseconds"):
        return round(moment.timestamp() * (1000 if to == "milliseconds" else 1))
    return moment.strftime(_WRITTEN[to])


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", value))
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / (1000 if abs(value) >= _MILLISECONDS else 1), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None

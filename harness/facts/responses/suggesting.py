"""Two sides' answers to the rules of a gateway that makes of the later the earlier. Pure.

What can be done is in the rules, what cannot is told with its words, and of every answer that was recorded it is
said what it is with the rules.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from harness import transforms
from harness.facts.responses.changes import with_body
from harness.facts.responses.diffing import Change
from harness.facts.responses.endpoints import Answers, answers
from harness.facts.responses.heading import header, status
from harness.facts.responses.heads import heads
from harness.facts.responses.mending import difference, mend
from harness.facts.responses.paths import written
from harness.facts.responses.rules import RULES
from harness.model import Request, ResponseChange

_FOLDED = re.compile(r"\{([a-z]+)\}")
_LITERAL = re.compile(r"/(?!/)[^\s#?]*")
_GONE = ("-removed", "-refused")  # how the rules of headers that are gone end
Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Given:
    """One answer that was recorded after the upgrade, and what still differs with the rules from those before;
    ``more``: in no more than fields that are new."""

    endpoint: str
    step: int
    differences: tuple[ResponseChange, ...]

    @property
    def more(self) -> bool:
        return bool(self.differences) and all(one.weight == "harmless" for one in self.differences)


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """Rules, as data of ``model.gateway``; what they do not mend; and what they make of what was recorded."""

    rules: tuple[Data, ...]
    unmended: tuple[ResponseChange, ...]
    recorded: tuple[Given, ...]


def suggested(before: Iterable[Request], after: Iterable[Request], changed: Collection[str]) -> Suggested:
    """From the answers of both sides, of the endpoints that ``changed``."""
    old, new = answers(before), answers(after)
    rules: list[Data] = []
    unmended: list[ResponseChange] = []
    common = [name for name in new if name in old and name in changed]
    several = {name for name, count in Counter(_without_query(name) for name in {*old, *new}).items() if count > 1}
    for name in common:
        template = _template(name)
        for errors in (False, True):
            done, left = _of_endpoint(old[name], new[name], errors=errors)
            if done and template is not None:
                match = _match(name, template, new[name].with_errors(errors), query=_without_query(name) in several)
                rules.append({"match": match, "response": done})
                unmended += left
            else:
                unmended += _all_left(old[name], new[name], errors=errors) if done else left
    recorded = [one for name in common for one in _recorded(old[name], new[name], rules)]
    return Suggested(rules=tuple(rules), unmended=tuple(dict.fromkeys(unmended)), recorded=tuple(recorded))


# -------------------------------------------------------------------- endpoints
def _of_endpoint(old: Answers, new: Answers, *, errors: bool) -> tuple[dict[str, Any], list[ResponseChange]]:
    """What to do with its answers, and what that does not mend."""
    was, now = old.with_errors(errors), new.with_errors(errors)
    done: dict[str, Any] = {}
    left: list[ResponseChange] = []
    for part, change in () if errors else heads(old, new):
        if RULES[change.rule].weight == "harmless":
            continue
        if part == "status" and (number := status(was, now)):
            done["status"] = number
        elif (
            part == "header" and change.rule.endswith(("-removed", "-refused")) and (value := header(change, was, now))
        ):
            done.setdefault("headers", {})[change.path[0]] = value
        else:
            left.append(_noun(change, part, new, now))
    old_bodies, new_bodies = with_body(was), with_body(now)
    if old_bodies and new_bodies:
        found = mend([one.body for one in old_bodies], [one.body for one in new_bodies])
        if found.operations:
            done["body"] = [dict(one) for one in found.operations]
        left += [_noun(change, "body", new, now) for change in found.left]
    elif old_bodies and now and not new_bodies and not errors:
        left.append(_noun(Change(rule="field-removed", path=()), "body", new, now))
    return done, left


def _all_left(old: Answers, new: Answers, *, errors: bool) -> Iterator[ResponseChange]:
    """Of an endpoint that no rule can be about."""
    now = new.with_errors(errors)
    bodies = [[one.body for one in with_body(side.with_errors(errors))] for side in (old, new)]
    for change in difference(bodies[0], bodies[1][0]) if all(bodies) else ():
        if RULES[change.rule].weight != "harmless":
            yield _noun(change, "body", new, now)
    for part, change in () if errors else heads(old, new):
        if RULES[change.rule].weight != "harmless":
            yield _noun(change, part, new, now)


def _noun(change: Change, part: str, of: Answers, seen: Sequence[Request]) -> ResponseChange:
    path = written(change.path) if part == "body" else (change.path[0] or "" if change.path else "")
    first = (seen or of.requests)[0]
    return ResponseChange.model_validate(
        {
            **{name: getattr(change, name) for name in ("rule", "other", "was", "now", "members")},
            "weight": RULES[change.rule].weight,
            "endpoint": of.endpoint,
            "part": part,
            "path": path,
            "step": first.step,
            "time_s": first.time_s,
        }
    )


# ------------------------------------------------------------------------ rules
def _match(endpoint: str, template: str, seen: Sequence[Request], *, query: bool) -> Data:
    """What a rule is about; the names of the query where the same path is asked with others, too."""
    types = {one.mime_type for one in seen if one.mime_type}
    names = endpoint.partition("?")[2].split("&") if "?" in endpoint else []
    said: dict[str, Any] = {"method": endpoint.partition(" ")[0], "path": template}
    if query and names:
        said["query"] = dict.fromkeys(names, True)
    if len(types) == 1:
        said["content_type"] = next(iter(types))
    return said | {"status": sorted({one.status for one in seen if one.status and one.status != 304})}


def _without_query(endpoint: str) -> str:
    return endpoint.partition("?")[0]


def _template(endpoint: str) -> str | None:
    """The path of an endpoint, as a gateway matches it; None of one that is not the product's, or cannot be matched."""
    path = _without_query(endpoint).partition(" ")[2]
    seen: Counter[str] = Counter()

    def name(found: re.Match[str]) -> str:
        seen[found[1]] += 1
        return f"{{{found[1]}}}" if seen[found[1]] == 1 else f"{{{found[1]}_{seen[found[1]]}}}"

    return _FOLDED.sub(name, path) if _LITERAL.fullmatch(path) else None


# --------------------------------------------------------------------- recorded
def _recorded(old: Answers, new: Answers, rules: Sequence[Data]) -> Iterator[Given]:
    """What the rules make of each answer, held against those of before."""
    for request in new.requests:
        if request.status in (304, 206):
            continue
        errors = (request.status or 0) >= 400
        was = old.with_errors(errors)
        bodies = [one.body for one in with_body(was)]
        answer = transforms.response(rules, _asked(request), _answered(request))
        changes = [
            (part, change)
            for part, change in heads(old, _as(request, answer, new))
            if change.rule not in ("header-added", "status-no-longer-error", "content-type-respelled")
        ]
        if bodies and answer.body is not transforms.MISSING:
            changes += [("body", change) for change in difference(bodies, answer.body)]
        found = tuple(dict.fromkeys(_noun(change, part, new, [request]) for part, change in changes))
        yield Given(endpoint=new.endpoint, step=request.step, differences=found)


def _as(request: Request, answer: transforms.Answered, of: Answers) -> Answers:
    headers = {name.lower(): value for name, value in answer.headers}
    changed = request.model_copy(update={"status": answer.status, "response_headers": headers})
    return Answers(endpoint=of.endpoint, requests=(changed,), asset=of.asset)


def _asked(request: Request) -> transforms.Asked:
    parts = urlsplit(request.url)
    return transforms.Asked(
        request.method, parts.path or "/", tuple(parse_qsl(parts.query, keep_blank_values=True)),
        tuple(request.request_headers.items()),
    )  # fmt: skip


def _answered(request: Request) -> transforms.Answered:
    headers = dict(request.response_headers)
    if request.mime_type:
        headers["content-type"] = request.mime_type
    there = request.body is not None and request.body_missing is None
    body = json.loads(json.dumps(request.body)) if there else transforms.MISSING
    return transforms.Answered(request.status or 0, tuple(headers.items()), body)

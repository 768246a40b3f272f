"""Two sides' requests to the changes of their answers."""

from collections.abc import Iterable, Iterator, Sequence

from harness.facts.responses.diffing import Change, diff
from harness.facts.responses.endpoints import Answers, answers
from harness.facts.responses.heads import heads
from harness.facts.responses.paths import excerpt, written
from harness.facts.responses.rules import RULES
from harness.facts.responses.shapes import infer
from harness.model import WEIGHTS, Request, ResponseChange

SAMPLES_MAX = 20  # answers of one endpoint that are looked at
CHANGES_MAX = 40  # of one endpoint, the heaviest
TOTAL_MAX = 400  # of all together, the heaviest
_HEADERS_SHOWN = 600  # characters


def changes(before: Iterable[Request], after: Iterable[Request]) -> tuple[ResponseChange, ...]:
    """What differs in the answers of every endpoint that both sides called, in order of time."""
    old, new = answers(before), answers(after)
    found = [change for name in old if name in new for change in _of_endpoint(old[name], new[name])]
    heaviest = sorted(found, key=lambda one: WEIGHTS.index(one.weight))[:TOTAL_MAX]
    return tuple(sorted(heaviest, key=lambda one: (one.time_s, one.endpoint)))


def _of_endpoint(old: Answers, new: Answers) -> list[ResponseChange]:
    found = [
        *(_of_head(part, change, old, new) for part, change in heads(old, new)),
        *_of_bodies(old, new, errors=False),
        *_of_bodies(old, new, errors=True),
    ]
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda one: WEIGHTS.index(one.weight))[:CHANGES_MAX]


def _of_bodies(old: Answers, new: Answers, *, errors: bool) -> Iterator[ResponseChange]:
    was, now = with_body(old.with_errors(errors)), with_body(new.with_errors(errors))
    if not was or not now:
        return
    for change in diff(infer([one.body for one in was]), infer([one.body for one in now])):
        harmless = RULES[change.rule].weight == "harmless"
        rule = "error-envelope-changed" if errors and not harmless else change.rule
        there = change.path if change.rule == "field-added" or not change.other.startswith("$") else ()
        yield _noun(
            change,
            rule,
            "body",
            new.endpoint,
            now,
            path=written(change.path),
            before=excerpt(was[0].body, change.path),
            after=excerpt(now[0].body, there),
        )


def _of_head(part: str, change: Change, old: Answers, new: Answers) -> ResponseChange:
    errors = part == "status" and change.rule == "status-became-error"
    is_status = part == "status"
    return _noun(
        change,
        change.rule,
        part,
        new.endpoint,
        new.with_errors(True) if errors else new.requests,
        path=change.path[0] or "" if change.path else "",
        before=change.was if is_status else _shown(old.requests[0]),
        after=change.now if is_status else _shown(new.requests[0]),
    )


def _noun(
    change: Change, rule: str, part: str, endpoint: str, seen: Sequence[Request], path: str, before: str, after: str
) -> ResponseChange:
    return ResponseChange.model_validate(
        {
            "rule": rule,
            "weight": RULES[rule].weight,
            "endpoint": endpoint,
            "part": part,
            "path": path,
            "other": change.other,
            "was": change.was,
            "now": change.now,
            "members": change.members[:20],
            "before": before,
            "after": after,
            "step": seen[0].step,
            "steps": tuple(sorted({one.step for one in seen})),
            "time_s": seen[0].time_s,
        }
    )


def with_body(requests: Sequence[Request]) -> list[Request]:
    """Those whose body is there, as many as are looked at."""
    return [one for one in requests if one.body is not None and one.body_missing is None][:SAMPLES_MAX]


def _shown(request: Request) -> str:
    """Its headers, a line each."""
    lines = "\n".join(f"{name}: {value[:100]}" for name, value in sorted(request.response_headers.items()))
    return f"{request.status}\n{lines}"[:_HEADERS_SHOWN]

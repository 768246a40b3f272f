"""compare: two traces of one scenario to what differs between them. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from harness.facts import identity, logs, responses
from harness.model import (
    Comparison,
    ConsoleMessage,
    Difference,
    ExtensionState,
    Fault,
    Layer,
    LogLine,
    Mail,
    Migration,
    Outcome,
    PolicyState,
    Request,
    ResponseChange,
    ScriptError,
    Side,
    StepPair,
    Trace,
)

_Kind = TypeVar("_Kind")

_ABORTED = ("ERR_ABORTED", "NS_BINDING_ABORTED", "NS_ERROR_ABORT")  # the page went elsewhere: nobody's fault
_ECHO = "Failed to load resource"  # the browser's own words about a request that is observed anyway
PATIENCE_S = 1.0  # without an answer until the end of a replay that failed
NO_ANSWER = "no answer"
_TELLING_RESOURCES = frozenset({"document", "script", "style", "fetch", "xhr", "iframe"})
_BLOCKED = ("ERR_", "CORS policy", "Cross-Origin Request Blocked", "Mixed Content", "Content Security Policy")


Same = tuple[str, ...]  # equal for facts that say the same


def compare(before: Trace, after: Trace, noise: frozenset[Same] = frozenset()) -> Comparison:
    """Steps paired by number, and what only one side showed.

    A fact is news where the other side has fewer of the same (``identity``), and none of it
    at that step. Left out: what happened at steps that the other side did not get to, and ``noise``.
    """
    steps = tuple(_pairs(before, after))
    first = next((pair for pair in steps if pair.before != pair.after), None)
    ran = {0} | {pair.number for pair in steps if "not-run" not in (pair.before, pair.after)}
    old, new = ([fact for fact in _facts(trace) if fact.same not in noise] for trace in (before, after))
    old += _unanswered(before, after)
    new += _unanswered(after, before)
    mails = [list(map(_of_mail, _of(trace, Mail))) for trace in (before, after)]
    differences = [
        *(_step_difference(pair, before, after) for pair in ([first] if first else [])),
        *(fact.difference(new=False) for fact in _news(old, new) if fact.step in ran),
        *(fact.difference(new=True) for fact in _news(new, old) if fact.step in ran),
        *_responses(before, after, ran, noise),
        *(fact.difference(new=False) for fact in _news(mails[1], mails[0]) if fact.step in ran),  # that is missed there
        *(fact.difference(new=True) for fact in _news(mails[0], mails[1]) if fact.step in ran),
    ]
    sides: tuple[tuple[Side, Trace], ...] = (("before", before), ("after", after))
    faults: dict[Side, Fault] = {side: trace.fault for side, trace in sides if trace.fault}
    return Comparison(
        steps=steps,
        first_different=first,
        differences=tuple(sorted(differences, key=lambda item: (item.step, item.time_s, item.kind))),
        faults=faults,
    )


def noise(before: Sequence[Trace], after: Sequence[Trace]) -> frozenset[Same]:
    """Facts that differ between replays of one side, with nothing changed, as much as between the sides.

    One that comes more often in every replay of a side than in any of the other is no noise, however often
    that is.
    """
    sides = [[Counter(fact.same for fact in _facts(trace)) for trace in traces] for traces in (before, after)]
    every = {same for traces in sides for counter in traces for same in counter}
    facts = frozenset(same for same in every if _is_noise([[counter[same] for counter in one] for one in sides]))
    return facts | responses.noise_of(change for traces in (before, after) for change in _between(traces))


def _between(equals: Sequence[Trace]) -> Iterator[ResponseChange]:
    """What changes in the answers from one replay of a side to the others, both ways."""
    first, *others = (_of(trace, Request) for trace in equals)
    for other in others:
        yield from responses.changes(first, other)
        yield from responses.changes(other, first)


def _is_noise(counts: Sequence[Sequence[int]]) -> bool:
    old, new = counts
    varies = any(len(set(one)) > 1 for one in counts)
    return varies and max(min(old), min(new)) <= min(max(old), max(new))


# -------------------------------------------------------------------- steps
def _pairs(before: Trace, after: Trace) -> Iterator[StepPair]:
    old = {outcome.number: outcome for outcome in before.outcomes}
    new = {outcome.number: outcome for outcome in after.outcomes}
    for number in sorted(old.keys() | new.keys()):
        left, right = old.get(number), new.get(number)
        known = right or left
        yield StepPair(
            number=number,
            description=known.description if known else {},
            before=left.outcome if left else "not-run",
            after=right.outcome if right else "not-run",
            reason=(right.reason if right else None) or (left.reason if left else None),
        )


def _step_difference(pair: StepPair, before: Trace, after: Trace) -> Difference:
    is_new = pair.before == "passed" or (pair.before == "failed" and pair.after == "not-run")
    outcome = _outcome(after if is_new else before, pair.number)
    return Difference(
        kind="step",
        layer="client",
        step=pair.number,
        time_s=outcome.start_s + outcome.duration_s if outcome else 0.0,
        new=is_new,
        text=str(pair.reason.message()) if pair.reason else "",
        where=outcome.page_url if outcome else "",
        telling=False,
    )


def _outcome(trace: Trace, number: int) -> Outcome | None:
    return next((outcome for outcome in trace.outcomes if outcome.number == number), None)


# -------------------------------------------------------------------- facts
@dataclass(frozen=True, kw_only=True)
class _Fact:
    """Something that went wrong, in the form in which two sides are compared."""

    kind: Literal["console", "error", "request", "log", "migration", "extension", "policy", "mail"]
    severity: Literal["error", "warning"] = "error"
    layer: Layer
    step: int
    time_s: float
    text: str
    where: str = ""
    same: Same
    telling: bool = True

    def difference(self, *, new: bool) -> Difference:
        return Difference(
            kind=self.kind,
            severity=self.severity,
            layer=self.layer,
            step=self.step,
            time_s=self.time_s,
            new=new,
            text=self.text,
            where=self.where,
            telling=self.telling,
        )


def _news(mine: list[_Fact], theirs: list[_Fact]) -> list[_Fact]:
    """Facts of mine that are more than theirs: at steps where they have none of the kind,
    and no more than they are short of."""
    known = Counter(fact.same for fact in theirs)
    excess = Counter(fact.same for fact in mine)
    excess.subtract(known)
    at_step = {(fact.same, fact.step) for fact in theirs}
    news: list[_Fact] = []
    for fact in mine:
        if excess[fact.same] > 0 and (fact.same, fact.step) not in at_step:
            excess[fact.same] -= 1
            news.append(fact)
    return news


def _facts(trace: Trace) -> Iterator[_Fact]:
    failing = [request for request in _of(trace, Request) if _is_failing(request)]
    uncaught = [_of_error(error) for error in _of(trace, ScriptError)]
    yield from _extensions(_of(trace, ExtensionState))
    yield from map(_of_policy, (policy for policy in _of(trace, PolicyState) if policy.said))
    yield from uncaught
    yield from map(_of_request, failing)
    yield from _console(_of(trace, ConsoleMessage), failing, {fact.same[1] for fact in uncaught})
    yield from _log(_of(trace, LogLine), failing)
    yield from map(_of_migration, _of(trace, Migration))


def _of(trace: Trace, kind: type[_Kind]) -> list[_Kind]:
    return [item for item in trace.observations if isinstance(item, kind)]


def _extensions(states: Iterable[ExtensionState]) -> Iterator[_Fact]:
    """Those that were not loaded, and what the browser holds against others."""
    for state in states:
        if state.loaded and not state.said:
            continue
        yield _Fact(
            kind="extension",
            severity="warning" if state.loaded else "error",
            layer=state.layer,
            step=state.step,
            time_s=state.time_s,
            text=str(state.message()),
            where=f"{state.name}@{state.version}",
            same=("extension", state.name, state.said if state.loaded else ""),
            telling=not state.loaded,
        )


def _of_policy(policy: PolicyState) -> _Fact:
    return _Fact(
        kind="policy",
        layer=policy.layer,
        step=policy.step,
        time_s=policy.time_s,
        text=str(policy.message()),
        where=policy.name,
        same=("policy", policy.name),
    )


def _of_error(error: ScriptError) -> _Fact:
    return _Fact(
        kind="error",
        layer="client",
        step=error.step,
        time_s=error.time_s,
        text="\n".join(filter(None, [error.text, error.stack])),
        where=_place(error),
        same=("error", identity.of_text(error.text)),
    )


def _is_failing(request: Request) -> bool:
    if request.failure and any(word in request.failure for word in _ABORTED):
        return False
    return bool(request.failure) or (request.status or 0) >= 400


def _unanswered(trace: Trace, other: Trace) -> Iterator[_Fact]:
    """Where a step failed: requests that had no answer for a while, and that the other side answered."""
    if not trace.failed:
        return
    answered = {_asked(request) for request in _of(other, Request) if request.status is not None}
    for request in _of(trace, Request):
        waited_s = trace.duration_s - request.time_s
        if request.status is None and not request.failure and waited_s >= PATIENCE_S and _asked(request) in answered:
            yield _of_request(request)


def _asked(request: Request) -> tuple[str, str]:
    return request.method, identity.of_url(request.url)


def _of_request(request: Request) -> _Fact:
    answered = request.status is not None and request.status >= 400
    what = f"HTTP {request.status}" if answered else request.failure or NO_ANSWER
    telling = request.resource in _TELLING_RESOURCES or not request.resource
    return _Fact(
        kind="request",
        layer="link" if request.obstacle or (request.failure and not answered) else "server",
        step=request.step,
        time_s=request.time_s,
        text=f"{what}: {request.obstacle.message()}" if request.obstacle else what,
        where=f"{request.method} {request.url}",
        same=("request", request.method, identity.of_url(request.url), what),
        telling=telling and not identity.path_of(request.url).endswith("/favicon.ico"),
    )


def _console(messages: Iterable[ConsoleMessage], failing: list[Request], uncaught: set[str]) -> Iterator[_Fact]:
    """Warnings and errors, without those that only repeat an uncaught error or a failed request."""
    for message in messages:
        same = identity.of_text(message.text)
        if message.level not in ("warn", "error") or same in uncaught or _is_echo(message, failing):
            continue
        is_error = message.level == "error"
        blocked = is_error and any(word in message.text for word in _BLOCKED)
        yield _Fact(
            kind="console",
            severity="error" if is_error else "warning",
            layer="link" if blocked else "client",
            step=message.step,
            time_s=message.time_s,
            text="\n".join(filter(None, [message.text, message.stack])),
            where=_place(message),
            same=("console", message.level, same),
            telling=is_error,
        )


def _is_echo(message: ConsoleMessage, failing: list[Request]) -> bool:
    if _ECHO not in message.text:
        return False
    return not message.url or any(request.url == message.url or request.url in message.text for request in failing)


def _log(lines: list[LogLine], failing: list[Request]) -> Iterator[_Fact]:
    """Tracebacks, errors and warnings of the product, without what the requests say already."""
    seen = {(identity.path_of(request.url), request.status) for request in failing}
    for entry in logs.entries(lines):
        if entry.weight == "chatter" or logs.access(entry.headline) in seen:
            continue
        yield _Fact(
            kind="log",
            severity=entry.weight,
            layer="server",
            step=entry.step,
            time_s=entry.time_s,
            text=entry.text,
            where="server.log" if entry.source == "product" else f"service-{entry.source}.log",
            same=("log", entry.source, entry.weight, identity.of_text(entry.headline)),
            telling=entry.weight == "error",
        )


def _of_migration(migration: Migration) -> _Fact:
    what = f"{migration.command}: exit code {migration.exit_code}"
    return _Fact(
        kind="migration",
        layer="server",
        step=migration.step,
        time_s=migration.time_s,
        text=f"{what}\n\n{migration.output}",
        where="migrate.log",
        same=("migration", identity.of_text(what)),
    )


def _responses(before: Trace, after: Trace, ran: set[int], noise: frozenset[Same]) -> Iterator[Difference]:
    """Answers of another shape: no error by themselves, and what may be behind one."""
    old, new = ([item for item in _of(trace, Request) if item.step in ran] for trace in (before, after))
    for change in responses.quiet(responses.changes(old, new), noise):
        yield Difference(
            kind="response",
            severity="warning",
            layer="server",
            step=change.step,
            time_s=change.time_s,
            new=True,
            text=str(responses.words(change)),
            where=change.endpoint,
            telling=False,
            response=change,
        )


def _of_mail(mail: Mail) -> _Fact:
    """That it does not come: what is wrong with the side that has no such mail."""
    to = ", ".join(mail.recipients)
    return _Fact(
        kind="mail",
        layer="server",
        step=mail.step,
        time_s=mail.time_s,
        text=f"no mail “{mail.subject}” to {to}\n\n{mail.text}",
        where=f"service-{mail.source}.log",
        same=("mail", *sorted(mail.recipients), identity.of_text(mail.subject)),
    )


def _place(item: ConsoleMessage | ScriptError) -> str:
    return ":".join(str(part) for part in (item.url, item.line, item.column) if part not in ("", None))

"""What went wrong in a replay, in the form in which two sides are compared. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from harness.facts import failures, faults, identity, logs
from harness.language import Message
from harness.model import (
    ConsoleMessage,
    Difference,
    Ended,
    ExtensionState,
    Layer,
    LogLine,
    Mail,
    Migration,
    PolicyState,
    Request,
    Said,
    ScriptError,
    Trace,
)

_Kind = TypeVar("_Kind")

Same = tuple[str, ...]  # equal for facts that say the same

_ABORTED = ("ERR_ABORTED", "NS_BINDING_ABORTED", "NS_ERROR_ABORT")  # the page went elsewhere: nobody's fault
_ECHO = "Failed to load resource"  # the browser's own words about a request that is observed anyway
PATIENCE_S = 1.0  # without an answer until the end of a replay that failed
NO_ANSWER = Message("no answer")
SAID_MAX = 300  # characters
_TELLING_RESOURCES = frozenset({"document", "script", "style", "fetch", "xhr", "iframe"})
_BLOCKED = ("ERR_", "CORS policy", "Cross-Origin Request Blocked", "Mixed Content", "Content Security Policy")


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """Something that went wrong; equal ``same`` says the same."""

    kind: Literal["console", "error", "request", "log", "migration", "ended", "extension", "policy", "mail"]
    severity: Literal["error", "warning"] = "error"
    layer: Layer
    step: int
    time_s: float
    text: str
    said: Message | None = None  # its first line, where that is ours to put into words
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
            said=Said.of(self.said) if self.said else None,
            where=self.where,
            telling=self.telling,
        )


def anomalies(trace: Trace) -> Iterator[Anomaly]:
    """All of a replay, but what did not come."""
    failing = [request for request in of_kind(trace, Request) if _is_failing(request)]
    uncaught = [_of_error(error) for error in of_kind(trace, ScriptError)]
    yield from _extensions(of_kind(trace, ExtensionState))
    yield from map(_of_policy, (policy for policy in of_kind(trace, PolicyState) if policy.said))
    yield from uncaught
    yield from map(_of_request, failing)
    yield from _console(of_kind(trace, ConsoleMessage), failing, {fact.same[1] for fact in uncaught})
    yield from _log(of_kind(trace, LogLine), failing)
    yield from map(_of_migration, of_kind(trace, Migration))
    yield from map(_of_end, of_kind(trace, Ended))


def of_kind(trace: Trace, kind: type[_Kind]) -> list[_Kind]:
    return [item for item in trace.observations if isinstance(item, kind)]


def _extensions(states: Iterable[ExtensionState]) -> Iterator[Anomaly]:
    """Those that were not loaded, and what the browser holds against others."""
    for state in states:
        if state.loaded and not state.said:
            continue
        yield Anomaly(
            kind="extension",
            severity="warning" if state.loaded else "error",
            layer=state.layer,
            step=state.step,
            time_s=state.time_s,
            text=str(state.message()),
            said=state.message(),
            where=f"{state.name}@{state.version}",
            same=("extension", state.name, state.said if state.loaded else ""),
            telling=not state.loaded,
        )


def _of_policy(policy: PolicyState) -> Anomaly:
    return Anomaly(
        kind="policy",
        layer=policy.layer,
        step=policy.step,
        time_s=policy.time_s,
        text=str(policy.message()),
        said=policy.message(),
        where=policy.name,
        same=("policy", policy.name),
    )


def _of_error(error: ScriptError) -> Anomaly:
    return Anomaly(
        kind="error",
        layer="client",
        step=error.step,
        time_s=error.time_s,
        text="\n".join(filter(None, [error.text, error.stack])),
        where=_place(error),
        same=("error", faults.of(error.text)),
    )


def _is_failing(request: Request) -> bool:
    if request.failure and any(word in request.failure for word in _ABORTED):
        return False
    return bool(request.failure) or (request.status or 0) >= 400


def unanswered(trace: Trace, other: Trace) -> Iterator[Anomaly]:
    """Where a step failed: requests that had no answer for a while, and that the other side answered."""
    if not trace.failed:
        return
    answered = {_asked(request) for request in of_kind(other, Request) if request.status is not None}
    for request in of_kind(trace, Request):
        waited_s = trace.duration_s - request.time_s
        if request.status is None and not request.failure and waited_s >= PATIENCE_S and _asked(request) in answered:
            yield _of_request(request)


def _asked(request: Request) -> tuple[str, str]:
    return request.method, identity.of_url(request.url)


def _of_request(request: Request) -> Anomaly:
    answered = request.status is not None and request.status >= 400
    what = f"HTTP {request.status}" if answered else request.failure or str(NO_ANSWER)
    said = NO_ANSWER if what == str(NO_ANSWER) else None
    if request.obstacle:
        said = Message("{what}: {why}", what=said or what, why=request.obstacle.message())
    telling = request.resource in _TELLING_RESOURCES or not request.resource
    return Anomaly(
        kind="request",
        layer="link" if request.obstacle or (request.failure and not answered) else "server",
        step=request.step,
        time_s=request.time_s,
        text="\n".join(filter(None, [str(said or what), _said(request.body) if answered else ""])),
        said=said,
        where=f"{request.method} {request.url}",
        same=("request", request.method, identity.of_url(request.url), failures.same(what)),
        telling=telling and not identity.path_of(request.url).endswith("/favicon.ico"),
    )


def _said(body: object) -> str:
    """What an answer that refuses says, in one line: often it alone tells why."""
    if body in (None, "", {}, []):
        return ""
    said = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return said if len(said) <= SAID_MAX else said[: SAID_MAX - 1] + "…"


def _console(messages: Iterable[ConsoleMessage], failing: list[Request], uncaught: set[str]) -> Iterator[Anomaly]:
    """Warnings and errors, without those that only repeat an uncaught error or a failed request."""
    for message in messages:
        same, refused = faults.of(message.text), faults.is_blocked(message.text)
        if message.level not in ("warn", "error") or same in uncaught or _is_echo(message, failing):
            continue
        is_error = message.level == "error" or refused  # Firefox calls what it blocks a warning
        blocked = refused or (is_error and any(word in message.text for word in _BLOCKED))
        yield Anomaly(
            kind="console",
            severity="error" if is_error else "warning",
            layer="link" if blocked else "client",
            step=message.step,
            time_s=message.time_s,
            text="\n".join(filter(None, [message.text, message.stack])),
            where=_place(message),
            same=("console", "error" if is_error else "warn", same),
            telling=is_error,
        )


def _is_echo(message: ConsoleMessage, failing: list[Request]) -> bool:
    if _ECHO not in message.text:
        return False
    return not message.url or any(request.url == message.url or request.url in message.text for request in failing)


def _log(lines: list[LogLine], failing: list[Request]) -> Iterator[Anomaly]:
    """Tracebacks, errors and warnings of the product, without what the requests say already. Before the first step each
    counts once: how often it is asked then whether it is ready is none of its doing."""
    seen = {(identity.path_of(request.url), request.status) for request in failing}
    at_start = set[Same]()
    for entry in logs.entries(lines):
        if entry.weight == "chatter" or logs.access(entry.headline) in seen:
            continue
        same = ("log", entry.source, entry.weight, identity.of_log(entry.headline))
        if entry.step == 0 and same in at_start:
            continue
        at_start.add(same)
        yield Anomaly(
            kind="log",
            severity=entry.weight,
            layer="server",
            step=entry.step,
            time_s=entry.time_s,
            text=entry.text,
            where="server.log" if entry.source == "product" else f"service-{entry.source}.log",
            same=same,
            telling=entry.weight == "error",
        )


def _of_migration(migration: Migration) -> Anomaly:
    said = Message("{command}: exit code {code}", command=migration.command, code=migration.exit_code)
    what = str(said)
    return Anomaly(
        kind="migration",
        layer="server",
        step=migration.step,
        time_s=migration.time_s,
        text=f"{what}\n\n{migration.output}",
        said=said,
        where="migrate.log",
        same=("migration", identity.of_text(what)),
    )


def _of_end(end: Ended) -> Anomaly:
    said = end.message()
    what = str(said)
    return Anomaly(
        kind="ended",
        layer="server",
        step=end.step,
        time_s=end.time_s,
        text=what,
        said=said,
        where="containers.json",
        same=("ended", identity.of_text(what)),
    )


def mails(trace: Trace) -> list[Anomaly]:
    """That a mail does not come, for each that does."""
    return list(map(_of_mail, of_kind(trace, Mail)))


def _of_mail(mail: Mail) -> Anomaly:
    """That it does not come: what is wrong with the side that has no such mail."""
    said = Message("no mail “{subject}” to {to}", subject=mail.subject, to=", ".join(mail.recipients))
    return Anomaly(
        kind="mail",
        layer="server",
        step=mail.step,
        time_s=mail.time_s,
        text=f"{said}\n\n{mail.text}",
        said=said,
        where=f"service-{mail.source}.log",
        same=("mail", *sorted(mail.recipients), identity.of_text(mail.subject)),
    )


def _place(item: ConsoleMessage | ScriptError) -> str:
    return ":".join(str(part) for part in (item.url, item.line, item.column) if part not in ("", None))

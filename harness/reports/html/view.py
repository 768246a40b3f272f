"""What the template of the HTML report shows: plain values in the reader's language."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.evidence import SIDES
from harness.facts import faults, logs
from harness.language import Language, Message
from harness.model import (
    Attempt,
    ClientState,
    Comparison,
    ConsoleMessage,
    Difference,
    ExtensionState,
    LogLine,
    Mail,
    Observation,
    Outcome,
    PolicyState,
    Request,
    Screenshot,
    ScriptError,
    Side,
    Trace,
    Verdict,
)
from harness.reports.html.labels import STATES
from harness.reports.html.looks import Looks, looks_view
from harness.reports.html.pictures import Album, Picture
from harness.writing.words import one_line, printable

TEXT_MAX = 4000  # characters of one message
BODY_MAX = 3000  # characters of one JSON answer
ROWS_MAX = 60  # rows of one list of one step


@dataclass(frozen=True, kw_only=True)
class Line:
    """A console message or a log line; ``level`` is error, warn, info or debug."""

    level: str
    text: str  # first line
    rest: str  # stack
    where: str
    new: bool


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """A request, by its path where it went to the product."""

    method: str
    address: str
    status: str
    failed: bool
    resource: str
    took_ms: int | None
    size: str
    body: str
    new: bool


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of one list; ``left_out`` were too many."""

    rows: Sequence[Line | Fetch]
    left_out: int = 0

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def news(self) -> bool:
        return any(row.new for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class SideOfStep:
    side: Side
    outcome: str  # passed, failed, not-run
    seconds: float
    reason: str
    attempts: tuple[tuple[str, str, str, int], ...]  # selector, state's key, words, elements found
    matched: str
    notes: tuple[str, ...]
    title: str
    url: str
    picture: Picture | None
    console: Rows
    requests: Rows
    log: Rows


@dataclass(frozen=True, kw_only=True)
class StepView:
    number: int
    description: str
    action: str
    decides: bool  # the verdict is about this step
    new: int  # differences that only the side after has
    gone: int  # differences that only the side before has
    sides: tuple[SideOfStep, ...]
    looks: Looks | None


class Storyboard:
    """Every step, with what was captured while it ran."""

    def __init__(
        self,
        album: Album,
        verdict: Verdict,
        comparison: Comparison | None,
        traces: dict[Side, Trace | None],
        lang: Language,
    ) -> None:
        self.album = album
        self.traces = traces
        self.lang = lang
        self.news = _News(comparison)
        self.appearances = {one.step: one for one in comparison.appearance} if comparison else {}
        self.origin = _origin(traces.values())
        self.deciding = verdict.step.number if verdict.step else None
        self.outcomes: dict[Side, dict[int, Outcome]] = {
            side: {item.number: item for item in trace.outcomes} if trace else {} for side, trace in traces.items()
        }

    def steps(self) -> tuple[StepView, ...]:
        """In order; step 0 first where something was captured before the first step."""
        numbers = sorted({number for found in self.outcomes.values() for number in found})
        # the step that decides first: if the budget for pictures is spent, it is spent on what matters
        order = sorted(numbers, key=lambda number: abs(number - (self.deciding or 1)))
        made = {number: self._step(number) for number in order}
        start = self._step(0)
        has_start = any(part.console or part.requests or part.log for part in start.sides)
        return (*([start] if has_start else []), *(made[number] for number in numbers))

    def _step(self, number: int) -> StepView:
        known = self.outcomes["after"].get(number) or self.outcomes["before"].get(number)
        words = known.description if known else {}
        return StepView(
            number=number,
            description=printable(words.get(self.lang) or words.get("en") or (known.action if known else "")),
            action=known.action if known else "",
            decides=number == self.deciding,
            new=self.news.new[number],
            gone=self.news.gone[number],
            sides=tuple(self._side(side, number) for side in SIDES),
            looks=self._looks(number),
        )

    def _looks(self, number: int) -> Looks | None:
        found = self.appearances.get(number)
        return looks_view(found, self.album, self.lang) if found else None

    def _side(self, side: Side, number: int) -> SideOfStep:
        outcome, trace = self.outcomes[side].get(number), self.traces[side]
        seen = [item for item in trace.observations if item.step == number] if trace else []
        seen.sort(key=lambda item: item.time_s)
        shots = [item for item in seen if isinstance(item, Screenshot)]
        failed = outcome if outcome and outcome.outcome == "failed" else None
        return SideOfStep(
            side=side,
            outcome=outcome.outcome if outcome else "not-run",
            seconds=outcome.duration_s if outcome else 0.0,
            reason=self._cut(failed.reason.message().into(self.lang)) if failed and failed.reason else "",
            attempts=tuple(map(self._attempt, failed.attempts)) if failed else (),
            matched=one_line(outcome.matched or "") if outcome else "",
            notes=tuple(one_line(note.message().into(self.lang)) for note in outcome.notes) if outcome else (),
            title=one_line(outcome.page_title, 120) if outcome else "",
            url=one_line(outcome.page_url) if outcome else "",
            picture=self.album.picture(shots[-1].path) if shots else None,
            console=_rows(
                [self._client(item, side) for item in seen if isinstance(item, (ExtensionState, PolicyState))]
                + [self._console(item, side) for item in _console_of(seen)]
            ),
            requests=_rows([self._fetch(item, side) for item in seen if isinstance(item, Request)]),
            log=_rows(
                [self._mail(item, side) for item in seen if isinstance(item, Mail)]
                + [self._log(item, side) for item in seen if isinstance(item, LogLine)]
            ),
        )

    def _attempt(self, attempt: Attempt) -> tuple[str, str, str, int]:
        words = STATES[attempt.state].into(self.lang)
        detail = f" ({one_line(attempt.detail)})" if attempt.detail else ""
        return one_line(attempt.selector), attempt.state, words + detail, attempt.found

    def _client(self, item: ClientState, side: Side) -> Line:
        refused = bool(item.said) if isinstance(item, PolicyState) else not item.loaded
        return Line(
            level="error" if refused else "warn" if item.said else "info",
            text=self._cut(item.message().into(self.lang)),
            rest="",
            where=one_line(item.name),
            new=self.news.has(side, item.kind, item.step, item.time_s),
        )

    def _console(self, item: ConsoleMessage | ScriptError, side: Side) -> Line:
        text, _, rest = printable(item.text).partition("\n")
        place = ":".join(str(part) for part in (item.url, item.line, item.column) if part not in ("", None))
        level = "error" if isinstance(item, ScriptError) else item.level
        return Line(
            level=level,
            text=self._cut(text),
            rest=self._cut("\n".join(filter(None, [rest, item.stack if level in ("error", "warn") else ""]))),
            where=one_line(place),
            new=self.news.has(side, item.kind, item.step, item.time_s),
        )

    def _fetch(self, item: Request, side: Side) -> Fetch:
        return Fetch(
            method=one_line(item.method, 12),
            address=one_line(item.url.removeprefix(self.origin), 240),
            status=one_line(item.failure or str(item.status or "–"), 60),
            failed=bool(item.failure) or (item.status or 0) >= 400,
            resource=one_line(item.resource, 16),
            took_ms=None if item.duration_s is None else round(item.duration_s * 1000),
            size="" if item.size_bytes is None else size(item.size_bytes),
            body=self._body(item),
            new=self.news.has(side, "request", item.step, item.time_s),
        )

    def _body(self, item: Request) -> str:
        if item.body is None:
            return printable(item.body_missing or "")
        return self._cut(json.dumps(item.body, ensure_ascii=False, indent=2), BODY_MAX)

    def _log(self, item: LogLine, side: Side) -> Line:
        text = logs.plain(item.text)
        level = self.news.level(side, item.step, text)
        where = "" if item.source == "product" else one_line(item.source)
        return Line(level=level or "info", text=self._cut(text), rest="", where=where, new=level is not None)

    def _mail(self, item: Mail, side: Side) -> Line:
        """A mail; it is news where the other side has none such."""
        said = Message("mail “{subject}” to {to}", subject=item.subject, to=", ".join(item.recipients))
        other: Side = "before" if side == "after" else "after"
        new = self.news.has(other, item.kind, item.step, item.time_s)
        text = self._cut(said.into(self.lang))
        return Line(level="info", text=text, rest=self._cut(item.text), where=one_line(item.source), new=new)

    def _cut(self, text: str, length: int = TEXT_MAX) -> str:
        """At most ``length`` characters, saying how many there are more."""
        text = printable(text)
        if len(text) <= length:
            return text
        more = Message("… {count} characters more", count=len(text) - length)
        return text[:length] + "\n" + more.into(self.lang)


class _News:
    """Which observations are differences: found again by side, kind, step and time."""

    def __init__(self, comparison: Comparison | None) -> None:
        counted = comparison.differences if comparison else ()
        differences = [item for item in counted if item.kind not in ("step", "response")]
        self.new = Counter(item.step for item in differences if item.new)
        self.gone = Counter(item.step for item in differences if not item.new)
        self.known = {(self._side(item), item.kind, item.step, round(item.time_s, 6)) for item in differences}
        self.lines = {
            (self._side(item), item.step, line.strip()): "error" if item.severity == "error" else "warn"
            for item in differences
            if item.kind == "log"
            for line in item.text.splitlines()
            if line.strip()
        }

    @staticmethod
    def _side(item: Difference) -> str:
        return "after" if item.new else "before"

    def has(self, side: Side, kind: str, step: int, time_s: float) -> bool:
        return (side, kind, step, round(time_s, 6)) in self.known

    def level(self, side: Side, step: int, text: str) -> str | None:
        """How bad a log line is that only this side has; None for all others."""
        return self.lines.get((side, step, text.strip()))


def _origin(traces: Iterable[Trace | None]) -> str:
    """``http://product:8000``, where most requests go; of the first page that was opened."""
    urls = (item.page_url for trace in traces if trace for item in trace.outcomes if item.page_url.startswith("http"))
    return "/".join(next(urls, "").split("/")[:3])


def _console_of(seen: Iterable[Observation]) -> list[ConsoleMessage | ScriptError]:
    """Messages and uncaught errors; not the console's copy of an uncaught error."""
    found = [item for item in seen if isinstance(item, (ConsoleMessage, ScriptError))]
    uncaught = {faults.of(item.text) for item in found if isinstance(item, ScriptError)}
    return [item for item in found if isinstance(item, ScriptError) or faults.of(item.text) not in uncaught]


def _rows(rows: Sequence[Line | Fetch]) -> Rows:
    """The first rows, and those that are new wherever they are."""
    kept = [row for index, row in enumerate(rows) if index < ROWS_MAX or row.new][: 2 * ROWS_MAX]
    return Rows(rows=kept, left_out=len(rows) - len(kept))


def size(size_bytes: int) -> str:
    if size_bytes < 1000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1000:.1f} kB" if size_bytes < 1_000_000 else f"{size_bytes / 1_000_000:.1f} MB"

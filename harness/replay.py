"""replay: scenario × replica → Trace. A dead browser is a fault of the trace, never a failed step."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from harness.browsers import BROWSERS
from harness.errors import BrowserError
from harness.language import LANGUAGES, Message
from harness.model import Fault, Frozen, Outcome, Replica, Said, Scenario, Side, Step, Trace, in_language
from harness.observers import OBSERVERS
from harness.page import LivePage
from harness.protocols import Observer, Session, StepFailure
from harness.recording import Recording
from harness.steps import STEPS

SUBSCRIBE_TIMEOUT_S = 10.0
FINISH_TIMEOUT_S = 5.0


class _Head(Frozen):
    """First line of ``trace.jsonl``."""

    side: Side
    browser: str
    scenario: str


class _Tail(Frozen):
    """Last line of ``trace.jsonl``."""

    not_observed: tuple[Said, ...]
    fault: Fault | None
    duration_s: float


def open_session(replica: Replica) -> Session:
    """Start the browser of a replica; its product need not be ready. BrowserError."""
    client = replica.environment.client
    hosts = (urlsplit(replica.product_url).hostname or "", replica.product_address[0])
    only = hosts if replica.environment.link.egress == "deny" else None
    return BROWSERS[client.browser.name].open(replica.webdriver_url, client, hosts=only)


def replay(
    scenario: Scenario,
    replica: Replica,
    folder: Path,
    *,
    side: Side,
    on_step: Callable[[Outcome], None] | None = None,
    session: Session | None = None,
) -> Trace:
    """Do the steps until one fails, and keep what was seen in ``folder`` (of one side of a run).

    Leaves ``trace.jsonl``, ``screenshots/`` and ``dom/``. Closes the session, also one
    that was given. What is not the page's doing is the trace's ``fault``; raises
    BrowserError only where the browser does not even start.
    """
    session = session or open_session(replica)
    try:
        recording = Recording(session, folder, _Head(side=side, browser=session.browser, scenario=scenario.name))
        try:
            return _Replay(scenario, replica, recording, side, on_step).trace()
        finally:
            recording.close()
    finally:
        session.close()


class _Replay:
    def __init__(
        self,
        scenario: Scenario,
        replica: Replica,
        recording: Recording,
        side: Side,
        on_step: Callable[[Outcome], None] | None,
    ) -> None:
        self.scenario = scenario
        self.replica = replica
        self.recording = recording
        self.side = side
        self.on_step = on_step
        self.observers: list[Observer] = [make() for make in OBSERVERS.values()]
        self.page = LivePage(recording.session, replica.product_url, observed=recording.observed, news=recording.wait)
        self.outcomes: list[Outcome] = []

    def trace(self) -> Trace:
        fault = self._run()
        not_observed = self._finish()
        if fault is None and (lost := self.recording.session.lost):
            fault = Fault(reason=Said.of(lost.what), step=len(self.outcomes))
        self._leave_out(self.scenario.steps[len(self.outcomes) :])
        self.recording.place_log(self.replica.log_path)
        duration_s = round(self.recording.now_s(), 6)
        self.recording.write(_Tail(not_observed=not_observed, fault=fault, duration_s=duration_s))
        return Trace(
            side=self.side,
            browser=self.recording.session.browser,
            outcomes=tuple(self.outcomes),
            observations=tuple(self.recording.observed()),
            not_observed=not_observed,
            fault=fault,
            duration_s=duration_s,
        )

    def _finish(self) -> tuple[Said, ...]:
        """Let all observers end within one time; what they could not observe."""
        deadline = monotonic() + FINISH_TIMEOUT_S
        missed = [observer.finish(max(0.0, deadline - monotonic())) for observer in self.observers]
        return tuple(Said.of(message) for messages in missed for message in messages)

    def _run(self) -> Fault | None:
        """The steps until one fails; returns what was not the page's doing."""
        number = 0
        try:
            started = [future for observer in self.observers for future in observer.start(self.recording)]
            wait_for_all(started, timeout=SUBSCRIBE_TIMEOUT_S)
            for step in self.scenario.steps:
                number = step.number
                outcome = self._step(step)
                self._ended(outcome)
                if outcome.outcome == "failed":
                    break
        except BrowserError as exc:
            return Fault(reason=Said.of(exc.what), step=number)
        return None

    def _step(self, step: Step) -> Outcome:
        page, start_s = self.page, self.recording.step_begins()
        reason: Said | None = None
        page.begin(step.timeout_s)
        try:
            STEPS[step.action].run(page, step.arguments)
        except StepFailure as failure:
            reason = Said.of(failure.reason)
        duration_s = self.recording.now_s() - start_s
        title, url = self._show(step, passed=reason is None)
        if page.session.lost:
            raise page.session.lost
        return Outcome(
            number=step.number,
            action=step.action,
            description=describe(step),
            outcome="passed" if reason is None else "failed",
            start_s=round(start_s, 6),
            duration_s=round(duration_s, 6),
            matched=page.matched if reason is None else None,
            reason=reason,
            attempts=page.attempts,
            notes=tuple(page.notes),
            page_title=title,
            page_url=url,
        )

    def _show(self, step: Step, *, passed: bool) -> tuple[str, str]:
        """Have the observers show the page as the step leaves it; returns its title and URL.

        A picture costs more than the step where a step only looks; where such a step
        passed and the page is as it was, the last picture is of it, too.
        """
        page, only_looked = self.page, passed and STEPS[step.action].passive
        shown = [] if only_looked else self._shown(step.number, unchanged=False)
        title, url, unchanged = page.glance()
        if only_looked:
            shown = [*page.shown, *self._shown(step.number, unchanged=unchanged)]
        page.shown = shown
        return title, url

    def _shown(self, number: int, *, unchanged: bool) -> list[Future[Any]]:
        return [future for observer in self.observers for future in observer.step_ended(number, unchanged=unchanged)]

    def _leave_out(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self._ended(
                Outcome(number=step.number, action=step.action, description=describe(step), outcome="not-run"),
                quiet=True,
            )

    def _ended(self, outcome: Outcome, *, quiet: bool = False) -> None:
        self.outcomes.append(outcome)
        self.recording.write(outcome)
        if self.on_step and not quiet:
            self.on_step(outcome)


def describe(step: Step) -> dict[str, str]:
    """The step in every language: the author's words, else the step's own."""
    if step.description is not None:
        return {lang: in_language(step.description, lang) for lang in LANGUAGES}
    message: Message = STEPS[step.action].describe(step.arguments)
    return {lang: message.into(lang) for lang in LANGUAGES}

"""Observing: a browser under all observers, from the first event to a trace."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from pathlib import Path
from time import monotonic
from typing import Any

from harness.errors import InputError
from harness.language import Message
from harness.masking import Secrets, said
from harness.model import Fault, Frozen, Link, Outcome, Said, Side, Trace
from harness.observers import OBSERVERS
from harness.observing.recording import Recording
from harness.protocols import Observer, Session
from harness.sourcemaps import Served, mapped

SUBSCRIBE_TIMEOUT_S = 10.0
FINISH_TIMEOUT_S = 5.0
QUIET_S = 0.1  # a side that works is over so long after the last that it showed
QUIET_TIMEOUT_S = 1.0


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


class Observing:
    """What a session does on one side, kept in ``folder`` as it comes: ``trace.jsonl``, ``screenshots/``, ``dom/``.

    ``begin`` first; ``show`` and ``ended`` once a step; then ``end``, and ``close`` in any case.
    """

    def __init__(
        self,
        session: Session,
        folder: Path,
        *,
        side: Side,
        name: str,
        secrets: Secrets,
        clock_off_s: int = 0,
        link: Link | None = None,
        served: Served | None = None,
    ) -> None:
        """``name`` is that of the scenario, or of what stands in its place; ``secrets`` are kept out of
        what is kept, and grow; ``clock_off_s`` is how far the browser's clock is ahead; ``link``
        is what lies between browser and product; ``served`` is the product, which may be asked for source maps."""
        self.session = session
        self.secrets = secrets
        self.side = side
        self._served = served
        head = _Head(side=side, browser=session.browser, scenario=name)
        self.recording = Recording(session, folder, head, secrets, clock_off_s, link)
        self._observers: list[Observer] = [make() for make in OBSERVERS.values()]

    def begin(self) -> None:
        """Everything is observed from now on. BrowserError."""
        started = [future for observer in self._observers for future in observer.start(self.recording)]
        wait_for_all(started, timeout=SUBSCRIBE_TIMEOUT_S)

    def show(self, number: int, *, unchanged: bool = False) -> list[Future[Any]]:
        """Have the observers show the page as a step leaves it; done when the futures are. With
        ``unchanged``, what showed it at the end of the step before does."""
        return [future for observer in self._observers for future in observer.step_ended(number, unchanged=unchanged)]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How the steps ended until now, without secrets."""
        return self.recording.outcomes()

    def ended(self, outcome: Outcome) -> Outcome:
        """Keep how a step ended, or that it was not run; returns what was kept."""
        return self.recording.ended(outcome)

    def hide(self, text: str) -> Message | None:
        """Keep a secret that a step types out of the evidence; why it cannot be, where it cannot."""
        try:
            self.secrets.add(text, f"step {self.recording.at()[0]}")
        except InputError as exc:
            return Message(
                "what was typed stays in the evidence: {why}; say `secret: false` where it is none", why=exc.what
            )
        return None

    def end(
        self,
        fault: Fault | None,
        log_path: Path,
        service_logs: Mapping[str, Path] | None = None,
        *,
        logged: Callable[[], None] = lambda: None,
    ) -> Trace:
        """Let the observers finish, and take in the logs of product and services: the whole trace. Where there is no
        ``fault`` and the browser is lost, that is the fault. ``logged`` waits until the logs hold what was printed
        until then."""
        works = fault is None and all(outcome.outcome == "passed" for outcome in self.outcomes)
        if works:  # what its last step set off comes after it; a side that fails there waits long enough to see it
            self.recording.quiet(QUIET_S, QUIET_TIMEOUT_S)
        seen, not_observed = len(self.recording.observed()), self._finish()
        if works and len(self.recording.observed()) > seen:  # what was under way then may have set off more
            self.recording.quiet(QUIET_S, QUIET_TIMEOUT_S)
        logged()
        if fault is None and (lost := self.session.lost):
            run = sum(outcome.outcome != "not-run" for outcome in self.outcomes)
            fault = Fault(reason=Said.of(lost.what), step=run)
        if fault:
            fault = fault.model_copy(update={"reason": said(fault.reason, self.secrets)})
        self.recording.place_log(log_path)
        for name, path in (service_logs or {}).items():
            self.recording.place_log(path, name)
        duration_s = round(self.recording.now_s(), 6)
        if self._served and fault is None:  # after its log was read: what it is asked for now is none of the page's
            for place in mapped(self.recording.observed(), self._served):
                self.recording.emit(place)
        self.recording.write(_Tail(not_observed=not_observed, fault=fault, duration_s=duration_s))
        outcomes, observations = self.recording.settled()
        return Trace(
            side=self.side,
            browser=self.session.browser,
            outcomes=outcomes,
            observations=observations,
            not_observed=not_observed,
            fault=fault,
            duration_s=duration_s,
        )

    def close(self) -> None:
        self.recording.close()

    def _finish(self) -> tuple[Said, ...]:
        """Let all observers end within one time; what they could not observe."""
        deadline = monotonic() + FINISH_TIMEOUT_S
        missed: list[Sequence[Message]] = [
            observer.finish(max(0.0, deadline - monotonic())) for observer in self._observers
        ]
        return tuple(said(Said.of(message), self.secrets) for messages in missed for message in messages)

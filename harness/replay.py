"""replay: scenario × replica → Trace. A dead browser is a fault of the trace, never a failed step."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from harness import case_secrets, masking, references
from harness.browsers import BROWSERS
from harness.errors import BrowserError
from harness.language import LANGUAGES, Message
from harness.masking import Secrets
from harness.model import Fault, Outcome, Replica, Said, Scenario, Side, Step, Trace, in_language
from harness.model.desktop import Settings, seconds_off
from harness.observing import Observing
from harness.page import LivePage
from harness.protocols import Session, StepFailure
from harness.replicas.reaching import ADVICE
from harness.sourcemaps import Served
from harness.steps import STEPS


def open_session(replica: Replica, secrets: Secrets | None = None, environ: Mapping[str, str] = os.environ) -> Session:
    """Start the browser of a replica; its product need not be ready. BrowserError, without ``secrets``.
    ``environ`` has what the address of one that runs elsewhere refers to."""
    client = replica.environment.client
    if client.browser.url:
        return _open_elsewhere(replica, secrets or Secrets(), environ)
    product, proxy = urlsplit(replica.product_url).hostname or "", replica.way.proxy.partition(":")[0]
    hosts = filter(None, (product, replica.product_address[0], replica.entrance[0], proxy))
    only = tuple(dict.fromkeys(hosts)) if replica.environment.link.egress == "deny" else None
    return BROWSERS[client.browser.name].open(replica.webdriver_url, client, hosts=only, way=replica.way)


def _open_elsewhere(replica: Replica, secrets: Secrets, environ: Mapping[str, str]) -> Session:
    client, browser = replica.environment.client, replica.environment.client.browser
    if replica.unreachable:
        raise BrowserError(replica.unreachable, ADVICE)
    asked = Settings(references.expanded(browser.capabilities, environ))
    url, known = references.expanded(browser.url, environ), browser.model_copy(update={"capabilities": asked})
    try:
        return BROWSERS[browser.name].open(url, client.model_copy(update={"browser": known}), way=replica.way)
    except BrowserError as exc:
        raise BrowserError(masking.said(Said.of(exc.what), secrets).message(), exc.advice) from None


def replay(
    scenario: Scenario,
    replica: Replica,
    folder: Path,
    *,
    side: Side,
    on_step: Callable[[Outcome], None] | None = None,
    session: Session | None = None,
    secrets: Secrets | None = None,
    environ: Mapping[str, str] = os.environ,
    logged: Callable[[], None] = lambda: None,
) -> Trace:
    """Do the steps until one fails, and keep what was seen in ``folder`` (of one side of a run).

    Leaves ``trace.jsonl``, ``screenshots/`` and ``dom/``. Closes the session, also one
    that was given. What is not the page's doing is the trace's ``fault``; raises
    BrowserError only where the browser does not even start. ``secrets`` are in nothing
    that is left; they grow by what is typed and seen. ``environ`` has the variables that steps refer to, ``logged``
    waits until the logs hold what was printed until then.
    """
    session = session or open_session(replica, secrets, environ)
    try:
        observing = Observing(
            session,
            folder,
            side=side,
            name=scenario.name,
            secrets=Secrets() if secrets is None else secrets,
            clock_off_s=seconds_off(replica.environment.client.clock),
            link=replica.environment.link,
            served=Served(url=replica.product_url, address=replica.product_address),
        )
        try:
            return _Replay(scenario, replica, observing, on_step, environ, logged).trace()
        finally:
            observing.close()
    finally:
        session.close()


class _Replay:
    def __init__(
        self,
        scenario: Scenario,
        replica: Replica,
        observing: Observing,
        on_step: Callable[[Outcome], None] | None,
        environ: Mapping[str, str],
        logged: Callable[[], None],
    ) -> None:
        self.logged = logged
        self.scenario = scenario
        self.replica = replica
        self.observing = observing
        self.recording = recording = observing.recording
        self.on_step = on_step
        self.environ = environ
        self.page = LivePage(
            observing.session,
            replica.product_url,
            observed=recording.observed,
            news=recording.wait,
            hide=observing.hide,
        )

    def trace(self) -> Trace:
        fault = self._run()
        self._leave_out(self.scenario.steps[len(self.observing.outcomes) :])
        return self.observing.end(fault, self.replica.log_path, self.replica.service_logs, logged=self.logged)

    def _run(self) -> Fault | None:
        """The steps until one fails; returns what was not the page's doing."""
        number = 0
        try:
            self.observing.begin()
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
            STEPS[step.action].run(page, case_secrets.arguments(step, self.environ))
        except StepFailure as failure:
            reason = Said.of(failure.reason)
        if not STEPS[step.action].passive:
            self.recording.acted()
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
        shown = [] if only_looked else self.observing.show(step.number)
        title, url, unchanged = page.glance()
        if only_looked:
            shown = [*page.shown, *self.observing.show(step.number, unchanged=unchanged)]
        page.shown = shown
        return title, url

    def _leave_out(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.observing.ended(
                Outcome(number=step.number, action=step.action, description=describe(step), outcome="not-run")
            )

    def _ended(self, outcome: Outcome) -> None:
        kept = self.observing.ended(outcome)
        if self.on_step:
            self.on_step(kept)


def describe(step: Step) -> dict[str, str]:
    """The step in every language: the author's words, else the step's own."""
    if step.description is not None:
        return {lang: in_language(step.description, lang) for lang in LANGUAGES}
    message: Message = STEPS[step.action].describe(step.arguments)
    return {lang: message.into(lang) for lang in LANGUAGES}

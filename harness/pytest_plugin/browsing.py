"""Browsing: a browser that one test uses, under observation. To the evidence the test is one step."""

from collections.abc import Iterator, Sequence
from concurrent.futures import wait as wait_for_all
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Literal

from harness.errors import BrowserError, HarnessError
from harness.language import LANGUAGES, Language, Message
from harness.model import ConsoleMessage, Observation, Outcome, Request, Said, ScriptError
from harness.model.desktop import seconds_off
from harness.observing import Observing
from harness.page import SHOWN_TIMEOUT_S, LivePage
from harness.protocols import Session, StepFailure
from harness.pytest_plugin.page import Page
from harness.pytest_plugin.replica import Replica
from harness.run import Up
from harness.sourcemaps import Served

STEP = 1
STATUS_TIMEOUT_S = 5.0


class Browsing:
    """From the first request of a test to ``trace.jsonl``, ``network.har``, a picture and the DOM's source."""

    def __init__(self, up: Up, session: Session, replica: Replica, *, test: str, lang: Language) -> None:
        """``test`` is its id. BrowserError."""
        self.session = session
        self.title = self.url = ""  # of the page as the test left it
        self._up = up
        self._lang = lang
        self._test = test
        self._started = datetime.now().astimezone()
        self._observing = Observing(
            session,
            replica.folder,
            side=replica.side,
            name=test,
            secrets=up.secrets,
            clock_off_s=seconds_off(up.environment.client.clock),
            served=Served(url=replica.url, address=replica.address),
        )
        recording = self._observing.recording
        self._observing.begin()
        self._start_s = recording.step_begins()
        self._live = LivePage(session, replica.url, observed=recording.observed, news=recording.wait)
        self.page = Page.over(self)

    @property
    def base_url(self) -> str:
        return self._live.base_url

    # ------------------------------------------------------- what was observed
    def observations(self) -> Sequence[Observation]:
        """Everything that the browser has told until now."""
        with suppress(BrowserError, StepFailure):  # then what it told before
            self._live.begin(0)
            self._live.catch_up()
        return self._observing.recording.observed()

    def console(self) -> Sequence[ConsoleMessage]:
        return [item for item in self.observations() if isinstance(item, ConsoleMessage)]

    def errors(self) -> Sequence[ScriptError]:
        return [item for item in self.observations() if isinstance(item, ScriptError)]

    def requests(self) -> Sequence[Request]:
        self.observations()
        return self._live.requests()

    def wait_for_request(self, url: str, timeout_s: float) -> Request:
        found: list[Request] = []

        def missing() -> Message | None:
            found.extend(request for request in self._live.requests() if url in request.url)
            return None if found else Message("no request to {url} was seen", url=url)

        self._live.begin(timeout_s)
        try:
            self._live.await_observation(missing)
        except StepFailure as failure:
            raise TimeoutError(failure.reason.into(self._lang)) from None
        return found[0]

    # ---------------------------------------------------------------- the end
    def verify(self) -> None:
        """BrowserError where the browser is lost."""
        if self.session.lost:
            raise self.session.lost
        self.session.command("session.status", {}, timeout_s=STATUS_TIMEOUT_S)

    def test_ended(self, outcome: Literal["passed", "failed", "not-run"], reason: str = "") -> None:
        """Show the page as the test leaves it, and keep how that was. HarnessError where that cannot be kept."""
        if self._observing.outcomes:
            return
        recording = self._observing.recording
        duration_s = recording.now_s() - self._start_s
        shown = self._observing.show(STEP)
        with suppress(BrowserError):
            self.title, self.url, _ = self._live.glance()
        wait_for_all(shown, timeout=SHOWN_TIMEOUT_S)
        ended = Outcome(
            number=STEP,
            action="test",
            description=dict.fromkeys(LANGUAGES, self._test),
            outcome=outcome,
            start_s=round(self._start_s, 6),
            duration_s=round(duration_s, 6),
            reason=Said.of(Message("{reason}", reason=reason)) if reason else None,
            page_title=self.title,
            page_url=self.url,
        )
        with _kept():
            self._observing.ended(ended)

    def end(self) -> None:
        """Nothing is observed any more, and all is on disk. HarnessError where it is not."""
        try:
            self.test_ended("not-run")
            with _kept():
                replica = self._up.provisioned.replica
                trace = self._observing.end(None, replica.log_path, replica.service_logs)
                self._up.folder.write_network(trace, self._started)
        finally:
            self._observing.close()


@contextmanager
def _kept() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise HarnessError(Message("the evidence could not be kept: {why}", why=exc)) from exc

"""What stands while a test in Python runs: its replica, its browser, and what both say of a failure."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from harness import run
from harness.errors import HarnessError
from harness.language import Language, Message
from harness.model import ConsoleMessage, Request, ScriptError
from harness.pytest_plugin.browsing import Browsing
from harness.pytest_plugin.marks import USAGE, Place
from harness.pytest_plugin.page import Page
from harness.pytest_plugin.replica import Replica
from harness.pytest_plugin.settings import STAGE, Settings, here, in_our_words, progress
from harness.signals import on_sigterm
from harness.writing import words

SHOWN = 5  # errors, and failed requests
SECTION = "harness"


class Stage:
    """A replica, and the browser in it once the test has asked for its page."""

    def __init__(self, up: run.Up, replica: Replica, name: str, lang: Language) -> None:
        """``name`` is that of the environment file."""
        self.up = up
        self.replica = replica
        self.name = name
        self.lang = lang
        self.browsing: Browsing | None = None

    def judge(self, report: pytest.TestReport) -> None:
        """Called as soon as it is known how the test ended. What is not its doing makes an error
        of a failure, and of a pass, too; a failure is told what was seen."""
        skipped = report.skipped and not hasattr(report, "wasxfail")
        fault = self._fault(report, skipped)
        if fault and not skipped:
            _make_error(report, fault, self.lang)
        if report.failed:
            _add_section(report, self._words())

    def _fault(self, report: pytest.TestReport, skipped: bool) -> HarnessError | None:
        """Keep how the page was left; why the test tells nothing, where browser, engine or disk fail."""
        try:
            if self.browsing and (report.passed or skipped):
                self.browsing.test_ended("not-run" if skipped else "passed")
            elif self.browsing:
                self.browsing.test_ended("failed", _reason(report))
            if self.browsing:
                self.browsing.verify()
            self.up.provisioned.verify()
        except HarnessError as exc:
            return exc
        return None

    def _words(self) -> str:
        """What a person asks first."""
        where = f"{self.name}, {self.replica.side}: {words.server(self.replica.environment)}"
        rows = [(Message("Replica"), where)]
        if self.browsing:
            if self.browsing.url:
                rows.append((Message("Page"), words.one_line(f"“{self.browsing.title}” {self.browsing.url}")))
            seen = self.browsing.observations()
            errors = [line for item in seen for line in _error(item)]
            requests = [_request(item) for item in seen if isinstance(item, Request) and _has_failed(item)]
            if errors:
                rows.append((Message("Errors"), "\n".join(errors[-SHOWN:])))
            if requests:
                rows.append((Message("Failed requests"), "\n".join(requests[-SHOWN:])))
        rows.append((Message("Evidence"), str(self.replica.folder)))
        return words.printable("\n".join(words.aligned([(label.into(self.lang), value) for label, value in rows])))


@contextmanager
def replica_of(request: pytest.FixtureRequest) -> Iterator[Replica]:
    """The replica in the place of a test. Errors of ours become errors of the test."""
    config, test = request.config, request.node
    settings, place = Settings.of(config), getattr(request, "param", None)
    if not isinstance(place, Place):
        what = Message("the fixture `replica` needs the mark `environment`")
        pytest.fail(f"{what.into(settings.lang)}\n  → {USAGE.into(settings.lang)}", pytrace=False)
    with in_our_words(settings.lang), on_sigterm(KeyboardInterrupt), ExitStack() as stack:
        with progress(config, settings.lang) as shown:
            up = stack.enter_context(
                run.up(
                    here(place.environment),
                    place.side,
                    progress=shown,
                    runs=settings.runs,
                    name=test.name,
                    browser="page" in request.fixturenames,
                    strict=settings.strict,
                )
            )
        replica = Replica(up, place.side)
        test.stash[STAGE] = Stage(up, replica, place.environment.stem, settings.lang)
        test.user_properties.append(("evidence", str(replica.folder)))
        try:
            yield replica
        finally:
            del test.stash[STAGE]  # pytest may run the test again


@contextmanager
def page_of(request: pytest.FixtureRequest, replica: Replica) -> Iterator[Page]:
    """The page of a test that is in a replica. Errors of ours become errors of the test."""
    test, lang = request.node, Settings.of(request.config).lang
    stage = test.stash.get(STAGE, None)
    if stage is None or stage.up.session is None:
        what = Message("the fixture `page` must be among the arguments of the test")
        pytest.fail(what.into(lang), pytrace=False)
    with in_our_words(lang):
        browsing = Browsing(stage.up, stage.up.session, replica, test=test.nodeid, lang=lang)
        try:
            stage.browsing = browsing
            yield browsing.page
        finally:
            browsing.end()


def _make_error(report: pytest.TestReport, fault: HarnessError, lang: Language) -> None:
    """What pytest calls an error: a failure that is not of the test's own phase."""
    told, seen = [fault.in_full(lang)], _reason(report)
    if seen and str(fault.what) not in seen:
        told.append(Message("the test ended with: {error}", error=seen).into(lang))
    report.outcome, report.when = "failed", "setup"
    report.longrepr = "\n".join(told)


def _reason(report: pytest.TestReport) -> str:
    """The last words of what was raised, on one line; empty where nothing was."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return words.one_line(crash.message if crash else report.longreprtext)


def _add_section(report: pytest.TestReport, text: str) -> None:
    longrepr: Any = report.longrepr
    if hasattr(longrepr, "addsection"):
        longrepr.addsection(SECTION, text)  # is shown whatever --show-capture says
    else:
        report.longrepr = f"{report.longreprtext}\n\n{text}"


def _error(item: Any) -> Iterator[str]:
    if isinstance(item, ScriptError) or (isinstance(item, ConsoleMessage) and item.level == "error"):
        place = f" ({item.url}:{item.line}:{item.column})" if item.url else ""
        yield words.one_line(item.text) + place


def _has_failed(request: Request) -> bool:
    return request.failure is not None or (request.status or 0) >= 400


def _request(request: Request) -> str:
    return words.one_line(f"{request.method} {request.url}: {request.failure or request.status}")

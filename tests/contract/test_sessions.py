"""How sessions of every browser end: closed, crashed, refused; each test has its own."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.browsers import BROWSERS
from harness.engine.polling import until
from harness.errors import BrowserError
from harness.masking import Secrets
from harness.model import Attempt
from harness.observing.recording import Recording
from harness.page import LivePage
from harness.protocols import Session
from tests.contract.test_steps import Stage
from tests.contract.words import ONE_AT_A_TIME, PAGES, WORDS
from tests.integration.browser_fixture import Bench


def crash(browser: Bench, session: Session) -> None:
    """Have the process of the page end as it does where memory runs out."""
    where = {"context": session.context, "wait": "none"}
    if page := WORDS[browser.name].crash:
        session.start("browsingContext.navigate", where | {"url": page})
        return
    session.command("browsingContext.navigate", where | {"url": f"{browser.url}/second.html"})
    assert browser.execute("sh", "-c", f"kill -KILL $({PAGES})")[0] == 0


@pytest.mark.engine
def test_a_crash_of_the_page_is_an_error_of_the_browser(browser: Bench) -> None:
    session = browser.session()
    try:
        crash(browser, session)
        with pytest.raises(BrowserError, match=WORDS[browser.name].crashed):
            session.wait(10)
        with pytest.raises(BrowserError, match=WORDS[browser.name].crashed):
            session.command("session.status", {})
    finally:
        session.close()


@pytest.mark.engine
def test_where_there_is_no_way_out_nothing_else_is_looked_for(browser: Bench) -> None:
    host = urlsplit(browser.url).hostname
    session = BROWSERS[browser.name].open(browser.webdriver_url, browser.client, hosts=(str(host),))
    try:
        where = {"context": session.context, "wait": "complete"}
        session.command("browsingContext.navigate", where | {"url": f"{browser.url}/second.html"})
        with pytest.raises(BrowserError, match=WORDS[browser.name].no_such_host):
            session.command(
                "browsingContext.navigate",
                where | {"url": "http://example.org/"},
                timeout_s=WORDS[browser.name].lookup_s,
            )
    finally:
        session.close()


@pytest.mark.engine
def test_what_is_closed_ends(browser: Bench) -> None:
    from selenium.common.exceptions import WebDriverException

    session = browser.session()

    def ended() -> bool:
        try:
            session.driver.window_handles  # noqa: B018 - it is asked for
        except WebDriverException:
            return True
        return False

    assert not ended()
    session.close()
    assert until(ended, 60)


@pytest.mark.engine
def test_two_sessions_are_two_browsers_or_the_second_is_refused(browser: Bench) -> None:
    first = browser.session()
    try:
        if browser.name in ONE_AT_A_TIME:
            with pytest.raises(BrowserError, match="the browser does not start: Session is already started"):
                browser.session()
        else:
            other = browser.session()
            assert other.context != first.context
            other.close()
            other.close()  # once more does no harm
        params = {"expression": "1 + 1", "awaitPromise": True, "target": {"context": first.context}}
        assert first.command("script.evaluate", params)["result"]["value"] == 2
    finally:
        first.close()


@pytest.mark.engine
def test_a_script_without_end_is_the_pages_doing(browser: Bench, tmp_path: Path) -> None:
    session = browser.session()
    try:
        page = LivePage(session, browser.url, observed=tuple, news=lambda _: None)
        stage = Stage(page, Recording(session, tmp_path, Attempt(selector="", found=0, state="missing"), Secrets()))
        stage.do("open", "/endless.html")
        stage.do("click", "#go")
        reason, *_ = stage.fail("expect", {"target": "#go", "text": "Gone"}, 1.0)
        assert reason == "the page does not answer: a script of it runs without end, or for very long"
    finally:
        session.close()

"""Every browser keeps the same contract: who runs it, what it shows, and how it fails."""

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from harness.browsers import BROWSERS
from harness.engine.polling import until
from harness.errors import BrowserError
from harness.installers import INSTALLERS
from harness.model import Client, Viewport
from harness.protocols import Session
from harness.provision import TEMPLATES
from tests.integration.browser_fixture import Bench

EVALUATE = "script.evaluate"


@pytest.mark.parametrize("name", BROWSERS)
def test_it_says_how_it_is_installed(name: str) -> None:
    browser = BROWSERS[name]
    assert {entry.installer for entry in browser.part.install} <= set(INSTALLERS)
    assert browser.part.install
    assert re.fullmatch("[a-z][a-z-]*", browser.user)
    assert browser.user != "root"
    assert str(browser.port) in " ".join(browser.command)
    assert browser.seccomp is None or (TEMPLATES / browser.seccomp).is_file()


@pytest.mark.parametrize("name", BROWSERS)
def test_it_says_so_where_nobody_answers(name: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(BrowserError, match="the browser does not start"):
            BROWSERS[name].open(url, Client())


@pytest.fixture(scope="module")
def session(browser: Bench) -> Iterator[Session]:
    client = Client(locale="zh_CN.UTF-8", viewport=Viewport(width=801, height=603))
    session = BROWSERS[browser.name].open(browser.webdriver_url, client)
    session.command(
        "browsingContext.navigate",
        {"context": session.context, "url": f"{browser.url}/second.html", "wait": "complete"},
    )
    yield session
    session.close()


def evaluate(session: Session, expression: str) -> object:
    params = {"expression": expression, "awaitPromise": True, "target": {"context": session.context}}
    return session.command(EVALUATE, params)["result"].get("value")


@pytest.mark.engine
def test_it_names_itself_with_its_version(browser: Bench, session: Session) -> None:
    assert re.fullmatch(rf"{browser.name} \d+(\.\d+)+", session.browser)


@pytest.mark.engine
def test_the_page_is_as_large_and_speaks_as_the_client_says(session: Session) -> None:
    assert evaluate(session, "`${innerWidth}x${innerHeight}`") == "801x603"
    assert evaluate(session, "navigator.language") == "zh-CN"
    assert evaluate(session, "new Intl.DateTimeFormat().resolvedOptions().locale") == "zh-CN"


@pytest.mark.engine
def test_the_time_zone_is_the_clients(browser: Bench, session: Session) -> None:
    assert browser.client.timezone != "UTC"  # or this says nothing
    assert evaluate(session, "Intl.DateTimeFormat().resolvedOptions().timeZone") == browser.client.timezone


@pytest.mark.engine
def test_it_runs_without_rights_and_keeps_its_own_sandbox(browser: Bench, session: Session) -> None:
    assert browser.execute("id", "-un") == (0, BROWSERS[browser.name].user + "\n")
    _, status = browser.execute("grep", "-E", "^(CapEff|CapBnd|NoNewPrivs|Seccomp):", "/proc/1/status")
    facts = dict(line.split(":\t") for line in status.splitlines())
    assert int(facts["CapEff"], 16) == 0
    assert int(facts["CapBnd"], 16) == 0
    assert facts["NoNewPrivs"] == "1"
    assert facts["Seccomp"] == "2"
    where = {"context": session.context, "url": "chrome://sandbox", "wait": "complete"}
    session.command("browsingContext.navigate", where)
    assert "You are adequately sandboxed." in str(evaluate(session, "document.body.innerText"))


@pytest.mark.engine
@pytest.mark.parametrize(
    "command", [("unshare", "-m", "true"), ("mount", "-t", "tmpfs", "x", "/tmp"), ("su", "-c", "id")]
)
def test_what_the_sandbox_does_not_need_stays_forbidden(browser: Bench, command: tuple[str, ...]) -> None:
    assert browser.execute(*command)[0] != 0


@pytest.mark.engine
def test_chinese_is_drawn(browser: Bench, session: Session) -> None:
    """A missing glyph is drawn as the same box for all characters."""
    width = (
        "const c = new OffscreenCanvas(50, 50).getContext('2d'); c.font = '40px sans-serif'; c.fillText('{}', 0, 40);"
    )
    pixels = width + " c.getImageData(0, 0, 50, 50).data.join()"
    assert evaluate(session, f"{{ {pixels.format('中')} }}") != evaluate(session, f"{{ {pixels.format('国')} }}")


@pytest.mark.engine
def test_a_crash_of_the_page_is_an_error_of_the_browser(browser: Bench) -> None:
    session = browser.session()
    try:
        session.start("browsingContext.navigate", {"context": session.context, "url": "chrome://crash", "wait": "none"})
        with pytest.raises(BrowserError, match="the browser's tab crashed"):
            session.wait(10)
        with pytest.raises(BrowserError, match="the browser's tab crashed"):
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
        with pytest.raises(BrowserError, match="ERR_NAME_NOT_RESOLVED"):
            session.command("browsingContext.navigate", where | {"url": "http://example.org/"}, timeout_s=2)
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
    assert until(ended, 5)


@pytest.mark.engine
def test_two_sessions_are_two_browsers(browser: Bench, session: Session) -> None:
    other = browser.session()
    assert other.context != session.context
    other.close()
    other.close()  # once more does no harm
    assert evaluate(session, "1 + 1") == 2

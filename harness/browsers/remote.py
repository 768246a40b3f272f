"""remote: a browser that somebody else runs, behind any WebDriver server: Selenium Grid, a cloud's grid, a Safari.

It is neither installed nor started nor locked up by us. What it tells is observed by WebDriver BiDi where its session
offers that, and said to be unobserved where it does not.
"""

import base64
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from harness.client import desktop
from harness.errors import BrowserError
from harness.language import Message
from harness.model import Client, Way
from harness.protocols import BrowserSource, Session
from harness.webdriver import session as webdriver
from harness.webdriver.bidi import Bidi, BidiRefused
from harness.webdriver.plain import PlainSession
from harness.webdriver.window import ANSWER_S, BidiSession

BIDI = "webSocketUrl"
END_TIMEOUT_S = 10.0
PORTS = {"http": 80, "https": 443}
THERE = ("os", "fonts")  # fields of a client that are so where the browser runs
ITS_OWN = (
    Message("remote: whether the browser reaches more than the product; its network is not ours"),
    Message("remote: the system that the browser runs on, its fonts and its clock"),
    Message("remote: what the browser itself writes to the console, such as blocked requests"),
)
WITHOUT_BIDI = (
    Message("remote: console messages and uncaught errors, as its session offers no WebDriver BiDi"),
    Message("remote: requests and their answers, as its session offers no WebDriver BiDi"),
)


class Remote:
    sources: tuple[BrowserSource, ...] = ()
    command: tuple[str, ...] = ()
    port = 0
    user = "browser"
    seccomp = None
    crosses = False
    extension_folder = "/nowhere"

    def refusals(self, client: Client) -> Mapping[str, Message]:
        usual = Client()
        there = {
            field: Message("remote cannot honour `{field}`: it is what it is where the browser runs", field=field)
            for field in THERE
            if getattr(client, field) != getattr(usual, field)
        }
        return there | desktop.refusals(client, "remote", ())

    def files(self, client: Client) -> Mapping[str, str]:
        return {}

    def environment(self, client: Client) -> dict[str, str]:
        return {}

    def trusting(self, certificates: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        return ()  # it is refused

    def capabilities(self, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None) -> Any:
        return client.browser.capabilities

    def open(
        self, webdriver_url: str, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None
    ) -> Session:
        driver = _driver(webdriver_url, client.browser.capabilities)
        if isinstance(driver.capabilities.get(BIDI), str):
            return RemoteSession(driver, client, webdriver_url)
        return PlainRemoteSession(driver, client)


class RemoteSession(BidiSession):
    """One that tells what happens in it."""

    def __init__(self, driver: Any, client: Client, webdriver_url: str) -> None:
        self._endpoint = urlsplit(webdriver_url)
        self._otherwise: list[Message] = []  # what the client is not, though the file says so
        where = self._endpoint.hostname or "", self._endpoint.port or PORTS[self._endpoint.scheme]
        try:
            super().__init__(driver, "remote", client, host=where)
        except BrowserError:
            _quit(driver)
            raise
        self.browser = called(driver.capabilities)

    @property
    def unobserved(self) -> Sequence[Message]:  # type: ignore[override]  # it depends on the browser
        return (*ITS_OWN, *self._otherwise)

    def connected(self, url: str, host: tuple[str, int]) -> Bidi:
        """At the address that answers already, or where its server says: behind a proxy that may be nowhere."""
        tried: BrowserError | None = None
        for address, other in self._addresses(url, host):
            mine = other is not None or urlsplit(address).hostname == self._endpoint.hostname
            try:
                return Bidi(address, host=other, headers=self._login() if mine else ())
            except BrowserError as exc:
                tried = tried or exc
        assert tried
        advice = Message("`capabilities: {{webSocketUrl: false}}` does without WebDriver BiDi, and observes less")
        raise BrowserError(tried.what, advice) from tried

    def _addresses(self, url: str, host: tuple[str, int]) -> Iterator[tuple[str, tuple[str, int] | None]]:
        if self._endpoint.scheme == "http":
            yield url, host
            yield url, None
        else:
            yield url, None
            yield urlunsplit(urlsplit(url)._replace(scheme="wss", netloc=f"{host[0]}:{host[1]}")), None

    def _login(self) -> tuple[str, ...]:
        user, password = (unquote(one or "") for one in (self._endpoint.username, self._endpoint.password))
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        return (f"Authorization: Basic {basic}",) if user else ()

    def prepare(self, client: Client) -> None:
        asked = {"timezone": client.timezone}
        clock = self.emulate("emulation.setTimezoneOverride", asked)
        self._unless(clock, Message("remote: pages in the time zone {timezone}; they have their machine's", **asked))
        super().prepare(client)
        with suppress(BidiRefused):
            clock.result(ANSWER_S)

    def speak(self, client: Client) -> Future[dict[str, Any]]:
        spoken = super().speak(client)
        self._unless(spoken, Message("remote: pages in the locale {locale}; they have their own", locale=client.locale))
        return spoken

    def _unless(self, asked: Future[Any], otherwise: Message) -> None:
        asked.add_done_callback(lambda future: self._otherwise.append(otherwise) if future.exception() else None)

    def close(self) -> None:
        """A server lets the next one in when it is told by WebDriver."""
        if self.lost is None:
            self._bidi.fail(BrowserError(Message("the connection to the browser was closed")))
            _quit(self.driver)
        super().close()


class PlainRemoteSession(PlainSession):
    """One that is driven, and tells nothing by itself."""

    def __init__(self, driver: Any, client: Client) -> None:
        try:
            super().__init__(driver, "remote")
            otherwise = [*_sized(driver, client)]
        except Exception as exc:
            _quit(driver)
            why = webdriver.first_line(exc)
            raise BrowserError(Message("the browser does not start: {why}", why=why)) from exc
        self.browser = called(driver.capabilities)
        own = Message("remote: pages in the locale and the time zone of the file; they have their own")
        self.unobserved = (*ITS_OWN, *WITHOUT_BIDI, own, *otherwise)

    def navigate(self, url: str) -> dict[str, Any]:
        """A server that has lost its browser says so of every command, as a page that does not come does of one."""
        from selenium.common.exceptions import WebDriverException

        try:
            return super().navigate(url)
        except WebDriverException:
            try:
                _ = self.driver.window_handles
            except WebDriverException as exc:
                self.fail(BrowserError(Message("the browser failed: {why}", why=webdriver.first_line(exc))))
                raise self.lost or exc from exc
            raise


def called(capabilities: Mapping[str, Any]) -> str:
    """What a session says that it is: ``MicrosoftEdge 156.0.4109.61 (windows)``."""
    name, version, system = (
        str(capabilities.get(key) or "") for key in ("browserName", "browserVersion", "platformName")
    )
    return " ".join(filter(None, (name or "remote", version, f"({system})" if system else "")))


def _driver(url: str, asked: Mapping[str, Any]) -> Any:
    """A session with all that is asked for; without BiDi where its server knows of none. BrowserError."""
    host = urlsplit(url).hostname
    wanted = {name: value for name, value in asked.items() if name != BIDI}
    try:
        if asked.get(BIDI) is not False:
            with suppress(webdriver.Refused):
                return webdriver.session(url, _options(wanted), direct=False)
        return webdriver.session(url, _options(wanted), bidi=False, direct=False)
    except webdriver.Refused as exc:
        why = Message("the WebDriver server at {host} refused the session: {why}", host=host, why=exc.why)
        raise BrowserError(Message("the browser does not start: {why}", why=why)) from exc
    except webdriver.Silent as exc:
        why = Message("the WebDriver server at {host} does not answer: {why}", host=host, why=exc.why)
        raise BrowserError(Message("the browser does not start: {why}", why=why)) from exc


def _options(asked: Mapping[str, Any]) -> Any:
    from selenium.webdriver.common.options import ArgOptions

    options = ArgOptions()
    for name, value in asked.items():
        options.set_capability(name, value)
    return options


MEASURE = "return [outerWidth - innerWidth, outerHeight - innerHeight, innerWidth, innerHeight]"


def _sized(driver: Any, client: Client) -> Iterator[Message]:
    """Have the page be as large as the file says, by the window around it; a word where it is not."""
    wanted = [client.viewport.width, client.viewport.height]
    wider, higher, *_ = driver.execute_script(MEASURE)
    driver.set_window_size(wanted[0] + wider, wanted[1] + higher)
    seen = driver.execute_script(MEASURE)[2:]
    if seen != wanted:
        size = f"{seen[0]}x{seen[1]}"
        yield Message("remote: the page at {wanted}; it is {size} large", wanted=client.viewport, size=size)


def _quit(driver: Any) -> None:
    """End a session; nobody waits for a server that is stuck."""

    def end() -> None:
        with suppress(Exception):  # it is gone already
            driver.quit()

    ending = threading.Thread(target=end, name="webdriver-end", daemon=True)
    ending.start()
    ending.join(END_TIMEOUT_S)

"""chromium: Debian's Chromium and its chromedriver, headless, with Chromium's own sandbox on."""

import base64
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from harness.bidi import Bidi, BidiRefused, BidiSilent
from harness.errors import BrowserError
from harness.language import Message
from harness.model import Client, Installation, Part, VersionSource
from harness.navigation import Navigations
from harness.protocols import Session

QUIET = (
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--disable-features=AutofillServerCommunication,CertificateTransparencyComponentUpdater,"
    "MediaRouter,OptimizationHints,Translate",
)
"""No request that the page did not make."""

PAGE_LOAD_TIMEOUT_S = 30
JPEG_QUALITY = 85  # PNG of a page with pictures takes two to four times as long and four times the room
CRASHED = "goog:cdp.Inspector.targetCrashed"
ASKED = "goog:cdp.Page.frameRequestedNavigation"  # before BiDi says so: a form that is sent begins to navigate later


class Chromium:
    part = Part(
        title="Chromium",
        version=VersionSource(installer="apt", package="chromium"),
        install=(
            Installation(
                installer="apt",
                arguments=[
                    "chromium={{ browser.version }}",
                    "chromium-driver={{ browser.version }}",
                    "fonts-dejavu-core",
                    "fonts-liberation",
                    "fonts-wqy-microhei",
                    "tzdata",
                ],
            ),
        ),
    )
    command = ("chromedriver", "--port=9515", "--allowed-ips=", "--allowed-origins=*")
    port = 9515
    user = "browser"
    seccomp = "seccomp-chromium.json"

    def environment(self, client: Client) -> dict[str, str]:
        return {"TZ": client.timezone, "LANG": client.locale, "HOME": f"/home/{self.user}"}

    def open(self, webdriver_url: str, client: Client, *, hosts: Sequence[str] | None = None) -> Session:
        from selenium import webdriver
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.common.proxy import Proxy, ProxyType
        from selenium.webdriver.remote.client_config import ClientConfig
        from selenium.webdriver.remote.remote_connection import RemoteConnection
        from urllib3.exceptions import HTTPError

        direct = Proxy({"proxyType": ProxyType.DIRECT})  # a proxy of the host is not for a replica
        config = ClientConfig(remote_server_addr=webdriver_url, keep_alive=True, timeout=120, proxy=direct)
        try:
            driver = webdriver.Remote(
                command_executor=RemoteConnection(client_config=config), options=_options(client, hosts)
            )
        except (WebDriverException, HTTPError, OSError) as exc:
            raise BrowserError(Message("the browser does not start: {why}", why=_first_line(exc))) from exc
        return ChromiumSession(driver, webdriver_url, client)


class ChromiumSession:
    """One window under chromedriver, and the BiDi connection beside it."""

    image_suffix = "jpg"

    def __init__(self, driver: Any, webdriver_url: str, client: Client) -> None:
        self.driver = driver
        self.browser = f"chromium {driver.capabilities.get('browserVersion', '')}".strip()
        where = urlsplit(webdriver_url)
        self._bidi = Bidi(driver.capabilities["webSocketUrl"], host=(where.hostname or "", where.port or 80))
        try:
            tree = self._bidi.command("browsingContext.getTree", {"maxDepth": 0})
            self.context: str = tree["contexts"][0]["context"]
            self._navigations = Navigations(self.context)
            self._cdp = self._prepare(client)
        except BrowserError:
            self.close()
            raise

    def _prepare(self, client: Client) -> str:
        """Viewport, language and word of a crash; all asked for at once. Returns the CDP session of the window."""
        size = {"width": client.viewport.width, "height": client.viewport.height}
        asked = [
            self._bidi.start("goog:cdp.getSession", {"context": self.context}),
            self._bidi.start("browsingContext.setViewport", {"userContexts": ["default"], "viewport": size}),
            self._bidi.start("session.subscribe", {"events": [CRASHED, ASKED]}),
            self.subscribe({**self._navigations.handlers, "browsingContext.contextCreated": self._opened}),
        ]
        self._bidi.on(CRASHED, lambda _: self._fail(_crashed()))
        self._bidi.on(ASKED, self._asked)
        locale = self._bidi.start(
            "emulation.setLocaleOverride", {"userContexts": ["default"], "locale": language(client.locale)}
        )
        session = str(asked[0].result(30)["session"])
        asked.append(self._cdp_command(session, "Inspector.enable", {}))
        for future in asked:
            future.result(30)
        try:
            locale.result(30)
        except BidiRefused as exc:
            if exc.code != "unknown command":  # an older Chromium: --accept-lang must do
                raise
        return session

    def _cdp_command(self, session: str, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        return self._bidi.start("goog:cdp.sendCommand", {"session": session, "method": method, "params": params})

    @property
    def lost(self) -> BrowserError | None:
        return self._bidi.lost

    def subscribe(self, handlers: Mapping[str, Callable[[dict[str, Any]], None]]) -> Future[dict[str, Any]]:
        for event, handler in handlers.items():
            self._bidi.on(event, handler)
        return self._bidi.start("session.subscribe", {"events": list(handlers)})

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        return self._bidi.start(method, params)

    def command(self, method: str, params: Mapping[str, Any], *, timeout_s: float = 30) -> dict[str, Any]:
        return self._bidi.command(method, params, timeout_s=timeout_s)

    def screenshot(self) -> Future[bytes]:
        image: Future[bytes] = Future()

        def done(answered: Future[dict[str, Any]]) -> None:
            error = answered.exception()
            if error:
                image.set_exception(error)
            else:
                image.set_result(base64.b64decode(answered.result()["result"]["data"]))

        params = {"format": "jpeg", "quality": JPEG_QUALITY, "optimizeForSpeed": True}
        self._cdp_command(self._cdp, "Page.captureScreenshot", params).add_done_callback(done)
        return image

    def loaded(self, timeout_s: float) -> bool:
        began = monotonic()
        params = {"expression": "0", "awaitPromise": False, "target": {"context": self.context}}
        try:
            with suppress(BidiRefused):  # the document is gone
                self._bidi.command(
                    "script.evaluate", params, timeout_s=timeout_s
                )  # what was set off is known before it
        except BidiSilent:
            return False
        loaded = self._navigations.loaded(max(0.0, began + timeout_s - monotonic()))
        if self.lost:
            raise self.lost
        return loaded

    def _asked(self, event: dict[str, Any]) -> None:
        asked = event["params"]
        if asked["frameId"] == self.context and asked["disposition"] == "currentTab":
            self._navigations.asked()

    def _opened(self, event: dict[str, Any]) -> None:
        """Another window hides this one, and what is hidden takes input only seconds later; the steps stay here."""
        if event["parent"] is None and event["context"] != self.context:
            self._bidi.start("browsingContext.activate", {"context": self.context})

    def _fail(self, error: BrowserError) -> None:
        self._bidi.fail(error)
        self._navigations.give_up()

    def wait(self, seconds: float) -> None:
        if self._bidi.ended.wait(seconds) and self.lost:
            raise self.lost

    def close(self) -> None:
        """Tell the browser to end, and do not wait until it has; what is left ends with its container."""
        if self.lost is None:
            self._bidi.start("session.end", {})
        self._bidi.close()
        self.driver.command_executor.close()


def language(locale: str) -> str:
    """``zh_CN.UTF-8`` as BCP 47: ``zh-CN``; the C locale is American English."""
    name = locale.split(".")[0].split("@")[0].replace("_", "-")
    return "en-US" if name in ("C", "POSIX", "") else name


def _options(client: Client, hosts: Sequence[str] | None) -> Any:
    from selenium.webdriver import ChromeOptions

    tag = language(client.locale)
    base = tag.split("-")[0]
    options = ChromeOptions()
    for argument in (
        "--headless=new",
        f"--window-size={client.viewport.width},{client.viewport.height}",
        f"--lang={tag}",
        f"--accept-lang={tag if base == tag else f'{tag},{base}'}",
        *QUIET,
    ):
        options.add_argument(argument)
    if hosts is not None:
        known = "".join(f", EXCLUDE {host}" for host in ("localhost", "127.0.0.1", *hosts))
        options.add_argument(f"--host-resolver-rules=MAP * ~NOTFOUND{known}")
    options.set_capability("webSocketUrl", True)
    options.set_capability("unhandledPromptBehavior", "accept")  # an alert hides the page from every script
    options.set_capability("timeouts", {"pageLoad": PAGE_LOAD_TIMEOUT_S * 1000, "script": PAGE_LOAD_TIMEOUT_S * 1000})
    return options


def _crashed() -> BrowserError:
    return BrowserError(
        Message("the browser's tab crashed"), Message("memory of the container may have run out; run the case again")
    )


def _first_line(exc: Exception) -> str:
    return str(exc).strip().partition("\n")[0].removeprefix("Message: ") or type(exc).__name__

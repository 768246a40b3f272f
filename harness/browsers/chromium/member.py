"""chromium: headless, with Chromium's own sandbox on; Debian's, or the headless shell of npm with its driver."""

import base64
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from harness.browsers.chromium import client as chromium_client
from harness.client import desktop
from harness.language import Message
from harness.model import Client, Installation, Part, VersionSource, Way
from harness.protocols import BrowserSource, Session
from harness.webdriver import session as webdriver
from harness.webdriver.bidi import BidiRefused, Handler
from harness.webdriver.log_entries import ENTRIES
from harness.webdriver.window import (
    ANSWER_S,
    JPEG_QUALITY,
    BidiSession,
    chained,
    converted,
    crashed,
    either,
    language,
    languages,
)

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

CRASHED = "Inspector.targetCrashed"
OWN_WORDS = "Log.entryAdded"  # of the browser itself: what it blocked, and why
ASKED = "Page.frameRequestedNavigation"  # before BiDi says so: a form that is sent begins to navigate later
CDP_MODULES = ("goog:cdp", "cdp")  # the second until Chromium 132
FONTS = ["fonts-dejavu-core", "fonts-liberation", "fonts-wqy-microhei"]
GLIB = "{{ 'libglib2.0-0t64' if client.os == 'debian:13' else 'libglib2.0-0' }}"
LIBRARIES = ["brotli", "fontconfig-config", "libdbus-1-3", "libexpat1", GLIB, "libnspr4", "libnss3", "libxcb1"]
USER = "browser"
SHELL = "/opt/chromium"
SHELL_VERSIONS = r"\d+\.\d+\.\d+"
SHELL_HONOURS = frozenset({"languages", "clock", "screen", "pixel_ratio", "preferences"})
UNPACK = f"""\
set -e; mkdir {SHELL}; cd /home/{USER}/node_modules/@sparticuz/chromium/bin
brotli --decompress --output={SHELL}/chromium chromium.br; chmod 755 {SHELL}/chromium
brotli --decompress --stdout swiftshader.tar.br | tar -x -C {SHELL} --no-same-owner
ln -s {SHELL}/chromium /usr/local/bin/chromium
install -m 755 /opt/app/lib/python3*/site-packages/chromedriver_py/chromedriver_linux64 /usr/local/bin/chromedriver
"""


class Chromium:
    sources = (
        BrowserSource(
            name="the distribution",
            versions=r"[^-]+-.+",
            part=Part(
                title="Chromium",
                version=VersionSource(installer="apt", package="chromium"),
                install=(
                    Installation(
                        installer="apt",
                        arguments=[
                            "chromium={{ browser.version }}",
                            "chromium-driver={{ browser.version }}",
                            *FONTS,
                            "tzdata",
                        ],
                    ),
                ),
            ),
        ),
        BrowserSource(
            name="npm (headless shell)",
            versions=SHELL_VERSIONS,
            from_system=False,
            since=131,
            machines=("x86_64",),
            part=Part(
                title="Chromium headless shell",
                version=VersionSource(installer="npm", package="@sparticuz/chromium"),
                install=(
                    Installation(installer="npm", arguments=["@sparticuz/chromium@{{ browser.version }}"]),
                    Installation(installer="pip", arguments=["chromedriver-py=={{ browser.version.split('.')[0] }}.*"]),
                    Installation(installer="apt", arguments=[*LIBRARIES, *FONTS, "tzdata"]),
                ),
            ),
            setup=(("sh", "-c", UNPACK),),
        ),
    )
    command = ("chromedriver", "--port=9515", "--allowed-ips=", "--allowed-origins=*")
    port = 9515
    user = USER
    seccomp = "seccomp-chromium.json"
    crosses = True

    extension_folder = "/usr/share/chromium/extensions"

    def refusals(self, client: Client) -> Mapping[str, Message]:
        if not _is_shell(client):
            return {}
        return desktop.refusals(client, f"chromium {client.browser.version} (headless shell)", SHELL_HONOURS)

    def files(self, client: Client) -> Mapping[str, str]:
        return chromium_client.files(client)

    def environment(self, client: Client) -> dict[str, str]:
        return {"TZ": client.timezone, "LANG": client.locale, "HOME": f"/home/{self.user}"}

    def trusting(self, certificates: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        return chromium_client.trusting(certificates)

    def capabilities(self, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None) -> Any:
        return _options(client, hosts, way or Way()).to_capabilities()

    def open(
        self, webdriver_url: str, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None
    ) -> Session:
        driver = webdriver.session(webdriver_url, _options(client, hosts, way or Way()))
        where = urlsplit(webdriver_url)
        host = (where.hostname or "", where.port or 80)
        return ChromiumSession(driver, "chromium", client, host=host, way=way)


class ChromiumSession(BidiSession):
    """A window under chromedriver, which takes commands of the Chrome DevTools Protocol (CDP) over BiDi, too."""

    def prepare(self, client: Client) -> None:
        """Viewport, language and word of a crash."""
        self._bodies_by_cdp = False
        self._cdp_module, self._cdp = self._attached()
        crash, asked = (f"{self._cdp_module}.{event}" for event in (CRASHED, ASKED))
        futures = [
            self._cdp_command("Inspector.enable", {}),
            self._cdp_command("Log.enable", {}),
            self.subscribe({crash: lambda _: self.fail(crashed()), asked: self._asked}),
        ]
        super().prepare(client)
        for future in futures:
            future.result(ANSWER_S)
        self.client_states = chromium_client.states(self, client)

    def speak(self, client: Client) -> Future[dict[str, Any]]:
        """BiDi's way makes one language of many; CDP's, all that there is until Chromium 138, leaves them, but
        reaches no window of another process."""

        def by_cdp() -> Future[dict[str, Any]]:
            return self._cdp_command("Emulation.setLocaleOverride", {"locale": language(client.locale)})

        return by_cdp() if client.languages else either(super().speak(client), by_cdp)

    def subscribe(self, handlers: Mapping[str, Handler]) -> Future[dict[str, Any]]:
        """BiDi tells what pages write to the console, and not what the browser itself does."""
        if (handler := handlers.get(ENTRIES)) is None:
            return super().subscribe(handlers)

        def own_words(event: dict[str, Any]) -> None:
            if entry := chromium_client.own_words(event["params"]["entry"]):
                handler(entry)

        return super().subscribe({**handlers, f"{self._cdp_module}.{OWN_WORDS}": own_words})

    def _attached(self) -> tuple[str, str]:
        """The name of the module that passes CDP on, and the id of its session with the window."""
        asked = [self.start(f"{module}.getSession", {"context": self.context}) for module in CDP_MODULES]
        try:
            return CDP_MODULES[0], str(asked[0].result(ANSWER_S)["session"])
        except BidiRefused as exc:
            if exc.code != "unknown command":
                raise
        return CDP_MODULES[1], str(asked[1].result(ANSWER_S)["session"])

    def _cdp_command(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        passed = {"session": self._cdp, "method": method, "params": params}
        return self.start(f"{self._cdp_module}.sendCommand", passed)

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        asked = super().start(method, params)
        if method != "browsingContext.locateNodes":
            return asked
        return either(asked, lambda: self._located_by_cdp(params["locator"]["value"]))

    def _located_by_cdp(self, wanted: Mapping[str, str]) -> Future[dict[str, Any]]:
        """Until Chromium 124: elements by role and accessible name. BiDi's id of an element ends with CDP's."""
        root = {"expression": "document.documentElement", "awaitPromise": False, "target": {"context": self.context}}

        def in_tree(said: dict[str, Any]) -> Future[dict[str, Any]]:
            query = {"role": wanted["role"]} | ({"accessibleName": wanted["name"]} if "name" in wanted else {})
            start = said["result"]["root"]["backendNodeId"]
            return self._cdp_command("Accessibility.queryAXTree", {"backendNodeId": start} | query)

        def as_nodes(said: dict[str, Any]) -> Future[dict[str, Any]]:
            numbers = [node["backendDOMNodeId"] for node in said["result"]["nodes"] if not node.get("ignored")]
            return converted(super(ChromiumSession, self).start("script.evaluate", root), partial(_nodes, numbers))

        return chained(chained(self._cdp_command("DOM.getDocument", {"depth": 0}), in_tree), as_nodes)

    def keep_bodies(self, limit_bytes: int) -> Future[dict[str, Any]]:
        return either(super().keep_bodies(limit_bytes), self._keep_bodies_by_cdp)

    def _keep_bodies_by_cdp(self) -> Future[dict[str, Any]]:
        """Until Chromium 137: of the window's own requests, not of frames that run in another process."""
        self._bodies_by_cdp = True
        return self._cdp_command("Network.enable", {})

    def body(self, request: str) -> Future[dict[str, Any]]:
        if not self._bodies_by_cdp:
            return super().body(request)
        return converted(self._cdp_command("Network.getResponseBody", {"requestId": request}), _bytes_value)

    def screenshot(self) -> Future[bytes]:
        params = {"format": "jpeg", "quality": JPEG_QUALITY, "optimizeForSpeed": True}
        shot = self._cdp_command("Page.captureScreenshot", params)
        return converted(shot, lambda said: base64.b64decode(said["result"]["data"]))

    def _asked(self, event: dict[str, Any]) -> None:
        asked = event["params"]
        if asked["frameId"] == self.context and asked["disposition"] == "currentTab":
            self._navigations.asked()


def _nodes(numbers: Sequence[int], root: dict[str, Any]) -> dict[str, Any]:
    """A result of BiDi's ``browsingContext.locateNodes``."""
    prefix = re.sub(r"\d+$", "", str(root["result"]["sharedId"]))
    return {"nodes": [{"type": "node", "sharedId": f"{prefix}{number}"} for number in numbers]}


def _bytes_value(said: dict[str, Any]) -> dict[str, Any]:
    """An answer to CDP's ``Network.getResponseBody`` as BiDi's ``network.BytesValue``."""
    content = said["result"]
    return {"type": "base64" if content["base64Encoded"] else "string", "value": content["body"]}


def _is_shell(client: Client) -> bool:
    return bool(re.fullmatch(SHELL_VERSIONS, client.browser.version))


def _window(client: Client) -> str:
    """The headless shell takes its first window, in pixels of the screen, for the screen; WebDriver sizes the page."""
    if not _is_shell(client):
        return f"{client.viewport.width},{client.viewport.height}"
    screen, ratio = client.screen or client.viewport, client.pixel_ratio
    return f"{round(screen.width * ratio)},{round(screen.height * ratio)}"


def _options(client: Client, hosts: Sequence[str] | None, way: Way = Way()) -> Any:  # noqa: B008  frozen
    from selenium.webdriver import ChromeOptions

    options = ChromeOptions()
    for argument in (
        "--headless=new",
        f"--window-size={_window(client)}",
        f"--lang={language(client.locale)}",
        f"--accept-lang={languages(client)}",
        *chromium_client.arguments(client),
        *QUIET,
    ):
        options.add_argument(argument)
    if rules := chromium_client.resolver_rules(hosts, way.blocked):
        options.add_argument(f"--host-resolver-rules={rules}")
    if way.proxy:
        options.add_argument(f"--proxy-server=http://{way.proxy}")
    if client.preferences:
        options.add_experimental_option("prefs", dict(client.preferences))
    return options

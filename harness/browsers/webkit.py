"""webkit: the distribution's WebKitGTK in a window of ours, with its WebKitWebDriver, on a screen of Xvfb.

It speaks neither BiDi nor CDP: WebDriver drives it, and the window around it (``templates/webkit``) tells what
happens in its pages, also across navigations.
"""

import json
import socket
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.client import desktop
from harness.errors import BrowserError
from harness.language import Message
from harness.model import Client, Installation, Part, VersionSource, Way
from harness.protocols import BrowserSource, Session
from harness.webdriver import session as webdriver
from harness.webdriver.bidi import BidiRefused
from harness.webdriver.navigation import Navigations
from harness.webdriver.plain import PlainSession
from harness.webdriver.window import crashed, language

EVENTS_PORT = 4445
EVENTS_TIMEOUT_S = 10.0
SHELL = "/opt/webkit/shell"
SHELL_CONTEXT = "window"  # its word for all windows
TEMPLATES = Path(__file__).parents[1] / "templates/webkit"
INTERFACE = "{{ '4.0' if client.os == 'debian:11' else '4.1' }}"  # of GTK 3, which differs in what it loads by alone
HONOURS = frozenset({"clock", "screen", "colour_scheme"})
START = """\
mkfifo /tmp/display
Xvfb -displayfd 3 -screen 0 "${SCREEN}x24" -nolisten tcp 3>/tmp/display 2>/dev/null &
read -r number </tmp/display
DISPLAY=:$number exec WebKitWebDriver --host=all --port=4444
"""


class WebKit:
    sources = (
        BrowserSource(
            name="the distribution",
            versions=r"[^-]+-.+",
            since=2,
            part=Part(
                title="WebKitGTK",
                version=VersionSource(installer="apt", package="webkit2gtk-driver"),
                install=(
                    Installation(
                        installer="apt",
                        arguments=[
                            "webkit2gtk-driver={{ browser.version }}",
                            f"gir1.2-webkit2-{INTERFACE}={{{{ browser.version }}}}",
                            "fonts-dejavu-core",
                            "fonts-liberation",
                            "fonts-wqy-microhei",
                            "python3-gi",
                            "tzdata",
                            "xvfb",
                        ],
                    ),
                ),
            ),
            files={SHELL: TEMPLATES / "shell", "/opt/webkit/evidence.js": TEMPLATES / "evidence.js"},
        ),
    )
    command = ("sh", "-c", START)
    port = 4444
    user = "browser"
    seccomp = None
    crosses = False

    extension_folder = "/usr/share/webkit/extensions"  # no package has any

    def refusals(self, client: Client) -> Mapping[str, Message]:
        return desktop.refusals(client, "webkit", HONOURS)

    def files(self, client: Client) -> Mapping[str, str]:
        return {}

    def environment(self, client: Client) -> dict[str, str]:
        return {
            "TZ": client.timezone,
            "LANG": client.locale,
            "HOME": f"/home/{self.user}",
            "NO_AT_BRIDGE": "1",
            "SCREEN": str(client.screen or client.viewport),
        }

    def trusting(self, certificates: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        return ()  # it is refused

    def capabilities(self, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None) -> Any:
        return _options(client).to_capabilities()

    def open(
        self, webdriver_url: str, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None
    ) -> Session:
        driver = webdriver.session(webdriver_url, _options(client), bidi=False)
        return WebKitSession(driver, (urlsplit(webdriver_url).hostname or "", EVENTS_PORT))


class WebKitSession(PlainSession):
    """A window under WebKitWebDriver, which has one at a time, and the connection that tells what happens."""

    unobserved = (
        Message("webkit: what the browser itself writes to the console, such as blocked requests"),
        Message("webkit: the bodies of answers other than JSON that scripts of pages ask for"),
        Message("webkit: what workers ask for, and what they write to the console"),
    )

    def __init__(self, driver: Any, host: tuple[str, int]) -> None:
        super().__init__(driver, "webkit")
        self._marks: dict[int, Future[None]] = {}
        self._failed: str | None = None  # why the last document did not come
        self._navigations = Navigations(self.context)
        self.subscribe(self._navigations.handlers)
        try:
            self._events = socket.create_connection(host, timeout=EVENTS_TIMEOUT_S)
            self._events.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._events.settimeout(None)
        except OSError as exc:
            self.close()
            why = Message("cannot connect to the browser at {url}: {why}", url=f"{host[0]}:{host[1]}", why=str(exc))
            raise BrowserError(why) from exc
        threading.Thread(target=self._read, name="webkit-events", daemon=True).start()

    def navigate(self, url: str) -> dict[str, Any]:
        self._failed = None
        self.driver.get(url)
        self.settle()
        if self._failed:
            raise BidiRefused("browsingContext.navigate", "unknown error", self._failed)
        return {"url": url}

    def loaded(self, timeout_s: float) -> bool:
        if not super().loaded(timeout_s):
            return False
        loaded = self._navigations.loaded(timeout_s)
        if self.lost:
            raise self.lost
        return loaded

    def settle(self) -> None:
        """The window tells in order: what it answers comes after all that happened before."""
        mark = len(self._marks) + 1
        there = self._marks[mark] = Future()
        try:
            self._events.sendall(json.dumps({"id": mark}).encode() + b"\n")
            there.result(EVENTS_TIMEOUT_S)
        except (OSError, FutureTimeout) as exc:
            self.fail(BrowserError(Message("the browser no longer tells what happens in it: {why}", why=repr(exc))))
            raise self.lost or crashed() from exc

    def fail(self, error: BrowserError) -> None:
        super().fail(error)
        self._navigations.give_up()

    def close(self) -> None:
        super().close()
        if events := getattr(self, "_events", None):
            events.close()

    def _read(self) -> None:
        try:
            for line in self._events.makefile("rb"):
                said = json.loads(line)
                if "id" in said:
                    self._marks[said["id"]].set_result(None)
                else:
                    self._happened(said["method"], said["params"])
        except (OSError, ValueError) as exc:
            self.fail(BrowserError(Message("the connection to the browser was lost: {why}", why=str(exc))))
        else:
            self.fail(BrowserError(Message("the connection to the browser was lost: {why}", why="closed")))

    def _happened(self, event: str, params: dict[str, Any]) -> None:
        if event == "harness.crashed":
            self.fail(crashed())
        elif event == "browsingContext.navigationFailed":
            self._failed = params.pop("why", None)
        if params.get("context") == SHELL_CONTEXT:
            params["context"] = self.context
        self.told(event, params)


def _options(client: Client) -> Any:
    from selenium.webdriver.common.options import ArgOptions

    arguments = [
        "--automation",
        f"--width={client.viewport.width}",
        f"--height={client.viewport.height}",
        f"--events={EVENTS_PORT}",
        f"--languages={language(client.locale)}",
        *(["--dark"] if client.colour_scheme == "dark" else []),
    ]
    options = ArgOptions()
    options.set_capability("webkitgtk:browserOptions", {"binary": SHELL, "args": arguments})
    return options

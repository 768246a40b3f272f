"""webdriver: a session at a WebDriver server (https://www.w3.org/TR/webdriver2/), through Selenium."""

import socket
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from harness.errors import BrowserError
from harness.language import Message

ANSWER_TIMEOUT_S = 120
CONNECT_TIMEOUT_S = 10
PAGE_LOAD_TIMEOUT_S = 30


class Unstarted(BrowserError):
    """No session came of it; ``why`` in the words of who knows."""

    def __init__(self, why: str) -> None:
        super().__init__(Message("the browser does not start: {why}", why=why))
        self.why = why


class Refused(Unstarted):
    """The server answers, and gives no session."""


class Silent(Unstarted):
    """Nobody answers."""


def session(url: str, options: Any, *, bidi: bool = True, direct: bool = True) -> Any:
    """A ``selenium.webdriver.Remote`` with ``options`` (of Selenium), with BiDi unless told otherwise, straight
    from here: a proxy of the host is not for a replica; unless ``direct`` is not asked for. Refused or Silent, both
    BrowserError, where the browser does not start, or nobody answers."""
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.proxy import Proxy, ProxyType
    from selenium.webdriver.remote.client_config import ClientConfig
    from selenium.webdriver.remote.remote_connection import RemoteConnection
    from urllib3.exceptions import HTTPError

    if bidi:
        options.set_capability("webSocketUrl", True)
    timeouts = {"pageLoad": PAGE_LOAD_TIMEOUT_S * 1000, "script": PAGE_LOAD_TIMEOUT_S * 1000}
    # an alert hides the page from every script
    for name, value in {"unhandledPromptBehavior": "accept", "timeouts": timeouts}.items():
        if name not in options.capabilities:
            options.set_capability(name, value)
    parts = urlsplit(url)
    config = ClientConfig(
        remote_server_addr=urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
        keep_alive=True,
        timeout=ANSWER_TIMEOUT_S,
        proxy=Proxy({"proxyType": ProxyType.DIRECT if direct else ProxyType.SYSTEM}),
        username=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
    )
    try:
        if config.get_proxy_url() is None:  # else a host that is not there is looked for four times
            port = parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection((parts.hostname or "", port), CONNECT_TIMEOUT_S).close()
        return webdriver.Remote(command_executor=RemoteConnection(client_config=config), options=options)
    except WebDriverException as exc:
        raise Refused(first_line(exc)) from exc
    except (HTTPError, OSError) as exc:
        raise Silent(first_line(exc)) from exc


def first_line(exc: Exception) -> str:
    """What an exception of Selenium says, without its stack."""
    return str(exc).strip().partition("\n")[0].removeprefix("Message: ") or type(exc).__name__

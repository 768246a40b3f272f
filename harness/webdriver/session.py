"""webdriver: a session at a WebDriver server (https://www.w3.org/TR/webdriver2/), through Selenium."""

from typing import Any

from harness.errors import BrowserError
from harness.language import Message

ANSWER_TIMEOUT_S = 120
PAGE_LOAD_TIMEOUT_S = 30


def session(url: str, options: Any, *, bidi: bool = True) -> Any:
    """A ``selenium.webdriver.Remote`` with ``options`` (of Selenium), with BiDi unless told otherwise, straight
    from here: a proxy of the host is not for a replica. BrowserError where nobody answers, or the browser does
    not start."""
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.proxy import Proxy, ProxyType
    from selenium.webdriver.remote.client_config import ClientConfig
    from selenium.webdriver.remote.remote_connection import RemoteConnection
    from urllib3.exceptions import HTTPError

    if bidi:
        options.set_capability("webSocketUrl", True)
    options.set_capability("unhandledPromptBehavior", "accept")  # an alert hides the page from every script
    options.set_capability("timeouts", {"pageLoad": PAGE_LOAD_TIMEOUT_S * 1000, "script": PAGE_LOAD_TIMEOUT_S * 1000})
    direct = Proxy({"proxyType": ProxyType.DIRECT})
    config = ClientConfig(remote_server_addr=url, keep_alive=True, timeout=ANSWER_TIMEOUT_S, proxy=direct)
    try:
        return webdriver.Remote(command_executor=RemoteConnection(client_config=config), options=options)
    except (WebDriverException, HTTPError, OSError) as exc:
        raise BrowserError(Message("the browser does not start: {why}", why=first_line(exc))) from exc


def first_line(exc: Exception) -> str:
    """What an exception of Selenium says, without its stack."""
    return str(exc).strip().partition("\n")[0].removeprefix("Message: ") or type(exc).__name__

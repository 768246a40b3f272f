"""Page: the driver of a replica's browser, with what it observed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from harness.model import ConsoleMessage, Observation, Request, ScriptError
    from harness.pytest_plugin.browsing import Browsing
else:
    WebDriver = object  # the driver's own class is put behind this one when there is a driver


class Page(WebDriver):
    """A ``selenium.webdriver.Remote`` whose doings are observed from its first request on."""

    _browsing: "Browsing"

    @classmethod
    def over(cls, browsing: "Browsing") -> "Page":
        """The driver of a session, now a page, too."""
        page: Page = browsing.session.driver
        page.__class__ = type(cls.__name__, (cls, type(page)), {"__module__": cls.__module__})
        page._browsing = browsing
        return page

    def execute(self, driver_command: Any, params: Any = None) -> dict[str, Any]:
        """As the driver does, but at once with a BrowserError where the browser is lost."""
        if lost := self._browsing.session.lost:
            raise lost
        answer: dict[str, Any] = super().execute(driver_command, params)
        return answer

    def get(self, url: str) -> None:
        """Open a path of the product, or a URL, and wait until it has loaded."""
        super().get(urljoin(self._browsing.base_url, url))

    def quit(self) -> None:
        """Nothing: the fixture shows the page as the test leaves it, and then ends the browser."""

    @property
    def observations(self) -> "Sequence[Observation]":
        """Everything until now, in the order in which it became known."""
        return self._browsing.observations()

    @property
    def console(self) -> "Sequence[ConsoleMessage]":
        """What the page has written to its console."""
        return self._browsing.console()

    @property
    def errors(self) -> "Sequence[ScriptError]":
        """Exceptions and rejected promises that no code of the page caught."""
        return self._browsing.errors()

    @property
    def requests(self) -> "Sequence[Request]":
        """Requests that were answered or failed, in the order in which they were sent."""
        return self._browsing.requests()

    def wait_for_request(self, url: str, *, timeout_s: float = 10.0) -> "Request":
        """The first request, answered or failed, also one of before, whose URL contains ``url``.
        TimeoutError where there is none in time."""
        return self._browsing.wait_for_request(url, timeout_s)

"""What Firefox leaves unanswered is answered for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException

from harness.browsers.firefox import Firefox
from harness.browsers.firefox.client import ACCESS
from harness.browsers.firefox.member import FirefoxSession, _options
from harness.errors import BrowserError
from harness.model import Client
from harness.webdriver.bidi import BidiRefused
from tests.unit.webdriver.test_bidi import Peer, success
from tests.unit.webdriver.test_window import FakeDriver, refused

SCRIPT = {"functionDeclaration": "f", "awaitPromise": True, "target": {"context": "window"}}


class Driver(FakeDriver):
    def __init__(self, peer: Peer, ends_after: int = 1) -> None:
        super().__init__(peer)
        self.ends_after = ends_after
        self.asked: list[str] = []

    def execute(self, command: str) -> None:
        self.asked.append(command)
        if len(self.asked) < self.ends_after:
            raise WebDriverException("gone")


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()

    def reply(command: dict[str, Any]) -> list[dict[str, Any]]:
        if command["method"] == "browsingContext.getTree":
            return [success(command, contexts=[{"context": "window"}])]
        return [] if command["method"] == "script.callFunction" else [success(command, extension="id")]

    peer.reply = reply
    yield peer
    peer.listener.close()


@pytest.fixture
def session(peer: Peer) -> Iterator[FirefoxSession]:
    session = FirefoxSession(Driver(peer), "firefox", Client(), host=("127.0.0.1", peer.port))
    yield session
    session.close()


def loads(peer: Peer, context: str) -> None:
    event = {"context": context, "navigation": "1", "url": ""}
    peer.send({"type": "event", "method": "browsingContext.load", "params": event})


def test_what_waits_in_a_document_that_went_away_is_refused(peer: Peer, session: FirefoxSession) -> None:
    waiting = session.start("script.callFunction", SCRIPT)
    loads(peer, "frame")
    session.command("session.status", {})
    assert not waiting.done()
    loads(peer, "window")
    with pytest.raises(BidiRefused, match="no such frame"):
        waiting.result(5)


def test_an_answer_that_comes_too_late_does_no_harm(peer: Peer, session: FirefoxSession) -> None:
    waiting = session.start("script.callFunction", SCRIPT)
    loads(peer, "window")
    assert isinstance(waiting.exception(5), BidiRefused)
    number = next(command["id"] for command in peer.asked if command["method"] == "script.callFunction")
    peer.send({"type": "success", "id": number, "result": {}})
    session.command("session.status", {})
    assert session.lost is None


@pytest.mark.parametrize("ends_after", [1, 3])
def test_the_session_has_ended_when_it_is_closed(peer: Peer, ends_after: int) -> None:
    driver = Driver(peer, ends_after)
    FirefoxSession(driver, "firefox", Client(), host=("127.0.0.1", peer.port)).close()
    assert driver.asked == ["quit"] * ends_after


# --------------------------------------------------------------------- client
DESK = Client.model_validate(
    {
        "languages": ["zh-CN", "en"],
        "screen": "1920x1080",
        "pixel_ratio": 1.5,
        "colour_scheme": "dark",
        "preferences": {"a.b": True},
        "extensions": ["extensions/banner"],
    }
)


def test_every_field_of_a_client_reaches_the_driver() -> None:
    preferences = _options(DESK).preferences
    assert preferences["intl.accept_languages"] == "zh-CN,en"
    assert preferences["layout.css.prefers-color-scheme.content-override"] == 0
    assert preferences["a.b"] is True
    variables = Firefox().environment(DESK)
    assert (variables["MOZ_HEADLESS_WIDTH"], variables["MOZ_HEADLESS_HEIGHT"]) == ("1920", "1080")


def test_nothing_is_refused() -> None:
    assert Firefox().refusals(DESK.model_copy(update={"clock": "+3d", "policies": {"A": 1}})) == {}


class Inside(Driver):
    """It answers as Firefox's own parts do."""

    def __init__(self, peer: Peer, inside: Any, refuses: str = "") -> None:
        super().__init__(peer)
        self.inside, self.refuses = inside, refuses
        self.commands: dict[str, str] = {}

    def add_command(self, name: str, method: str, url: str) -> None:
        self.commands[name] = url

    def execute(self, command: str, params: Any = None) -> Any:
        self.asked.append(f"{command} {params}" if params else command)
        if command == "harnessInstall" and self.refuses:
            raise WebDriverException(self.refuses)
        return {"value": "id"}

    def execute_script(self, script: str, *_: str) -> Any:
        if isinstance(self.inside, Exception):
            raise self.inside
        return self.inside

    execute_async_script = execute_script


def states(peer: Peer, client: Client, driver: Inside) -> list[tuple[Any, ...]]:
    session = FirefoxSession(driver, "firefox", client, host=("127.0.0.1", peer.port))
    found = [(one.name, getattr(one, "loaded", None), one.said) for one in session.client_states]
    session.close()
    return found


LOADED = {"version": "1.2", "active": True, "why": []}


def test_what_is_asked_of_it_itself_needs_access() -> None:
    assert ACCESS in _options(DESK).arguments
    assert ACCESS not in _options(Client()).arguments


def test_a_certificate_that_is_not_trusted_is_refused() -> None:
    assert _options(Client()).to_capabilities()["acceptInsecureCerts"] is False


def test_a_policy_has_its_words(peer: Peer) -> None:
    client = Client.model_validate({"policies": {"A": True, "B": 1, "C": 2, "D": 3}})
    said = ["Unknown policy: B", "Invalid parameters specified for C: no."]
    assert states(peer, client, Inside(peer, [True, ["A"], said])) == [
        ("A", None, ""),
        ("B", None, "Unknown policy: B"),
        ("C", None, "Invalid parameters specified for C: no."),
        ("D", None, "not listed at about:policies"),
    ]


def test_a_browser_that_does_not_say_is_an_error(peer: Peer) -> None:
    client = Client.model_validate({"policies": {"A": True}})
    with pytest.raises(BrowserError, match="does not say how it is set up: no system access"):
        states(peer, client, Inside(peer, WebDriverException("no system access")))


def test_an_extension_that_is_installed_and_off_says_why(peer: Peer) -> None:
    off = {"version": "1.2", "active": False, "why": ["appDisabled"]}
    assert states(peer, DESK, Inside(peer, off)) == [("banner", False, "appDisabled")]


@pytest.mark.parametrize("words", ["", "Could not install add-on: ERROR_CORRUPT_FILE"])
def test_an_older_one_is_asked_by_the_driver_s_own_command(peer: Peer, words: str) -> None:
    def reply(command: dict[str, Any]) -> list[dict[str, Any]]:
        if command["method"] == "browsingContext.getTree":
            return [success(command, contexts=[{"context": "window"}])]
        if command["method"] == "webExtension.install":
            return [refused(command, "unknown command", "webExtension.install")]
        return [success(command)]

    peer.reply = reply
    driver = Inside(peer, LOADED, refuses=words)
    assert states(peer, DESK, driver) == [("banner", not words, words)]
    assert driver.commands["harnessInstall"] == "/session/$sessionId/moz/addon/install"
    assert "harnessInstall {'path': '/opt/extensions/banner', 'temporary': True}" in driver.asked


@pytest.mark.parametrize("words", ["", "Could not install Add-on"])
def test_an_extension_that_it_does_not_take_has_its_words(peer: Peer, words: str) -> None:
    def reply(command: dict[str, Any]) -> list[dict[str, Any]]:
        if command["method"] == "browsingContext.getTree":
            return [success(command, contexts=[{"context": "window"}])]
        if command["method"] == "webExtension.install" and words:
            return [refused(command, "invalid web extension", words)]
        return [success(command, extension="id")]

    peer.reply = reply
    assert states(peer, DESK, Inside(peer, LOADED)) == [("banner", not words, words)]

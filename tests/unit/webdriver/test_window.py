"""A window of a browser that knows everything, and of one that has not learned some of it."""

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from harness.errors import BrowserError
from harness.model import Client, Viewport
from harness.webdriver.bidi import BidiRefused
from harness.webdriver.window import BidiSession, converted, either, language, languages
from tests.unit.webdriver.test_bidi import Peer, success

Reply = Callable[[dict[str, Any]], dict[str, Any] | None]


class FakeDriver:
    """The part of Selenium's driver that a session uses."""

    def __init__(self, peer: Peer) -> None:
        self.capabilities = {"webSocketUrl": peer.url, "browserVersion": "7.1"}
        self.command_executor = self

    def close(self) -> None:
        """It has no connections."""


def refused(command: dict[str, Any], code: str, detail: str = "") -> dict[str, Any]:
    return {"type": "error", "id": command["id"], "error": code, "message": detail}


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.listener.close()


def opened(peer: Peer, refuses: Reply = lambda _: None, client: Client | None = None) -> BidiSession:
    """A session with a browser that says yes to all that ``refuses`` gives no answer to."""

    def reply(command: dict[str, Any]) -> list[dict[str, Any]]:
        if command["method"] == "browsingContext.getTree":
            return [success(command, contexts=[{"context": "window"}])]
        return [refuses(command) or success(command, data=base64.b64encode(b"picture").decode(), bytes={"type": "x"})]

    peer.reply = reply
    return BidiSession(FakeDriver(peer), "old", client or Client(), host=("127.0.0.1", peer.port))


def asked(peer: Peer, method: str) -> list[dict[str, Any]]:
    return [command["params"] for command in peer.asked if command["method"] == method]


def test_a_window_is_prepared_as_the_client_says(peer: Peer) -> None:
    client = Client(locale="zh_CN.UTF-8", viewport=Viewport(width=800, height=600))
    session = opened(peer, client=client)
    assert (session.browser, session.context, session.missing) == ("old 7.1", "window", {})
    size = {"userContexts": ["default"], "viewport": {"width": 800, "height": 600}}
    assert asked(peer, "browsingContext.setViewport") == [size]
    assert asked(peer, "emulation.setLocaleOverride") == [{"userContexts": ["default"], "locale": "zh-CN"}]
    session.close()


def test_what_works_for_the_first_window_alone_is_asked_for_there(peer: Peer) -> None:
    def refuses(command: dict[str, Any]) -> dict[str, Any] | None:
        return refused(command, "invalid argument") if "userContexts" in command["params"] else None

    opened(peer, refuses).close()
    assert asked(peer, "browsingContext.setViewport")[1]["context"] == "window"
    assert asked(peer, "emulation.setLocaleOverride")[1] == {"contexts": ["window"], "locale": "en-US"}


def test_a_browser_that_cannot_change_its_language_is_taken_as_it_is(peer: Peer) -> None:
    def refuses(command: dict[str, Any]) -> dict[str, Any] | None:
        return refused(command, "unknown command") if command["method"].startswith("emulation.") else None

    opened(peer, refuses).close()


def test_a_viewport_that_cannot_be_had_is_an_error(peer: Peer) -> None:
    def refuses(command: dict[str, Any]) -> dict[str, Any] | None:
        return refused(command, "unknown error") if command["method"] == "browsingContext.setViewport" else None

    with pytest.raises(BrowserError, match=r"refused browsingContext\.setViewport"):
        opened(peer, refuses)


def test_events_that_a_browser_has_not_learned_are_missing_and_the_others_come(peer: Peer) -> None:
    def refuses(command: dict[str, Any]) -> dict[str, Any] | None:
        if "network.fetchError" in command["params"].get("events", ()):
            return refused(command, "invalid argument", "no such event")
        return None

    session = opened(peer, refuses)
    seen: list[dict[str, Any]] = []
    session.subscribe({"log.entryAdded": seen.append, "network.fetchError": seen.append}).result(5)
    assert session.missing == {"network.fetchError": "no such event"}
    peer.send({"type": "event", "method": "log.entryAdded", "params": {"text": "hello"}})
    session.command("session.status", {})
    assert seen == [{"text": "hello"}]
    session.close()


def test_what_a_browser_refuses_for_another_reason_is_an_error(peer: Peer) -> None:
    def refuses(command: dict[str, Any]) -> dict[str, Any] | None:
        events = command["params"].get("events", ())
        if "network.fetchError" not in events:
            return None
        return refused(command, "unknown error" if len(events) == 1 else "invalid argument", "no")

    with pytest.raises(BrowserError, match="unknown error"):
        opened(peer, refuses)


def test_pictures_and_bodies_are_what_bidi_gives(peer: Peer) -> None:
    session = opened(peer)
    assert session.screenshot().result(5) == b"picture"
    session.keep_bodies(9).result(5)
    assert session.body("1").result(5) == {"type": "x"}
    assert asked(peer, "network.addDataCollector") == [{"dataTypes": ["response"], "maxEncodedDataSize": 9}]
    session.close()


def test_another_window_does_not_hide_the_first(peer: Peer) -> None:
    session = opened(peer)
    for context, parent in (("frame", "window"), ("other", None)):
        event = {"context": context, "parent": parent}
        peer.send({"type": "event", "method": "browsingContext.contextCreated", "params": event})
    session.command("session.status", {})
    session.command("session.status", {})  # what the event set off is there before this
    assert asked(peer, "browsingContext.activate") == [{"context": "window"}]
    session.close()


def done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


def test_a_conversion_passes_errors_on() -> None:
    assert converted(done("1"), int).result(0) == 1
    with pytest.raises(BrowserError):
        converted(done(BidiRefused("a", "b", "c")), int).result(0)


@pytest.mark.parametrize(("code", "tried"), [("unknown command", True), ("no such frame", False)])
def test_only_what_is_unknown_is_asked_for_in_another_way(code: str, tried: bool) -> None:
    other = either(done(BidiRefused("a", code, "")), lambda: done({"other": True}))
    if tried:
        assert other.result(0) == {"other": True}
    else:
        with pytest.raises(BidiRefused):
            other.result(0)
    assert either(done({}), lambda: done({"other": True})).result(0) == {}


@pytest.mark.parametrize(
    ("locale", "tag", "accepted"),
    [("zh_CN.UTF-8", "zh-CN", "zh-CN,zh"), ("C", "en-US", "en-US,en"), ("de", "de", "de"), ("sr@latin", "sr", "sr")],
)
def test_languages_are_those_of_the_locale(locale: str, tag: str, accepted: str) -> None:
    assert (language(locale), languages(Client(locale=locale))) == (tag, accepted)


def test_languages_may_be_others_than_that_of_the_locale() -> None:
    assert languages(Client(locale="de", languages=("fr-CH", "en"))) == "fr-CH,en"

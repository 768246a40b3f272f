"""Chromium's sources, and what an older one is asked by CDP."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from harness.browsers.chromium import Chromium
from harness.browsers.chromium.member import ChromiumSession, _options
from harness.errors import BrowserError
from harness.model import Client, Ref
from tests.unit.webdriver.test_bidi import Peer, success
from tests.unit.webdriver.test_window import FakeDriver, refused

NEW = ("goog:cdp.", "network.addDataCollector")


@pytest.mark.parametrize(
    ("version", "number"), [("156.0.8078.79-1~deb12u1", 0), ("120.0.6099.224-1~deb11u1", 0), ("131.0.1", 1)]
)
def test_a_version_is_of_one_source(version: str, number: int) -> None:
    matching = [bool(re.fullmatch(source.versions, version)) for source in Chromium.sources]
    assert matching == [index == number for index in range(len(matching))]


def test_the_headless_shell_refuses_what_it_does_not_have() -> None:
    asked = Client.model_validate(
        {"extensions": [{"apt": "webext-banner"}], "policies": {"A": 1}, "pixel_ratio": 2, "languages": ["de"]}
    )
    assert Chromium().refusals(asked) == {}
    shell = asked.model_copy(update={"browser": Ref(name="chromium", version="131.0.1")})
    refused = Chromium().refusals(shell)
    assert list(refused) == ["extensions", "policies"]
    assert str(refused["policies"]) == "chromium 131.0.1 (headless shell) cannot honour `policies`"


def test_every_field_of_a_client_reaches_the_driver() -> None:
    client = Client.model_validate(
        {"languages": ["zh-CN", "en"], "colour_scheme": "dark", "preferences": {"download.prompt_for_download": True}}
    )
    options = _options(client, None).to_capabilities()["goog:chromeOptions"]
    assert {"--accept-lang=zh-CN,en", "--force-dark-mode", "--ozone-override-screen-size=1366,768"} <= {
        *options["args"]
    }
    assert options["prefs"] == {"download.prompt_for_download": True}


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.listener.close()


def opened(peer: Peer, *, old: bool) -> ChromiumSession:
    def reply(command: dict[str, Any]) -> list[dict[str, Any]]:
        if command["method"] == "browsingContext.getTree":
            return [success(command, contexts=[{"context": "window"}])]
        if old and command["method"].startswith(NEW):
            return [refused(command, "unknown command")]
        if command["params"].get("method") == "Network.getResponseBody":
            return [success(command, result={"body": "[1]", "base64Encoded": False})]
        if command["method"] == "network.getData":
            return [success(command, bytes={"type": "string", "value": "[2]"})]
        return [success(command, session="cdp 1", result={"data": "AAAA"})]

    peer.reply = reply
    return ChromiumSession(FakeDriver(peer), "chromium", Client(), host=("127.0.0.1", peer.port))


@pytest.mark.parametrize(("old", "module", "body"), [(True, "cdp", "[1]"), (False, "goog:cdp", "[2]")])
def test_an_older_one_is_asked_by_cdp(peer: Peer, old: bool, module: str, body: str) -> None:
    session = opened(peer, old=old)
    session.keep_bodies(10).result(5)
    assert session.body("7").result(5) == {"type": "string", "value": body}
    assert session.screenshot().result(5) == b"\0\0\0"
    methods = {command["params"]["method"] for command in peer.asked if command["method"] == f"{module}.sendCommand"}
    assert {"Inspector.enable", "Page.captureScreenshot"} <= methods
    assert ("Network.enable" in methods) == old
    session.close()


@pytest.mark.parametrize("old", [True, False])
def test_a_crash_ends_it(peer: Peer, old: bool) -> None:
    session = opened(peer, old=old)
    peer.send({"type": "event", "method": f"{'cdp' if old else 'goog:cdp'}.Inspector.targetCrashed", "params": {}})
    with pytest.raises(BrowserError, match="the browser's tab crashed"):
        session.wait(5)
    session.close()


def test_an_older_one_is_asked_for_roles_by_cdp(peer: Peer) -> None:
    session = opened(peer, old=True)
    answers = {
        "DOM.getDocument": {"root": {"backendNodeId": 1}},
        "Accessibility.queryAXTree": {"nodes": [{"backendDOMNodeId": 8}, {"backendDOMNodeId": 9, "ignored": True}]},
    }

    def reply(command: dict[str, Any]) -> list[dict[str, Any]]:
        if command["method"] == "browsingContext.locateNodes":
            return [refused(command, "unknown command")]
        if command["method"] == "script.evaluate":
            return [success(command, result={"type": "node", "sharedId": "f.A1.d.B2.e.3"})]
        return [success(command, result=answers.get(command["params"].get("method"), {}))]

    peer.reply = reply
    value = {"role": "button", "name": "Go"}
    params = {"context": "window", "locator": {"type": "accessibility", "value": value}}
    assert session.start("browsingContext.locateNodes", params).result(5) == {
        "nodes": [{"type": "node", "sharedId": "f.A1.d.B2.e.8"}]
    }
    query = next(one["params"] for one in peer.asked if one["params"].get("method") == "Accessibility.queryAXTree")
    assert query["params"] == {"backendNodeId": 1, "role": "button", "accessibleName": "Go"}
    session.close()

"""What a session asks for is data that whoever opens one elsewhere can send."""

import json

import pytest

from harness.browsers import BROWSERS
from harness.model import Client, Way

ASKS = {
    "chromium": "goog:chromeOptions",
    "firefox": "moz:firefoxOptions",
    "webkit": "webkitgtk:browserOptions",
    "remote": "a:b",
}


@pytest.mark.parametrize("name", BROWSERS)
def test_every_browser_says_what_its_sessions_ask_for(name: str) -> None:
    elsewhere = {"url": "http://grid.example:4444", "capabilities": {"a:b": 1}} if name == "remote" else {}
    client = Client.model_validate({"browser": {"name": name, **elsewhere}, "preferences": {}})
    asked = BROWSERS[name].capabilities(client, hosts=["product"], way=Way())
    assert ASKS[name] in json.loads(json.dumps(asked))


@pytest.mark.parametrize("name", [name for name, browser in BROWSERS.items() if browser.crosses])
def test_the_way_is_part_of_it(name: str) -> None:
    client = Client.model_validate({"browser": name})
    asked = json.dumps(BROWSERS[name].capabilities(client, way=Way(proxy="proxy:3128")))
    assert "proxy" in asked
    assert "3128" in asked

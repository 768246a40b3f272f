"""Clients in real replicas: what a page sees of them, and what becomes of an extension that a new browser dropped."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness.evidence import RunFolder
from harness.model import ConsoleMessage, ExtensionState, Request, ScriptError, Trace
from harness.progress import Silent
from harness.protocols import Session
from harness.run import up
from tests.integration.running import ROOT, Reproduce

pytestmark = pytest.mark.engine

DESK = ROOT / "tests/integration/desk"
WORDS = "Cannot install extension because it uses an unsupported manifest version."
CLIENT = {
    "locale": "zh_CN.UTF-8",
    "languages": ["zh-CN", "zh", "en-US"],
    "clock": "+3d",
    "fonts": ["dejavu-core"],
    "screen": "1920x1080",
    "viewport": "1280x720",
    "pixel_ratio": 1.5,
    "colour_scheme": "dark",
    "policies": {"DefaultSearchProviderEnabled": False, "NoSuchPolicy": 1},
    "preferences": {"webkit.webprefs.default_font_size": 23},
}
SEEN = """JSON.stringify({
  ratio: devicePixelRatio, screen: [screen.width, screen.height], viewport: [innerWidth, innerHeight],
  dark: matchMedia("(prefers-color-scheme: dark)").matches, languages: navigator.languages,
  size: getComputedStyle(document.body).fontSize, locale: new Intl.DateTimeFormat().resolvedOptions().locale})"""
POPUP = """(async () => {
  const other = open("about:blank");
  await new Promise(resolve => setTimeout(resolve));
  return JSON.stringify([other.devicePixelRatio, other.screen.width, other.navigator.languages,
                         other.matchMedia("(prefers-color-scheme: dark)").matches]);
})()"""
AHEAD_S = "fetch('/').then(answer => (Date.now() - Date.parse(answer.headers.get('date'))) / 1000)"
DRAWN = """(text => {
  const context = new OffscreenCanvas(50, 50).getContext("2d");
  context.font = "40px sans-serif";
  context.fillText(text, 0, 40);
  return context.getImageData(0, 0, 50, 50).data.join();
})"""


def evaluate(session: Session, expression: str) -> Any:
    params = {"expression": expression, "awaitPromise": True, "target": {"context": session.context}}
    return session.command("script.evaluate", params)["result"].get("value")


def test_a_page_sees_the_client_as_the_file_says(engine: Any, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(json.dumps({"schema": 1, "name": "desk", "client": CLIENT, "server": {"product": "desk"}}))
    (tmp_path / "recipes").symlink_to(DESK / "recipes")
    with up(file, "before", progress=Silent(), runs=tmp_path / "runs", browser=True) as running:
        session = running.session
        assert session
        where = {"context": session.context, "url": running.provisioned.replica.product_url, "wait": "complete"}
        session.command("browsingContext.navigate", where)
        assert json.loads(evaluate(session, SEEN)) == {
            "ratio": 1.5,
            "screen": [1920, 1080],
            "viewport": [1280, 720],
            "dark": True,
            "languages": ["zh-CN", "zh", "en-US"],
            "size": "23px",
            "locale": "zh-CN",
        }
        assert json.loads(evaluate(session, POPUP)) == [1.5, 1920, ["zh-CN", "zh", "en-US"], True]
        assert evaluate(session, AHEAD_S) == pytest.approx(3 * 86400, abs=60)
        assert evaluate(session, f"{DRAWN}('中') === {DRAWN}('国')")  # no font has them: the same box
        assert not evaluate(session, f"{DRAWN}('a') === {DRAWN}('b')")
        states = {state.name: state.said for state in session.client_states}
        assert states == {"DefaultSearchProviderEnabled": "", "NoSuchPolicy": "Unknown policy."}


def told(trace: Trace) -> set[tuple[Any, ...]]:
    """What a browser says of the page of the desk, as far as the page is at fault."""
    found = set[tuple[Any, ...]]()
    for one in trace.observations:
        match one:
            case ExtensionState():
                found.add((one.kind, str(one.message())))
            case ConsoleMessage(level="warn") | ScriptError():
                found.add((one.kind, one.text))
            case Request():
                found.add((urlsplit(one.url).path, one.status, one.body and one.body["rows"][0]))
    return found


def test_an_extension_that_a_newer_system_s_browser_drops_in_silence_is_the_difference(reproduce: Reproduce) -> None:
    """Debian 11's Chromium loads Manifest V2 and Debian 12's does not; the server stays as it is."""
    ran = reproduce(DESK / "desk.yaml", DESK / "read-the-banner.yaml")
    assert ran.code == 1
    assert (ran.verdict["verdict"], ran.verdict["layer"], ran.verdict["step"]["number"]) == ("regression", "client", 3)
    first = ran.verdict["errors"][0]
    assert (first["kind"], first["layer"]) == ("extension", "client")
    assert first["text"] == f"the extension banner was not loaded: {WORDS}"
    changed = {change["path"]: (change["before"], change["after"]) for change in ran.verdict["environment_diff"]}
    assert changed["client.os"] == ("debian:11", "debian:12")
    assert "server.os" not in changed
    before = RunFolder(path=ran.folder).read_trace("before")
    assert before
    assert before.browser.startswith("chromium 120.")
    assert before.not_observed == ()
    assert told(before) == {
        ("extension", "the extension banner was loaded"),
        ("console", "an old desk"),
        ("error", "RangeError: no more rows"),
        ("/", 200, None),
        ("/nothing.json", 404, None),
        ("/rows.json", 200, "中文"),
    }
    assert (ran.folder / "before/screenshots/01.jpg").is_file()
    assert WORDS in (ran.folder / "report.html").read_text("utf-8")

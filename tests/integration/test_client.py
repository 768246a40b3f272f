"""Clients in real replicas: what a page sees of them, and what becomes of an extension that a new browser dropped."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.unit.crx import crx

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


BANNERED = """new Promise(resolve => {
  const banner = document.querySelector("#banner"), see = () => banner.textContent !== "No banner";
  const look = () => see() && resolve(banner.textContent);
  new MutationObserver(look).observe(banner, {childList: true, characterData: true, subtree: true});
  look();
})"""


@contextmanager
def shown(folder: Path, client: dict[str, Any]) -> Iterator[Session]:
    """A browser of that client, which shows the desk."""
    file = folder / "desk.yaml"
    file.write_text(json.dumps({"schema": 1, "name": "desk", "client": client, "server": {"product": "desk"}}))
    (folder / "recipes").symlink_to(DESK / "recipes")
    with up(file, "before", progress=Silent(), runs=folder / "runs", browser=True) as running:
        session = running.session
        assert session
        where = {"context": session.context, "url": running.provisioned.replica.product_url, "wait": "complete"}
        session.command("browsingContext.navigate", where)
        yield session


def test_a_page_sees_the_client_as_the_file_says(engine: Any, tmp_path: Path) -> None:
    with shown(tmp_path, CLIENT) as session:
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


def test_firefox_has_a_client_of_its_own_and_says_what_it_does_not_take(engine: Any, tmp_path: Path) -> None:
    client = {
        "browser": "firefox",
        "clock": "+3d",
        "policies": {"BlockAboutConfig": True, "NoSuchPolicy": 1, "DisableFirefoxAccounts": "maybe"},
        "extensions": ["extensions/banner.xpi", "extensions/broken"],
        "preferences": {"font.size.variable.x-western": 23},
    }
    (tmp_path / "extensions/broken").mkdir(parents=True)
    (tmp_path / "extensions/broken/manifest.json").write_text('{"manifest_version": 3, "name": "no version"}')
    with zipfile.ZipFile(tmp_path / "extensions/banner.xpi", "w") as archive:
        for file in (DESK / "extensions/banner").iterdir():
            archive.write(file, file.name)
    with shown(tmp_path, client) as session:
        assert evaluate(session, AHEAD_S) == pytest.approx(3 * 86400, abs=60)
        assert json.loads(evaluate(session, SEEN))["size"] == "23px"
        assert evaluate(session, BANNERED) == "A banner of the company"
        said = {state.name: state.said for state in session.client_states}
        loaded = {one.name: one.loaded for one in session.client_states if isinstance(one, ExtensionState)}
        assert loaded == {"banner.xpi": True, "broken": False}
        assert said["broken"] == "Could not install Add-on: Extension is invalid"
        assert said["BlockAboutConfig"] == said["banner.xpi"] == ""
        assert said["NoSuchPolicy"] == "Unknown policy: NoSuchPolicy"
        assert said["DisableFirefoxAccounts"].startswith("Invalid parameters specified for DisableFirefoxAccounts")


CONSENT = "@duckduckgo/autoconsent"  # of npm, which has it for Chromium and for Firefox; it says no to such banners
DENIED = """new Promise(resolve => {
  const banner = document.querySelector(".cmplz-cookiebanner");
  const look = () => banner.hidden && resolve(true);
  new MutationObserver(look).observe(banner, {attributes: true});
  look();
})"""


def packed(folder: Path, name: str, manifest_version: int) -> None:
    """The banner of the desk as a signed file of Chromium."""
    files = {file.name: file.read_bytes() for file in (DESK / "extensions/banner").iterdir()}
    manifest = json.loads(files["manifest.json"]) | {"manifest_version": manifest_version}
    (folder / "extensions").mkdir(exist_ok=True)
    (folder / "extensions" / name).write_bytes(crx(files | {"manifest.json": json.dumps(manifest).encode()}))


def test_chromium_loads_extensions_of_signed_files_and_of_npm(engine: Any, tmp_path: Path) -> None:
    """And says what it holds against one of Manifest V2, also where it is packed."""
    packed(tmp_path, "banner.crx", manifest_version=3)
    packed(tmp_path, "old.crx", manifest_version=2)
    consent = {"npm": f"{CONSENT}@4.0.0", "folder": "dist/addon-mv3"}
    with shown(tmp_path, {"extensions": ["extensions/banner.crx", "extensions/old.crx", consent]}) as session:
        assert evaluate(session, BANNERED) == "A banner of the company"
        assert evaluate(session, DENIED) is True
        states = {one.name: one for one in session.client_states if isinstance(one, ExtensionState)}
        assert {name: one.loaded for name, one in states.items()} == {
            "banner.crx": True,
            "old.crx": False,
            CONSENT: True,
        }
        assert states["old.crx"].said == WORDS
        assert states[CONSENT].version == "2022.11.21"  # which its manifest says


def test_the_headless_shell_has_a_clock_and_a_screen(engine: Any, tmp_path: Path) -> None:
    client = {"browser": "chromium@131", "clock": "-90m", "viewport": "1280x720", "screen": "1920x1080"}
    with shown(tmp_path, client | {"pixel_ratio": 1.5}) as session:
        assert evaluate(session, AHEAD_S) == pytest.approx(-5400, abs=60)
        seen = json.loads(evaluate(session, SEEN))
        assert (seen["screen"], seen["viewport"], seen["ratio"]) == ([1920, 1080], [1280, 720], 1.5)


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

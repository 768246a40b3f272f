"""Every browser keeps the same contract: who runs it, what it shows, and how it fails."""

import re
import socket
from collections.abc import Iterator

import pytest

from harness.browsers import BROWSERS
from harness.errors import BrowserError
from harness.installers import INSTALLERS
from harness.model import Client, Viewport
from harness.protocols import Session
from harness.replicas.specs import TEMPLATES
from tests.contract.words import PAGES, WORDS
from tests.integration.browser_fixture import Bench

EVALUATE = "script.evaluate"


@pytest.mark.parametrize("name", BROWSERS)
def test_it_says_how_it_is_installed(name: str) -> None:
    browser = BROWSERS[name]
    for source in browser.sources:
        assert {entry.installer for entry in source.part.install} <= set(INSTALLERS)
        assert source.part.install
        assert re.compile(source.versions)
    assert re.fullmatch("[a-z][a-z-]*", browser.user)
    assert browser.user != "root"
    assert not browser.sources or str(browser.port) in " ".join(browser.command)
    assert browser.seccomp is None or (TEMPLATES / browser.seccomp).is_file()


@pytest.mark.parametrize("name", BROWSERS)
def test_the_usual_client_costs_no_file_and_is_never_refused(name: str) -> None:
    assert BROWSERS[name].refusals(Client()) == {}
    assert BROWSERS[name].files(Client()) == {}
    assert BROWSERS[name].extension_folder.startswith("/")


@pytest.mark.parametrize("name", BROWSERS)
def test_it_says_so_where_nobody_answers(name: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(BrowserError, match="the browser does not start"):
            BROWSERS[name].open(url, Client())


@pytest.fixture(scope="module")
def session(browser: Bench) -> Iterator[Session]:
    client = Client(
        locale="zh_CN.UTF-8",
        languages=("zh-CN", "zh", "fr"),
        viewport=Viewport(width=801, height=603),
        screen=browser.client.screen,
        pixel_ratio=1.5,
        colour_scheme="dark",
    )
    assert BROWSERS[browser.name].refusals(client) == {}
    session = BROWSERS[browser.name].open(browser.webdriver_url, client)
    session.command(
        "browsingContext.navigate",
        {"context": session.context, "url": f"{browser.url}/second.html", "wait": "complete"},
    )
    yield session
    session.close()


def evaluate(session: Session, expression: str) -> object:
    params = {"expression": expression, "awaitPromise": True, "target": {"context": session.context}}
    return session.command(EVALUATE, params)["result"].get("value")


@pytest.mark.engine
def test_it_names_itself_with_its_version(browser: Bench, session: Session) -> None:
    assert re.fullmatch(rf"{browser.name} \d+(\.\d+)+", session.browser)


@pytest.mark.engine
def test_the_page_is_as_large_and_speaks_as_the_client_says(browser: Bench, session: Session) -> None:
    assert evaluate(session, "`${innerWidth}x${innerHeight}`") == "801x603"
    spoken = evaluate(session, "navigator.language + ' ' + new Intl.DateTimeFormat().resolvedOptions().locale")
    assert spoken == " ".join(WORDS[browser.name].languages)


@pytest.mark.engine
def test_the_page_sees_the_screen_the_colour_scheme_and_all_languages(browser: Bench, session: Session) -> None:
    assert evaluate(session, "devicePixelRatio") == 1.5
    assert evaluate(session, "`${screen.width}x${screen.height}`") == str(browser.client.screen)
    assert evaluate(session, "matchMedia('(prefers-color-scheme: dark)').matches")
    assert evaluate(session, "navigator.languages.join()") == "zh-CN,zh,fr"


@pytest.mark.engine
def test_the_time_zone_is_the_clients(browser: Bench, session: Session) -> None:
    assert browser.client.timezone != "UTC"  # or this says nothing
    assert evaluate(session, "Intl.DateTimeFormat().resolvedOptions().timeZone") == browser.client.timezone


@pytest.mark.engine
def test_it_runs_without_rights_and_keeps_its_own_sandbox(browser: Bench, session: Session) -> None:
    assert browser.execute("id", "-un") == (0, BROWSERS[browser.name].user + "\n")
    _, status = browser.execute("grep", "-E", "^(CapEff|CapBnd|NoNewPrivs|Seccomp):", "/proc/1/status")
    facts = dict(line.split(":\t") for line in status.splitlines())
    assert int(facts["CapEff"], 16) == 0
    assert int(facts["CapBnd"], 16) == 0
    assert facts["NoNewPrivs"] == "1"
    assert facts["Seccomp"] == "2"
    each = f"for p in $({PAGES}) 1; do grep ^Seccomp_filters: /proc/$p/status; done"
    _, filters = browser.execute("sh", "-c", each)
    *of_pages, of_all = (int(line.split()[1]) for line in filters.splitlines())
    assert of_pages
    assert all(number > of_all for number in of_pages)  # the browser's own beside the container's


@pytest.mark.engine
@pytest.mark.parametrize(
    "command", [("unshare", "-m", "true"), ("mount", "-t", "tmpfs", "x", "/tmp"), ("su", "-c", "id")]
)
def test_what_the_sandbox_does_not_need_stays_forbidden(browser: Bench, command: tuple[str, ...]) -> None:
    assert browser.execute(*command)[0] != 0


@pytest.mark.engine
def test_chinese_is_drawn(browser: Bench, session: Session) -> None:
    """A missing glyph is drawn as the same box for all characters."""
    width = (
        "const c = new OffscreenCanvas(50, 50).getContext('2d'); c.font = '40px sans-serif'; c.fillText('{}', 0, 40);"
    )
    pixels = width + " c.getImageData(0, 0, 50, 50).data.join()"
    assert evaluate(session, f"{{ {pixels.format('中')} }}") != evaluate(session, f"{{ {pixels.format('国')} }}")

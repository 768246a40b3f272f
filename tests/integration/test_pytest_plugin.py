"""pytest with the plug-in in a process of its own, on real replicas."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.engine import Engine, leftovers
from harness.evidence import RunFolder
from harness.model import Request
from tests.integration.running import ROOT, popen

pytestmark = pytest.mark.engine

EXAMPLE = ROOT / "docs/examples/test_gallery.py"
PRICES, MENU = "scenarios/show-prices.yaml", "scenarios/open-the-menu.yaml"
GALLERY = "import pytest\n\n@pytest.mark.environment('gallery-parallax', sides='before')\n"


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Path:
    """A root folder of pytest's with the shipped environments and scenarios, and the example of the docs."""
    names = "environments/gallery-parallax.yaml environments/slides-menu.yaml"
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nharness_environments = {names}\n")
    for name in ("environments", "scenarios"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(EXAMPLE, tmp_path)
    return tmp_path


def argv(*args: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *args]


def tried(project: Path, *args: str, **environ: str) -> tuple[int, str]:
    """Run pytest to its end: exit code, and what it printed, the same on a CI server, where pytest prints more."""
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")}
    env |= {"COLUMNS": "120", **environ}
    done = subprocess.run(argv(*args), check=False, cwd=project, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def runs(project: Path) -> list[Path]:
    folder = project / ".harness/runs"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def left(engine: Engine, project: Path) -> list[str]:
    """What the engine still has of the runs of a project, in words."""
    ours = tuple(f"{folder.name}/" for folder in runs(project))
    return [f"{one.kind} {one.name}" for one in leftovers(engine) if ours and one.run_id.startswith(ours)]


# ------------------------------------------------------------- scenario files
def test_the_shipped_cases_as_tests(engine: Engine, project: Path) -> None:
    code, shown = tried(project, "--harness", PRICES, MENU, "-rA", "--junitxml=junit.xml")
    assert code == 1
    assert "1 failed, 1 passed" in shown
    assert f"PASSED {MENU}::slides-menu" in shown
    assert f"FAILED {PRICES}::gallery-parallax - Step 3 works before the upgrade" in shown
    assert "Step 3 works before the upgrade and fails after it: css=body.parallax-ready is not in the page" in shown
    assert re.search(r"New errors +TypeError: e\.indexOf is not a function", shown)
    assert re.search(r"Again +harness reproduce environments/gallery-parallax\.yaml scenarios/show-prices\.yaml", shown)
    assert "Traceback" not in shown
    found = re.search(r"Evidence +(\S+)/report\.html", shown)
    assert found
    verdict = RunFolder.open(project / found[1]).read_verdict()
    cases = {case.get("name"): case for case in ElementTree.parse(project / "junit.xml").iter("testcase")}
    properties = {item.get("name"): item.get("value") for item in cases["gallery-parallax"].iter("property")}
    assert properties["fingerprint"] == verdict.fingerprint
    assert {item.get("value") for item in cases["slides-menu"].iter("property")} >= {"same", ""}
    assert left(engine, project) == []


def test_workers_run_side_by_side(engine: Engine, project: Path) -> None:
    code, shown = tried(project, "-n", "2", "-v", "--harness", PRICES, MENU, EXAMPLE.name)
    assert code == 1
    assert "2 failed, 3 passed" in shown
    assert {f"gw{number}" for number in (0, 1)} == set(re.findall(r"\[(gw\d)\] .* (?:PASSED|FAILED)", shown))
    assert "Step 3 works before the upgrade and fails after it" in shown
    assert re.search(r"- harness -.*\n +Replica +gallery-parallax, after", shown)
    assert len(runs(project)) == 5
    assert left(engine, project) == []


def test_progress_is_told_where_nothing_is_captured(project: Path) -> None:
    code, shown = tried(project, "-s", "-v", "--harness", MENU)
    assert code == 0
    assert re.search(r"(?m)^ +\d+\.\ds after +step 4 of 4: ", shown)
    assert re.search(rf"(?m)^{MENU}::slides-menu PASSED", shown)


# ---------------------------------------------------------------- Python tests
def test_the_example_of_the_docs(engine: Engine, project: Path) -> None:
    code, shown = tried(project, EXAMPLE.name, "-rA", "--tb=short")
    assert code == 1
    assert "1 failed, 2 passed" in shown
    for line in (
        "PASSED test_gallery.py::test_the_prices_are_shown[before]",
        "FAILED test_gallery.py::test_the_prices_are_shown[after] - selenium",
        "PASSED test_gallery.py::test_the_upgrade_is_there[after]",
        "  Page      “Travel agency” http://product:8000/",
        "  Errors    TypeError: e.indexOf is not a function",
    ):
        assert line in shown
    found = re.search(r"Evidence +(\S+)/after", shown)
    assert found
    folder = RunFolder.open(project / found[1])
    for name in ("screenshots/01.jpg", "dom/01.html", "trace.jsonl", "network.har", "server.log", "containers.json"):
        assert (folder.side("after") / name).stat().st_size > 0
    trace = folder.read_trace("after")
    assert trace
    assert [(outcome.action, outcome.outcome) for outcome in trace.outcomes] == [("test", "failed")]
    assert trace.fault is None
    assert left(engine, project) == []


def test_everything_of_the_driver_works_and_more(project: Path) -> None:
    (project / "test_all.py").write_text(
        GALLERY
        + """\
def test_all(page, replica):
    from selenium.webdriver import ActionChains, Keys
    from selenium.webdriver.common.by import By
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.support.wait import WebDriverWait

    assert isinstance(page, WebDriver)
    page.get("/")
    assert (page.title, page.current_url) == ("Travel agency", replica.url + "/")
    button = page.find_element(By.ID, "show")
    ActionChains(page).move_to_element(button).click().perform()
    panel = WebDriverWait(page, 5).until(lambda driver: driver.find_element(By.ID, "panel"))
    assert panel.text == "Lisbon 240 EUR"
    page.switch_to.active_element.send_keys(Keys.TAB)
    page.implicitly_wait(0)
    page.set_window_size(800, 600)
    page.add_cookie({"name": "seen", "value": "yes"})
    assert page.get_cookie("seen")["value"] == "yes"
    assert page.execute_script("return arguments[0].id", panel) == "panel"
    assert not page.errors

    page.execute_script("setTimeout(() => { throw new TypeError('by hand') }); console.warn('soon', {gone: 1})")
    assert page.execute_async_script("fetch('/nowhere.json').then(arguments[0])") is not None
    assert page.wait_for_request("/nowhere.json").status == 404
    assert [error.text for error in page.errors] == ["TypeError: by hand"]
    assert [message.text for message in page.console if message.level == "warn"] == ['soon {"gone": 1}']
    assert page.requests[0].url == replica.url + "/"
    with pytest.raises(TimeoutError):
        page.wait_for_request("/never", timeout_s=0.1)

    page.switch_to.new_window("tab")
    page.close()
    page.switch_to.window(page.window_handles[0])
    page.quit()
    assert page.title == "Travel agency"
"""
    )
    code, shown = tried(project, "test_all.py")
    assert code == 0, shown
    (run,) = runs(project)
    trace = RunFolder.open(run).read_trace("before")
    assert trace
    assert "/nowhere.json" in {
        item.url.rpartition("8000")[2] for item in trace.observations if isinstance(item, Request)
    }
    assert (trace.outcomes[0].outcome, trace.outcomes[0].page_title) == ("passed", "Travel agency")


def test_what_a_replica_can_be_asked(project: Path) -> None:
    (project / "test_replica.py").write_text(
        GALLERY
        + """\
def test_replica(replica):
    import requests

    assert (replica.side, str(replica.environment.server.product)) == ("before", "gallery@1.12.4")
    assert replica.environment.client.browser.version != "latest"
    assert "Summer tours" in requests.get(replica.local_url, timeout=10).text
    assert replica.execute("id", "-un") == (0, "app\\n")
    assert replica.execute("id", "-un", user="root") == (0, "root\\n")
    code, output = replica.execute("sh", "-c", "echo out; echo err >&2; exit 7")
    assert (code, sorted(output.split())) == (7, ["err", "out"])
    assert '"GET / HTTP/1.1" 200' in replica.logs()
    assert (replica.folder / "containers.json").is_file()
    assert not list(replica.folder.glob("trace.jsonl"))
"""
    )
    code, shown = tried(project, "test_replica.py")
    assert code == 0, shown


@pytest.mark.parametrize(
    ("death", "words"),
    [
        ("page.get('chrome://crash')", "the browser's tab crashed"),
        ("kill()\n    assert not page.errors", "the connection to the browser was lost"),
        ("kill()\n    page.refresh()", "the connection to the browser was lost"),
    ],
)
def test_a_browser_that_dies_is_an_error_and_no_failure(project: Path, death: str, words: str) -> None:
    (project / "test_death.py").write_text(
        GALLERY
        + f"""\
def test_death(page, replica):
    from harness.engine import connect

    def kill():
        its = {{"label": "org.harness.role=browser"}}
        browsers = connect().client.containers.list(ignore_removed=True, filters=its)
        (ours,) = [one for one in browsers if replica.folder.parent.name in one.name]
        ours.kill()

    page.get("/")
    {death}
"""
    )
    code, shown = tried(project, "test_death.py")
    assert code == 1
    assert "1 error in" in shown
    assert "failed" not in shown.splitlines()[-1]
    assert re.search(rf"(?m)^{words}", shown)
    (run,) = runs(project)
    trace = RunFolder.open(run).read_trace("before")
    assert trace
    assert trace.fault


# ------------------------------------------------------------------- bad ends
def test_without_an_engine_nothing_is_skipped(project: Path) -> None:
    args = ("--harness", MENU, EXAMPLE.name)
    code, shown = tried(project, *args, DOCKER_HOST="tcp://127.0.0.1:1")
    assert code == 1
    assert "4 errors in" in shown
    assert shown.count("\n  → ") == 4
    assert "Traceback" not in shown


def started(project: Path, *args: str) -> "subprocess.Popen[str]":
    """pytest in a process group of its own, as a terminal starts it."""
    return popen(argv(*args), cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def interrupted(child: "subprocess.Popen[str]", number: signal.Signals, when: Callable[[], Any]) -> str:
    """Wait for a moment, send the signal to the whole group; what was printed until the end."""
    try:
        wait_until(when, child)
        os.killpg(child.pid, number)
        return child.communicate(timeout=90)[0]
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def wait_until(true: Callable[[], Any], child: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert child.poll() is None, child.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


LONG_TEST = GALLERY + "def test_long(page):\n    import threading\n    threading.Event().wait(300)\n"
LONG_SCENARIO = "schema: 1\nname: long\nproduct: gallery\nsteps: [{open: /}, {pause: 50, timeout_s: 60}]\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "args",
    [("--harness", "cases/long.yaml"), ("test_long.py",), ("-n", "2", "--harness", "cases/long.yaml", "test_long.py")],
    ids=["scenario", "python", "xdist"],
)
def test_interrupted_it_leaves_nothing(
    engine: Engine, project: Path, args: Sequence[str], number: signal.Signals
) -> None:
    (project / "test_long.py").write_text(LONG_TEST)
    (project / "cases").mkdir()
    (project / "cases/long.yaml").write_text(LONG_SCENARIO)
    expected = 3 if "-n" in args else 2 if "--harness" in args else 1  # sides with containers

    def running() -> bool:
        return len(list((project / ".harness/runs").glob("*/*/containers.json"))) == expected

    child = started(project, *args)
    shown = interrupted(child, number, running)
    assert left(engine, project) == [], shown
    assert child.returncode in (2, -signal.SIGTERM), shown


def test_interrupted_while_a_replica_starts_it_leaves_nothing(engine: Engine, project: Path) -> None:
    (project / "test_long.py").write_text(LONG_TEST)
    child = started(project, "test_long.py")
    shown = interrupted(child, signal.SIGINT, lambda: left(engine, project))
    assert not list((project / ".harness/runs").glob("*/*/trace.jsonl"))
    assert left(engine, project) == [], shown
    assert child.returncode == 2

"""Tests in Python on replicas and browsers that are none: what they can ask, and how they end."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from harness import run
from harness.errors import BrowserError, EngineError, ReplicaError
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import LogLine, Request, Screenshot, ScriptError, Trace
from tests.unit.pytest_plugin import standing
from tests.unit.pytest_plugin.project import ALONE, project
from tests.unit.pytest_plugin.standing import Standing

pytest_plugins = "pytester"

LOST = BrowserError(Message("the browser's tab crashed"), Message("run it again"))


@pytest.fixture
def up(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Standing:
    monkeypatch.setenv("PYTEST_ADDOPTS", ALONE)
    project(pytester.path)
    fake = Standing()
    monkeypatch.setattr(run, "up", fake)
    return fake


def tried(pytester: pytest.Pytester, body: str, *args: str, fixtures: str = "page", more: str = "") -> pytest.RunResult:
    """A test of that body on the side after the upgrade."""
    lines = "\n".join("    " + line for line in body.splitlines())
    (pytester.path / "test_it.py").write_text(
        "import pytest\nfrom tests.unit.pytest_plugin import standing\n\n"
        f"{more}\n@pytest.mark.environment('gallery', sides='after')\ndef test_it({fixtures}):\n{lines}\n"
    )
    return pytester.runpytest(*args)


def kept(pytester: pytest.Pytester) -> RunFolder:
    (folder,) = (pytester.path / ".harness/runs").iterdir()
    return RunFolder.open(folder)


def trace(pytester: pytest.Pytester) -> Trace:
    found = kept(pytester).read_trace("after")
    assert found
    return found


# --------------------------------------------------------------------- replica
def test_what_a_replica_says_of_itself(pytester: pytest.Pytester, up: Standing) -> None:
    body = """\
assert replica.side == "after"
assert str(replica.environment.server.product) == "gallery@3.7.1"
assert replica.url == "http://product:8000"
assert (replica.address, replica.local_url) == (("192.0.2.7", 8000), "http://192.0.2.7:8000")
assert replica.folder.name == "after" and replica.folder.is_dir()
assert replica.logs() == "serving, all"
assert replica.execute("ls", "-l") == (3, "ls -l as app")
assert replica.execute("id", user="root") == (3, "id as root")
assert repr(replica) == "<replica after: gallery@3.7.1 at http://192.0.2.7:8000>"
"""
    tried(pytester, body, fixtures="replica").assert_outcomes(passed=1)
    assert up.said == ["removed"]
    (asked,) = up.asked
    del asked["progress"]
    assert asked == {
        "environment": Path("environments/gallery.yaml"),
        "side": "after",
        "runs": Path(".harness/runs"),
        "name": "test_it[after]",
        "browser": False,
        "strict": False,
    }


def test_the_options_reach_the_replica(pytester: pytest.Pytester, up: Standing) -> None:
    options = ("--harness-runs", "kept", "--harness-locked")
    tried(pytester, "pass", *options, fixtures="replica").assert_outcomes(passed=1)
    assert (up.asked[0]["runs"], up.asked[0]["strict"]) == (Path("kept"), True)


def test_it_is_removed_when_a_test_fails(pytester: pytest.Pytester, up: Standing) -> None:
    tried(pytester, "assert not replica.side", fixtures="replica").assert_outcomes(failed=1)
    assert up.said == ["removed"]


@pytest.mark.parametrize(
    "error",
    [EngineError(Message("no engine"), Message("start one")), ReplicaError(Message("it ended"), log="no space")],
)
def test_what_does_not_come_up_is_an_error_in_words(
    pytester: pytest.Pytester, up: Standing, error: EngineError
) -> None:
    up.error = error
    result = tried(pytester, "pass", fixtures="replica")
    result.assert_outcomes(errors=1)
    shown = result.stdout.str()
    assert f"\n{error.in_full('en')}\n=" in shown
    assert shown.count(str(error.what)) == 2  # and in the last lines


def test_what_cannot_be_removed_is_an_error_in_words(pytester: pytest.Pytester, up: Standing) -> None:
    up.at_the_end = EngineError(Message("the engine is gone"))
    result = tried(pytester, "pass", fixtures="replica")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", "the engine is gone"], consecutive=True)


# ------------------------------------------------------------------------ page
def test_a_page_is_the_driver_and_more(pytester: pytest.Pytester, up: Standing) -> None:
    body = """\
assert isinstance(page, standing.Driver)
page.get("/prices")
page.get("http://elsewhere/")
assert page.opened == ["http://product:8000/prices", "http://elsewhere/"]
assert page.execute("click") == {"value": "click"}
page.quit()
browser = page._browsing.session
standing.throws(browser, "TypeError: no")
standing.writes(browser, "warn", "soon gone")
standing.asks(browser, "http://product:8000/a", 200)
assert [error.text for error in page.errors] == ["TypeError: no"]
assert [(message.level, message.text) for message in page.console] == [("warn", "soon gone")]
assert [request.url for request in page.requests] == ["http://product:8000/a"]
assert [item.kind for item in page.observations] == ["error", "console", "request"]
assert page.wait_for_request("/a").status == 200
with pytest.raises(TimeoutError, match="no request to /b was seen"):
    page.wait_for_request("/b", timeout_s=0.02)
"""
    tried(pytester, body).assert_outcomes(passed=1)
    assert up.asked[0]["browser"] is True
    assert up.browser.closed == 0  # that is for `run.up` to do


def test_what_is_on_its_way_is_waited_for(pytester: pytest.Pytester, up: Standing) -> None:
    """The browser tells events in their order: what it told before an answer is there with the answer."""
    body = """\
browser = page._browsing.session
browser.answers["script.evaluate"] = lambda _: standing.throws(browser, "TypeError: late") or {}
assert [error.text for error in page.errors] == ["TypeError: late"]
"""
    tried(pytester, body).assert_outcomes(passed=1)


def test_a_request_that_comes_later_is_waited_for(pytester: pytest.Pytester, up: Standing) -> None:
    body = """\
import threading
later = threading.Timer(0.05, standing.asks, (page._browsing.session, "http://product:8000/late", 404))
later.start()
assert page.wait_for_request("/late").status == 404
"""
    tried(pytester, body).assert_outcomes(passed=1)


def test_the_evidence_is_that_of_a_run_with_one_step(pytester: pytest.Pytester, up: Standing) -> None:
    body = "standing.asks(page._browsing.session, 'http://product:8000/a', 200)\nassert 1 == 2"
    tried(pytester, body).assert_outcomes(failed=1)
    found = trace(pytester)
    (outcome,) = found.outcomes
    assert (outcome.action, outcome.outcome, outcome.page_title) == ("test", "failed", "Tours")
    assert outcome.description["en"] == "test_it.py::test_it[after]"
    assert outcome.reason
    assert str(outcome.reason.message()) == "assert 1 == 2"
    assert {type(item) for item in found.observations} >= {Request, Screenshot, LogLine}
    side = kept(pytester).side("after")
    assert (side / "screenshots/01.png").read_bytes() == b"picture"
    assert (side / "dom/01.html").read_text() == "<html></html>"
    (entry,) = json.loads((side / "network.har").read_text())["log"]["entries"]
    assert entry["request"]["url"] == "http://product:8000/a"
    head = json.loads((side / "trace.jsonl").read_text().splitlines()[0])
    assert head == {"side": "after", "browser": "fake 1.0", "scenario": "test_it.py::test_it[after]"}


def test_a_picture_is_of_the_page_as_the_test_left_it(pytester: pytest.Pytester, up: Standing) -> None:
    """What tidies up after the test may change the page."""
    more = """\
@pytest.fixture
def tidy(page):
    yield
    page._browsing.session.screenshot = lambda: 1 / 0
"""
    tried(pytester, "pass", fixtures="page, tidy", more=more).assert_outcomes(passed=1)
    assert [item for item in trace(pytester).observations if isinstance(item, Screenshot)]
    assert trace(pytester).outcomes[0].outcome == "passed"


@pytest.mark.parametrize(
    ("body", "outcome"), [("pytest.skip('not now')", "not-run"), ("pytest.xfail('known')", "failed")]
)
def test_what_is_skipped_or_expected_stays_so(pytester: pytest.Pytester, up: Standing, body: str, outcome: str) -> None:
    tried(pytester, body).assert_outcomes(**({"skipped": 1} if outcome == "not-run" else {"xfailed": 1}))
    assert trace(pytester).outcomes[0].outcome == outcome


def test_a_test_that_is_not_reached_leaves_its_evidence_too(pytester: pytest.Pytester, up: Standing) -> None:
    more = "@pytest.fixture\ndef broken(page):\n    assert page.side_door\n"
    result = tried(pytester, "pass", fixtures="page, broken", more=more)
    result.assert_outcomes(errors=1)
    assert "Evidence" in result.stdout.str()
    assert trace(pytester).outcomes[0].outcome == "failed"


def test_a_page_is_asked_for_among_the_arguments(pytester: pytest.Pytester, up: Standing) -> None:
    result = tried(pytester, "request.getfixturevalue('page')", fixtures="replica, request")
    result.assert_outcomes(failed=1)
    assert "the fixture `page` must be among the arguments of the test" in result.stdout.str()


# -------------------------------------------------------------------- failures
def test_a_failure_shows_what_was_seen(pytester: pytest.Pytester, up: Standing) -> None:
    body = """\
browser = page._browsing.session
for number in range(7):
    standing.throws(browser, f"TypeError: {number}")
standing.writes(browser, "error", "console says no")
standing.writes(browser, "info", "console says little")
standing.asks(browser, "http://product:8000/gone", 404)
standing.asks(browser, "http://product:8000/there", 200)
assert 1 == 2
"""
    result = tried(pytester, body, "--show-capture=no")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- harness -*",
            "  Replica          gallery, after: gallery@3.7.1",
            "  Page             “Tours” http://product:8000/now",
            "  Errors           TypeError: 3",
            "                   TypeError: 4",
            "                   TypeError: 5",
            "                   TypeError: 6",
            "                   console says no",
            "  Failed requests  GET http://product:8000/gone: 404",
            "  Evidence         .harness/runs/*-test_it-after/after",
        ],
        consecutive=True,
    )


def test_a_failure_without_a_page_shows_the_replica(pytester: pytest.Pytester, up: Standing) -> None:
    result = tried(pytester, "assert 1 == 2", "--harness-lang=zh", fixtures="replica")
    label = Message("Evidence").into("zh")
    result.stdout.fnmatch_lines(["*gallery, after: gallery@3.7.1", f"  {label}*  .harness/runs/*-test_it-after/after"])
    assert "“" not in result.stdout.str()


def test_what_was_seen_is_shown_of_a_failure_without_a_traceback_too(pytester: pytest.Pytester, up: Standing) -> None:
    result = tried(pytester, "pytest.fail('by hand', pytrace=False)", fixtures="replica")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["by hand", "*Evidence *"])


def test_a_pass_shows_nothing(pytester: pytest.Pytester, up: Standing) -> None:
    assert "harness -" not in tried(pytester, "pass", "-rA").stdout.str()


def test_junit_has_the_evidence(pytester: pytest.Pytester, up: Standing) -> None:
    tried(pytester, "assert 1 == 2", "--junitxml=junit.xml")
    (case,) = ElementTree.parse(pytester.path / "junit.xml").iter("testcase")
    ((name, value),) = [(item.get("name"), item.get("value") or "") for item in case.iter("property")]
    assert (name, Path(value).name) == ("evidence", "after")
    assert "Evidence" in (case.findtext("failure") or "")


LOSE = "page._browsing.session.lost = standing.LOST\n"


@pytest.mark.parametrize(
    "body",
    [
        "page.execute('click')",  # the test notices
        "assert not page.errors",  # nothing is seen because nothing is there
        "raise ValueError('by hand')",
        "pytest.xfail('known')",
    ],
)
def test_a_browser_that_is_lost_makes_an_error_of_any_end(pytester: pytest.Pytester, up: Standing, body: str) -> None:
    standing.LOST = LOST  # type: ignore[attr-defined]  # for the test inside
    result = tried(pytester, LOSE + body, "--junitxml=junit.xml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the browser's tab crashed", "  → run it again", "*Evidence *"])
    (suite,) = ElementTree.parse(pytester.path / "junit.xml").iter("testsuite")
    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")
    assert trace(pytester).fault


def test_nothing_is_asked_of_a_browser_that_is_lost(pytester: pytest.Pytester, up: Standing) -> None:
    """A driver whose container is gone is waited for by the minute."""
    standing.LOST = LOST  # type: ignore[attr-defined]
    tried(pytester, LOSE + "page.execute('click')\nopen('reached', 'w')").assert_outcomes(errors=1)
    assert not (pytester.path / "reached").exists()


def test_what_the_test_then_said_is_told_in_a_line(pytester: pytest.Pytester, up: Standing) -> None:
    standing.LOST = LOST  # type: ignore[attr-defined]
    result = tried(pytester, LOSE + "raise ValueError('by hand')")
    result.stdout.fnmatch_lines(["the test ended with: ValueError: by hand"])
    assert "Traceback" not in result.stdout.str()


def test_an_engine_that_is_gone_is_an_error(pytester: pytest.Pytester, up: Standing) -> None:
    up.gone = EngineError(Message("the engine did not say how the container is"))
    result = tried(pytester, "assert 1 == 2", fixtures="replica")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the engine did not say how the container is", "the test ended with: assert 1 == 2"])


def test_a_disk_that_is_full_is_an_error(pytester: pytest.Pytester, up: Standing) -> None:
    body = """\
def full(facts):
    raise OSError(28, "No space left on device")
page._browsing._observing.recording.write = full
"""
    result = tried(pytester, body)
    result.assert_outcomes(errors=2)
    words = "the evidence could not be kept: [Errno 28] No space left on device"
    result.stdout.fnmatch_lines(
        ["*ERROR at setup of *", words.replace("[", "[[]"), "*ERROR at teardown of *", words.replace("[", "[[]")]
    )
    assert "Traceback" not in result.stdout.str()
    assert up.said == ["removed"]


def test_a_test_that_is_run_again_begins_anew(pytester: pytest.Pytester, up: Standing) -> None:
    pytester.makeconftest("""
        import pytest
        from harness.pytest_plugin.settings import STAGE

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_teardown(item):
            print("standing:", STAGE in item.stash)
            yield
            print("standing:", STAGE in item.stash)
    """)
    tried(pytester, "pass", "-s").stdout.fnmatch_lines(["*standing: True", "standing: False"])


def test_a_browser_that_only_looks_silent_is_no_error(pytester: pytest.Pytester, up: Standing) -> None:
    tried(pytester, "assert page.errors").assert_outcomes(failed=1)
    assert not [item for item in trace(pytester).observations if isinstance(item, ScriptError)]
    assert trace(pytester).fault is None

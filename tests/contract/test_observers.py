"""Every observer keeps the same contract: what the page of the test is known to do is in the trace, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.evidence import RunFolder
from harness.model import (
    ConsoleMessage,
    Dom,
    Observation,
    Request,
    Scenario,
    Screenshot,
    ScriptError,
    Seen,
    Source,
    Step,
    Trace,
)
from harness.observers import OBSERVERS
from harness.replay import replay
from harness.steps import STEPS
from tests.contract.words import WORDS
from tests.integration.browser_fixture import Bench

pytestmark = pytest.mark.engine

KINDS: dict[str, type[Any]] = {
    "console": ConsoleMessage,
    "errors": ScriptError,
    "network": Request,
    "screenshot": Screenshot,
    "dom": Dom,
    "seen": Seen,
    "source": Source,
}


def scenario(*steps: tuple[str, Any]) -> Scenario:
    made = [
        Step(number=number, action=action, arguments=STEPS[action].Arguments.model_validate(raw), timeout_s=5)
        for number, (action, raw) in enumerate(steps, 1)
    ]
    return Scenario(path=Path("scenario.yaml"), name="observed", steps=tuple(made))


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def trace(browser: Bench, run_folder: Path) -> Iterator[Trace]:
    steps = scenario(("open", "/second.html"), ("expect", "h1"), ("open", "/observed.html"), ("pause", 0.5))
    yield replay(steps, browser.replica(run_folder), run_folder / "before", side="before")


def observed(trace: Trace, kind: str) -> list[Any]:
    return [item for item in trace.observations if isinstance(item, KINDS[kind])]


def test_every_observer_is_here_but_that_of_extensions_and_policies_which_this_client_has_not() -> None:
    assert set(KINDS) | {"client"} == set(OBSERVERS)


@pytest.mark.parametrize("name", KINDS)
def test_it_sees_what_there_is_and_places_it(trace: Trace, name: str) -> None:
    assert trace.fault is None
    assert trace.failed is None
    assert trace.not_observed == ()
    found = observed(trace, name)
    assert found
    assert {item.step for item in found} <= {1, 2, 3, 4}
    assert all(0 <= item.time_s <= trace.duration_s for item in found)


def test_a_trace_on_disk_says_the_same(trace: Trace, run_folder: Path) -> None:
    assert RunFolder(path=run_folder).read_trace("before") == trace


def test_console_messages_have_level_words_and_place(trace: Trace, browser: Bench) -> None:
    assert [(item.level, item.text, item.step) for item in observed(trace, "console")] == [
        ("info", "plain words", 3),
        ("warn", 'a warning {"rows": [1, null, "two"]}', 3),
        ("error", "an error of substitution", 3),
    ]
    first = observed(trace, "console")[0]
    assert (first.url, first.line, first.column) == (f"{browser.url}/observed.html", 11, 9)


def test_uncaught_errors_have_words_and_stack(trace: Trace, browser: Bench) -> None:
    found, words = {item.text: item for item in observed(trace, "errors")}, WORDS[browser.name]
    thrown = words.undefined
    assert set(found) == {thrown, "RangeError: nobody caught this"}
    assert found[thrown].stack.startswith(words.stack.format(url=f"{browser.url}/observed.html"))
    assert found[thrown].line == 9


def test_the_code_of_an_error_parts_at_its_place(trace: Trace, browser: Bench) -> None:
    places = {item.line: item for item in observed(trace, "source")}
    assert places[9].url == f"{browser.url}/observed.html"
    line = places[9].head.rpartition("\n")[2] + places[9].rest.partition("\n")[0]
    assert line == "  undefined.map(1);"


def test_what_can_be_seen_is_there_and_what_cannot_is_not(trace: Trace) -> None:
    shown = observed(trace, "seen")[-1]
    assert [(one.tag, one.text) for one in shown.elements if one.tag != "img"] == [("h1", "Observed")]
    left, top, width, height = shown.elements[0].box
    assert left >= 0 < top
    assert width > height > 10


def requests(trace: Trace) -> dict[str, Request]:
    return {item.url.rpartition("/")[2]: item for item in observed(trace, "network")}


def test_every_request_is_there_once(trace: Trace, browser: Bench) -> None:
    paths = [item.url.partition("//")[2].partition("/")[2] for item in observed(trace, "network") if item.step >= 3]
    expected = ["observed.html", "missing.js", "picture.png", "large.json", "broken.json", "status/500", "redirect"]
    if WORDS[browser.name].asks_again and paths.count("picture.png") == 2:
        paths.remove("picture.png")
    assert sorted(paths) == sorted([*expected, "rows.json", "rows.json"])


def test_requests_have_status_timing_headers_and_layer(trace: Trace) -> None:
    page, script, failed = (requests(trace)[name] for name in ("observed.html", "missing.js", "500"))
    assert (page.resource, page.status, page.mime_type, page.layer) == ("document", 200, "text/html", "link")
    assert page.duration_s is not None
    assert page.duration_s > 0
    assert (script.resource, script.status, script.failure, script.layer) == ("script", 404, None, "server")
    assert (failed.method, failed.resource, failed.status, failed.layer) == ("POST", "fetch", 500, "server")
    assert failed.request_headers["x-mark"] == "yes"
    assert failed.response_headers["content-type"] == "text/html"


def test_a_request_without_an_answer_has_the_browsers_word(trace: Trace, browser: Bench) -> None:
    picture = requests(trace)["picture.png"]
    assert picture.status is None
    assert (picture.failure or "").removeprefix("net::") == WORDS[browser.name].no_such_host
    assert (picture.resource, picture.layer) == ("image", "link")


def test_json_bodies_are_kept_up_to_a_limit(trace: Trace) -> None:
    found = requests(trace)
    assert found["rows.json"].body == {"rows": [1, None, {"name": "中"}]}
    assert (found["large.json"].body, bool(found["large.json"].body_missing)) == (None, True)
    assert (found["broken.json"].body, (found["broken.json"].body_missing or "")[:8]) == (None, "not JSON")
    assert (found["observed.html"].body, found["observed.html"].body_missing) == (None, None)


def test_a_redirect_is_an_answer(trace: Trace) -> None:
    redirect = requests(trace)["redirect"]
    assert (redirect.status, redirect.response_headers["location"]) == (302, "/rows.json")


def test_every_step_has_a_picture_and_a_document(trace: Trace, run_folder: Path) -> None:
    for name in ("screenshot", "dom"):
        by_step = {item.step: run_folder / item.path for item in observed(trace, name)}
        assert sorted(by_step) == [1, 2, 3, 4]
        assert all(path.stat().st_size > 100 for path in by_step.values())
        assert by_step[1] == by_step[2]  # the second step only looked, and nothing had changed
        assert by_step[2] != by_step[3]
    pictures = [(run_folder / item.path).read_bytes()[:3] for item in observed(trace, "screenshot")]
    assert set(pictures) == {b"\xff\xd8\xff"}
    document = (run_folder / observed(trace, "dom")[-1].path).read_text("utf-8")
    assert document.startswith("<!DOCTYPE html>")
    assert "<h1>Observed</h1>" in document


def test_a_picture_shows_the_page_as_the_step_left_it(browser: Bench, tmp_path: Path) -> None:
    black = "document.documentElement.style.background = '#000'; document.body.style.visibility = 'hidden'"
    white = "document.documentElement.style.background = '#fff'"
    steps = scenario(("open", "/second.html"), ("run_script", black), ("run_script", white), ("run_script", black))
    trace = replay(steps, browser.replica(tmp_path), tmp_path / "after", side="after")
    colours = [_mean(browser, (tmp_path / item.path).read_bytes()) for item in observed(trace, "screenshot")]
    assert colours[1:] == [0, 255, 0]


def test_late_errors_are_still_seen(browser: Bench, tmp_path: Path) -> None:
    script = "fetch('/rows.json').then(() => { throw new Error('late') })"
    trace = replay(
        scenario(("open", "/second.html"), ("run_script", f"setTimeout(() => {{ {script} }}, 0); return 1")),
        browser.replica(tmp_path),
        tmp_path / "before",
        side="before",
    )
    assert [item.text for item in observed(trace, "errors")] == ["Error: late"]


def test_a_request_that_never_ends_is_reported_and_holds_nothing_up(browser: Bench, tmp_path: Path) -> None:
    steps = scenario(("open", "/second.html"), ("run_script", "fetch('/slow.html'); return 1"))
    trace = replay(steps, browser.replica(tmp_path), tmp_path / "before", side="before")
    slow = requests(trace)["slow.html"]
    assert (slow.status, slow.failure) == (None, None)  # it would have come, had anybody waited


def _mean(browser: Bench, picture: bytes) -> int:
    """The mean of all colour values of a picture, as the browser itself sees it."""
    import base64

    session = browser.session()
    try:
        script = f"""async () => {{
          const image = new Image();
          image.src = "data:image/jpeg;base64,{base64.b64encode(picture).decode()}";
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
          canvas.drawImage(image, 0, 0);
          const data = canvas.getImageData(0, 0, image.width, image.height).data;
          let sum = 0;
          for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
          return Math.round(sum / (data.length / 4 * 3));
        }}"""
        params = {"functionDeclaration": script, "awaitPromise": True, "target": {"context": session.context}}
        return int(session.command("script.callFunction", params)["result"]["value"])
    finally:
        session.close()


def test_observations_are_what_the_trace_is_made_of(trace: Trace) -> None:
    assert all(isinstance(item, Observation.__origin__.__args__) for item in trace.observations)

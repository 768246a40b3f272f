"""Every browser leaves the same evidence of one page; what one cannot give is said, and missing nowhere else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.engine import Engine
from harness.model import ConsoleMessage, Request, Scenario, Screenshot, ScriptError, Seen, Step, Trace
from harness.replay import replay
from harness.steps import STEPS
from tests.integration.browser_fixture import Bench, bench

pytestmark = pytest.mark.engine

BROWSERS = ["chromium", "chromium@131", "firefox", "webkit"]
UNOBSERVED = {"webkit": {"bodies", "console", "workers"}}
STEPS_DONE: list[tuple[str, Any]] = [
    ("open", "/evidence.html"),
    ("expect", {"target": "#done", "text": "done"}),
    ("click", "#download"),
    ("pause", 0.3),
]


@pytest.fixture(scope="module", params=BROWSERS)
def trace(request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trace]:
    with bench(engine, request.param) as running:
        yield played(running, tmp_path_factory.mktemp("run"))


def played(browser: Bench, folder: Path) -> Trace:
    steps = [
        Step(number=number, action=action, arguments=STEPS[action].Arguments.model_validate(raw), timeout_s=5)
        for number, (action, raw) in enumerate(STEPS_DONE, 1)
    ]
    scenario = Scenario(path=Path("scenario.yaml"), name="evidence", steps=tuple(steps))
    return replay(scenario, browser.replica(folder), folder / "before", side="before")


def test_every_step_passes(trace: Trace) -> None:
    assert trace.fault is None
    assert trace.failed is None


def test_what_is_missing_is_said(trace: Trace) -> None:
    said = " ".join(str(one) for one in trace.not_observed)
    missing = UNOBSERVED.get(trace.browser.split()[0], set())
    assert len(trace.not_observed) == len(missing)
    assert all(word in said for word in missing)


def test_what_the_page_says(trace: Trace) -> None:
    said = [(one.level, one.text) for one in trace.observations if isinstance(one, ConsoleMessage)]
    assert [one for one in said if "resource" not in one[1]] == [
        ("info", "a word 1"),
        ("warn", "a warning"),
        ("error", "a complaint"),
    ]


def test_what_nobody_caught(trace: Trace) -> None:
    kinds = sorted(one.text.split(":")[0] for one in trace.observations if isinstance(one, ScriptError))
    assert kinds == ["RangeError", "TypeError"]


@dataclass(frozen=True)
class Answer:
    """What is the same of a request, whichever browser sent it."""

    method: str
    resource: str
    status: int | None
    failed: bool
    body: Any = None


def test_what_was_asked_and_answered(trace: Trace) -> None:
    found = {
        one.url.rpartition("/")[2]: Answer(one.method, one.resource, one.status, one.failure is not None, one.body)
        for one in trace.observations
        if isinstance(one, Request)
    }
    assert found == {
        "evidence.html": Answer("GET", "document", 200, False),
        "missing.json": Answer("GET", "fetch", 404, False),
        "refused": Answer("GET", "fetch", None, True),
        "rows.json": Answer("GET", "fetch", 200, False, {"rows": [1, None, {"name": "中"}]}),
        "report.bin": Answer("GET", "document", 200, False),
    }


def test_every_step_has_a_picture(trace: Trace) -> None:
    steps = {one.step for one in trace.observations if isinstance(one, Screenshot)}
    assert steps == {outcome.number for outcome in trace.outcomes}


def test_what_a_person_sees_is_the_same(trace: Trace) -> None:
    seen = next(one for one in trace.observations if isinstance(one, Seen) and one.step == 3)
    assert [(one.tag, one.id, one.text) for one in seen.elements] == [
        ("h1", "", "Evidence"),
        ("a", "download", "Download"),
        ("p", "done", "done"),
    ]

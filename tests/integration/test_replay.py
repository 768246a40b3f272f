"""Replays in real replicas: what is the page's doing, what is the browser's, and what is left on disk."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import lock, spec
from harness.engine import ContainerRegistry, Engine, build, built
from harness.evidence import RunFolder
from harness.model import LogLine, Outcome, Request, Scenario, ScriptError, Side, Step, Trace
from harness.provision import Provisioned, provision
from harness.render import render
from harness.replay import open_session, replay
from harness.steps import STEPS
from tests.integration.browser_fixture import ROOT

pytestmark = pytest.mark.engine

GALLERY = ("gallery-parallax", "show-prices")


def scenario(*steps: tuple[str, Any]) -> Scenario:
    made = [
        Step(number=number, action=action, arguments=STEPS[action].Arguments.model_validate(raw), timeout_s=10)
        for number, (action, raw) in enumerate(steps, 1)
    ]
    return Scenario(path=Path("scenario.yaml"), name="made", steps=tuple(made))


@pytest.fixture
def replica(engine: Engine, tmp_path: Path) -> Iterator[Callable[[str, Side], Provisioned]]:
    """Starts a side of a shipped environment; gone at the end."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(environment: str, side: Side) -> Provisioned:
            case = spec.load(ROOT / f"environments/{environment}.yaml", None)
            locked = lock.resolve(case.file, case.recipes, ContainerRegistry(), existing=lock.beside(case.file.path))
            one, index = case.file.side(side), 0 if side == "before" else -1
            recipe = case.recipe(one)
            rendering = render(one, recipe, locked.environments[index], locked, ContainerRegistry())
            for chain in (rendering.server, rendering.browser):
                for context in [] if built(engine, chain[-1].tag) else chain:
                    build(engine, context, log=tmp_path / "build.log")
            product, browser = built(engine, rendering.server[-1].tag), built(engine, rendering.browser[-1].tag)
            assert product
            assert browser
            return stack.enter_context(
                provision(
                    engine,
                    one,
                    recipe,
                    images={"product": product, "browser": browser},
                    run_id=f"test-replay-{tmp_path.name}",
                    name=side,
                    folder=tmp_path / side,
                )
            )

        yield start


def play(provisioned: Provisioned, steps: Scenario, folder: Path, side: Side, **more: Any) -> Trace:
    session = open_session(provisioned.replica)  # while the product is still starting
    provisioned.wait_until_ready()
    return replay(steps, provisioned.replica, folder / side, side=side, session=session, **more)


def shipped(environment: str, name: str) -> Scenario:
    found = spec.load(ROOT / f"environments/{environment}.yaml", ROOT / f"scenarios/{name}.yaml").scenario
    assert found
    return found


def test_what_works_leaves_all_its_evidence(replica: Any, tmp_path: Path) -> None:
    seen: list[Outcome] = []
    trace = play(replica(GALLERY[0], "before"), shipped(*GALLERY), tmp_path, "before", on_step=seen.append)
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed"] * 5
    assert tuple(seen) == trace.outcomes
    assert trace.fault is None
    assert trace.not_observed == ()
    assert RunFolder(path=tmp_path).read_trace("before") == trace
    assert [outcome.page_url for outcome in trace.outcomes] == ["http://product:8000/"] * 5
    served = {item.url for item in trace.observations if isinstance(item, Request) and item.status == 200}
    assert "http://product:8000/node_modules/jquery/dist/jquery.min.js" in served
    lines = [item for item in trace.observations if isinstance(item, LogLine) and "GET / " in item.text]
    assert {item.step for item in lines} == {0, 1}  # by the readiness check, and by the browser
    assert not [item for item in trace.observations if isinstance(item, ScriptError)]


def test_what_breaks_says_where_and_what_it_saw(replica: Any, tmp_path: Path) -> None:
    trace = play(replica(GALLERY[0], "after"), shipped(*GALLERY), tmp_path, "after")
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed", "passed", "failed", "not-run", "not-run"]
    assert trace.failed
    assert trace.failed.reason
    assert str(trace.failed.reason.message()) == "css=body.parallax-ready is not in the page"
    assert [attempt.state for attempt in trace.failed.attempts] == ["missing"]
    errors = [item for item in trace.observations if isinstance(item, ScriptError)]
    assert [(item.text, item.step) for item in errors] == [("TypeError: e.indexOf is not a function", 1)]
    assert "jquery.min.js:2:" in errors[0].stack
    assert (tmp_path / "after/screenshots/03.jpg").is_file()


def test_a_browser_that_is_killed_is_a_fault(replica: Any, tmp_path: Path) -> None:
    provisioned = replica(GALLERY[0], "before")
    steps = scenario(("open", "/"), ("wait_for", "#never"), ("click", "#show"))

    def kill(outcome: Outcome) -> None:
        threading.Timer(0.3, provisioned.browser.container.get_wrapped_container().kill).start()

    trace = play(provisioned, steps, tmp_path, "before", on_step=kill)
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed", "not-run", "not-run"]
    assert trace.fault
    assert trace.fault.step == 2
    assert "the connection to the browser was lost" in str(trace.fault.reason.message())
    assert RunFolder(path=tmp_path).read_trace("before") == trace
    assert (tmp_path / "before/screenshots/01.jpg").is_file()


def test_a_tab_that_crashes_is_a_fault(replica: Any, tmp_path: Path) -> None:
    steps = scenario(("open", "/"), ("open", "chrome://crash"), ("click", "#show"))
    trace = play(replica(GALLERY[0], "before"), steps, tmp_path, "before")
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed", "not-run", "not-run"]
    assert trace.fault
    assert str(trace.fault.reason.message()) == "the browser's tab crashed"


def test_a_product_that_dies_is_no_fault_of_the_browser(replica: Any, tmp_path: Path) -> None:
    provisioned = replica(GALLERY[0], "before")
    steps = scenario(("open", "/"), ("run_script", "return 1"), ("open", "/not-in-the-cache"))

    def kill(outcome: Outcome) -> None:
        if outcome.number == 2:
            provisioned.product.container.get_wrapped_container().kill()

    trace = play(provisioned, steps, tmp_path, "before", on_step=kill)
    assert [outcome.outcome for outcome in trace.outcomes] == ["passed", "passed", "failed"]
    assert trace.fault is None
    assert trace.failed
    assert "/not-in-the-cache " in str(trace.failed.reason and trace.failed.reason.message())


def test_the_network_of_a_replica_has_no_way_out(replica: Any, tmp_path: Path) -> None:
    trace = play(replica(GALLERY[0], "before"), scenario(("open", "http://example.org/")), tmp_path, "before")
    assert trace.failed
    assert "ERR_NAME_NOT_RESOLVED" in str(trace.failed.reason and trace.failed.reason.message())
    asked = {item.url for item in trace.observations if isinstance(item, Request)}
    assert asked <= {"http://example.org/", "https://example.org/"}  # and the browser asks for nothing of its own

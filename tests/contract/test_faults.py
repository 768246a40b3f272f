"""One fault of a page has one form, whichever browser says it and whatever a minifier left of the names."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.engine import Engine
from harness.facts import faults, origins
from harness.facts.owners import Owner
from harness.facts.sources import maps_of
from harness.model import ConsoleMessage, Mapped, Scenario, ScriptError, Step, Trace
from harness.replay import replay
from harness.steps import STEPS
from tests.integration.browser_fixture import bench

pytestmark = pytest.mark.engine

BROWSERS = ("chromium", "firefox", "webkit")
UNSAID = {
    "reads_a_key": "WebKit says the name of the variable that has the key, and not the key",
    "iterates_undefined": "WebKit says it as if a property had been read",
}
Said = Mapping[tuple[str, str], str]  # (build, name of the fault) -> what the browser says


@pytest.fixture(scope="module")
def traces(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    """What each browser makes of ``faults.html`` and ``built.html``."""
    found = {}
    for name in BROWSERS:
        folder = tmp_path_factory.mktemp(name)
        with bench(engine, name) as browser:
            trace = replay(_scenario(), browser.replica(folder), folder / "before", side="before")
        assert trace.failed is None, trace.failed
        found[name] = trace
    return found


@pytest.fixture(scope="module")
def said(traces: dict[str, Trace]) -> dict[str, Said]:
    """What each browser says of each fault of ``faults.html``."""
    return {name: _said(trace) for name, trace in traces.items()}


def _scenario() -> Scenario:
    done = {"target": "h1", "text": "All done"}
    steps = [("open", "/faults.html", 5), ("expect", done, 30), ("open", "/built.html", 5), ("pause", 0.3, 5)]
    made = [
        Step(number=number, action=action, arguments=STEPS[action].Arguments.model_validate(raw), timeout_s=seconds)
        for number, (action, raw, seconds) in enumerate(steps, 1)
    ]
    return Scenario(path=Path("scenario.yaml"), name="faults", steps=tuple(made))


def _said(trace: Trace) -> Said:
    """The page tells which fault comes, so that what is said next is of that."""
    found: dict[tuple[str, str], str] = {}
    told: tuple[str, str] | None = None
    for item in trace.observations:
        if isinstance(item, ConsoleMessage) and item.text.startswith("fault "):
            _, build, name = item.text.split()
            told = build, name
        elif isinstance(item, ScriptError) and told and item.step < 3:
            found.setdefault(told, item.text)
    return found


def test_every_browser_says_every_fault(said: dict[str, Said]) -> None:
    chromium = set(said["chromium"])
    assert len(chromium) > 50
    assert {name: set(one) for name, one in said.items()} == dict.fromkeys(BROWSERS, chromium)


def test_three_browsers_say_one_fault_in_one_form(said: dict[str, Said]) -> None:
    different = {
        key: forms
        for key in said["chromium"]
        if len(set(forms := [faults.of(said[name][key]) for name in BROWSERS])) > 1 and key[1] not in UNSAID
    }
    assert different == {}


@pytest.mark.parametrize("browser", BROWSERS)
def test_a_minified_build_says_the_same(said: dict[str, Said], browser: str) -> None:
    one = said[browser]
    minified = {name: faults.of(text) for (build, name), text in one.items() if build == "minified"}
    assert len(minified) > 10
    assert minified == {name: faults.of(one["plain", name]) for name in minified}


def test_faults_of_different_sorts_are_told_apart(said: dict[str, Said]) -> None:
    told = ["reads_null", "reads_undefined", "calls_a_member", "calls_a_variable", "not_defined", "not_json",
            "constructs", "not_iterable", "connection_dropped", "module_missing", "own_words"]  # fmt: skip
    for one in said.values():
        assert len({faults.of(one["plain", name]) for name in told}) == len(told)


@pytest.mark.parametrize("browser", BROWSERS)
def test_stacks_are_followed_through_source_maps(traces: dict[str, Trace], browser: str) -> None:
    """One in a file of its own and one in the script; a third is broken and maps nothing."""
    trace = traces[browser]
    table, page = "webpack://gallery/./node_modules/stellar/src/table.js", "webpack://gallery/./src/page.js"
    found = {(item.url.rpartition("/")[2], item.source, item.source_line) for item in trace.observations
             if isinstance(item, Mapped)}  # fmt: skip
    assert found >= {("built.js", table, 7), ("built.js", page, 3), ("inlined.js", table, 7), ("inlined.js", page, 3)}
    assert not any("hostile" in url for url, _, _ in found)
    maps = maps_of(trace)
    error = next(item for item in trace.observations if isinstance(item, ScriptError) and "built.js" in item.url)
    owner = Owner(label="stellar@0.6.2", names=("stellar",))
    origin = origins.of_page(error.text, error.stack, f"{error.url}:{error.line}:{error.column}", [owner], maps)
    assert origin is not None
    assert (origin.file, origin.line, origin.package, origin.role) == (table, 7, "stellar@0.6.2", "plugin")

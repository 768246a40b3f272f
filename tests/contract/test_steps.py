"""Every step keeps the same contract, in a real browser, on pages that are awkward on purpose."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.language import Message
from harness.masking import Secrets
from harness.model import Attempt, Observation
from harness.model.arguments import StepArguments
from harness.observers import OBSERVERS
from harness.observing.recording import Recording
from harness.page import LivePage
from harness.protocols import Session, StepFailure
from harness.steps import STEPS
from tests.contract.words import WORDS
from tests.integration.browser_fixture import Bench

LOG = "return document.querySelector('#log').textContent"


@pytest.mark.parametrize("name", STEPS)
def test_a_step_names_its_arguments_and_itself(name: str) -> None:
    step = STEPS[name]
    assert issubclass(step.Arguments, StepArguments)
    assert 0 < step.default_timeout_s <= 600
    for _, raw, _ in [case for case in WORKS if case[0] == name]:
        arguments = step.Arguments.model_validate(raw)
        message = step.describe(arguments)
        assert isinstance(message, Message)
        assert str(message)
        assert step.Arguments.model_validate(arguments.model_dump(exclude_unset=True)) == arguments


def test_every_step_is_tried_and_failed() -> None:
    assert {name for name, _, _ in WORKS} == set(STEPS)
    assert {name for name, _, _ in FAILS} | {"pause"} == set(STEPS)


@dataclass
class Stage:
    """A page in a browser, on which single steps are done."""

    page: LivePage
    recording: Recording

    def do(self, name: str, raw: Any, timeout_s: float = 60.0) -> None:
        arguments = STEPS[name].Arguments.model_validate(raw)
        self.page.begin(timeout_s)
        STEPS[name].run(self.page, arguments)

    def fail(self, name: str, raw: Any, timeout_s: float = 0.4) -> tuple[str, tuple[Attempt, ...], float]:
        """The reason, what became of the selectors, and the seconds it took."""
        began = time.monotonic()
        with pytest.raises(StepFailure) as failure:
            self.do(name, raw, timeout_s)
        return str(failure.value.reason), self.page.attempts, time.monotonic() - began

    @property
    def log(self) -> str:
        return str(self.page.run(LOG))


@pytest.fixture(scope="module")
def session(browser: Bench) -> Iterator[Session]:
    session = browser.session()
    yield session
    session.close()


class Relay:
    """Observes a session once, and tells whichever test runs."""

    recording: Recording

    def __init__(self, session: Session, folder: Path) -> None:
        self.session = session
        self.folder = folder
        for make in OBSERVERS.values():
            for started in make().start(self):
                started.result(10)

    def emit(self, observation: Observation) -> None:
        self.recording.emit(observation)

    def at(self, epoch_s: float | None = None) -> tuple[int, float]:
        return self.recording.at(epoch_s)


@pytest.fixture(scope="module")
def relay(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Relay:
    return Relay(session, tmp_path_factory.mktemp("side"))


@pytest.fixture
def stage(browser: Bench, session: Session, relay: Relay, tmp_path: Path) -> Iterator[Stage]:
    relay.recording = recording = Recording(
        session, tmp_path, Attempt(selector="", found=0, state="missing"), Secrets()
    )
    page = LivePage(session, browser.url, observed=recording.observed, news=recording.wait)
    stage = Stage(page, recording)
    stage.do("open", "/actions.html", 10)
    yield stage
    recording.close()


@pytest.mark.engine
def test_a_field_that_moves_its_caret_gets_what_is_typed_at_its_pace(stage: Stage) -> None:
    """Masks do so, and phone numbers came out scrambled, before the upgrade as well."""
    stage.do("type", {"into": "#masked", "text": "12345", "pace_ms": 20})
    stage.do("expect", {"target": "#masked", "value": {"equals": "12345"}}, 5)


# What works: step, arguments, and what the page's log then says (None: nothing to say).
WORKS: list[tuple[str, Any, str | None]] = [
    ("open", "/second.html", None),
    ("open", {"url": "second.html"}, None),
    ("click", "#plain", "plain clicked;"),
    ("click", {"xpath": "//button[.='Plain']"}, "plain clicked;"),
    ("click", {"id": "plain"}, "plain clicked;"),
    ("click", {"text": "Plain"}, "plain clicked;"),
    ("click", {"role": "button", "name": "Close the window"}, "closed;"),
    ("click", {"role": "button", "name": "Far below"}, "far clicked;"),
    ("click", {"text": "Send it"}, "sent;"),
    ("click", "#far", "far clicked;"),
    ("click", "#inner", "shadow clicked;"),
    ("click", {"link": "Next page"}, None),
    ("click", {"target": ["#nosuch", "//not[css", {"text": "Plain"}]}, "plain clicked;"),
    ("double_click", "#twice", "twice;"),
    ("hover", "#hover", "hovered;"),
    ("type", {"into": {"name": "name"}, "text": "Ann O'Neil 中"}, "name focused;"),
    ("press", "m", "key m;"),
    ("press", "Control+a", "key Control+Control;key Control+a;"),
    ("press", ["Enter", "Escape"], "key Enter;key Escape;"),
    ("select", {"target": "#city", "label": "Porto"}, "city por;"),
    ("select", {"target": "#city", "value": "far"}, "city far;"),
    ("select", {"target": "#city", "index": 1}, "city por;"),
    ("check", {"name": "agree"}, None),
    ("check", {"target": {"name": "agree"}, "checked": False}, None),
    ("wait_for", "#plain", None),
    ("wait_for", {"target": "#gone", "state": "hidden"}, None),
    ("wait_for", {"target": "#gone", "state": "attached"}, None),
    ("wait_for", {"target": "#nosuch", "state": "detached"}, None),
    ("wait_for", {"url": "actions.html", "title": {"equals": "Actions"}}, None),
    ("expect", "#plain", None),
    ("expect", {"target": "p", "text": "Only this", "attribute": {"id": "log"}}, "-"),
    ("expect", {"target": "#short", "text": {"equals": "Sticks out"}}, None),
    ("expect", {"target": "#gone", "hidden": True}, None),
    ("expect", {"target": "#nosuch", "hidden": True}, None),
    ("expect", {"target": "#clear-box", "hidden": True}, None),
    ("expect", {"target": "#name", "value": {"equals": "old"}, "enabled": True}, None),
    ("expect", {"target": "option", "count": 3}, None),
    ("expect", {"target": "#nosuch", "count": 0}, None),
    ("expect", {"target": "#disabled", "enabled": False}, None),
    ("expect", {"target": "#day", "attribute": {"type": {"equals": "date"}}}, None),
    ("expect", {"target": {"role": "heading", "name": "Actions"}, "text": {"matches": "^Act"}}, None),
    ("expect", {"url": {"matches": r"/actions\.html$"}, "title": "Actions"}, None),
    ("expect", {"status": 200}, None),
    ("expect", "no_errors", None),
    ("run_script", "return 1", None),
    (
        "run_script",
        {"script": "return await Promise.resolve({a: [1, null, '中']})", "expect": {"a": [1, None, "中"]}},
        None,
    ),
    ("pause", 0.1, None),
]


@pytest.mark.engine
@pytest.mark.parametrize(("name", "raw", "log"), [case for case in WORKS if case[2] != "-"], ids=str)
def test_it_works_as_a_person_would(stage: Stage, name: str, raw: Any, log: str | None) -> None:
    stage.do(name, raw)
    if log is not None:
        said = stage.log  # a pointer that rests where the step before left it hovers, too
        assert said in (log, f"hovered;{log}")


NO_SUCH_HOST = "in the browser's words"
LOOKUP_S = 5.0  # an engine's name server may ask another one
# What fails: step, arguments, and a part of the reason.
FAILS: list[tuple[str, Any, str]] = [
    ("open", "http://nowhere.invalid/", NO_SUCH_HOST),
    ("open", "/slow.html", "had not loaded after 0.4 s"),
    ("click", "#nosuch", "css=#nosuch is not in the page"),
    ("click", ["#nosuch", "#neither"], "css=#nosuch | css=#neither is not in the page"),
    ("click", ["#nosuch", "#gone"], "css=#gone is in the page and hidden"),
    ("click", "#covered", 'css=#covered is covered by <div id="cover" class="dim veil">'),
    ("click", "#behind", "css=#behind is covered by <body>"),
    ("click", "#disabled", "css=#disabled is disabled"),
    ("click", "#aria-disabled", "css=#aria-disabled is disabled"),
    ("click", "#moving", "css=#moving does not stop moving"),
    ("click", "#no[t]]", "css=#no[t]] is no valid selector"),
    ("click", {"xpath": "//a["}, "xpath=//a[ is no valid selector"),
    ("click", {"role": "button", "name": "Open the window"}, "is not in the page"),
    ("double_click", "#disabled", "is disabled"),
    ("hover", "#gone", "hidden"),
    ("type", {"into": "#fixed", "text": "x"}, "css=#fixed is read-only"),
    ("type", {"into": "#nosuch", "text": "x"}, "not in the page"),
    ("press", {"keys": "Enter", "target": "#disabled"}, "disabled"),
    ("select", {"target": "#city", "label": "Rome"}, "no such option; it has: “Lisbon”, “Porto”, “Faro”"),
    ("select", {"target": "#plain", "label": "Rome"}, "is no drop-down list"),
    ("check", "#nosuch", "not in the page"),
    ("wait_for", "#gone", "css=#gone is in the page and hidden"),
    ("wait_for", {"target": "#plain", "state": "detached"}, "css=#plain is still in the page"),
    ("wait_for", {"target": "#plain", "state": "hidden"}, "css=#plain is still visible"),
    ("wait_for", {"url": "elsewhere"}, "actions.html"),
    ("expect", "#nosuch", "css=#nosuch is not in the page"),
    ("expect", "#clear-box", "css=#clear-box is in the page and hidden"),
    ("expect", {"target": "h1", "text": {"equals": "Act"}}, "the text of css=h1 should be “Act” and is “Actions”"),
    ("expect", {"target": "#gone", "text": "Gone"}, "should be “Gone”, and nothing of it is to be seen"),
    ("expect", {"target": "#name", "value": "new"}, "the value of css=#name should be “new” and is “old”"),
    ("expect", {"target": "option", "count": 2}, "3 of css=option are visible, not 2"),
    ("expect", {"target": "#plain", "attribute": {"href": "x"}}, "css=#plain has no attribute href"),
    ("expect", {"target": "#plain", "enabled": False}, "css=#plain is enabled"),
    ("expect", {"target": "[name=agree]", "checked": True}, "hidden"),
    ("expect", {"title": "Other"}, "the title should be “Other” and is “Actions”"),
    ("expect", {"status": 404}, "answered with status 200 instead of 404"),
    ("expect", {"status": {"url": "never-asked", "code": 200}}, "no request to never-asked was seen"),
    ("run_script", {"script": "return 1", "expect": 2}, "the script returned 1 instead of 2"),
    ("run_script", "throw new TypeError('by hand')", "TypeError: by hand"),
]


@pytest.mark.engine
@pytest.mark.parametrize(("name", "raw", "reason"), FAILS, ids=str)
def test_it_says_what_it_saw_instead_and_in_time(
    browser: Bench, stage: Stage, name: str, raw: Any, reason: str
) -> None:
    timeout_s = LOOKUP_S if reason == NO_SUCH_HOST else 0.4
    said, _, took_s = stage.fail(name, raw, timeout_s)
    assert (WORDS[browser.name].no_such_host if reason == NO_SUCH_HOST else reason) in said
    assert took_s < timeout_s + 50
    if name in ("click", "double_click", "type", "press"):
        assert "clicked" not in stage.log


@pytest.mark.engine
def test_the_trace_says_which_selector_matched_and_what_became_of_the_others(stage: Stage) -> None:
    stage.do("click", {"target": ["#nosuch", "#gone", "#plain", "#far"]})
    assert stage.page.matched == "css=#plain"
    assert [(a.selector, a.found, a.state) for a in stage.page.attempts] == [
        ("css=#nosuch", 0, "missing"),
        ("css=#gone", 1, "hidden"),
        ("css=#plain", 1, "used"),
        ("css=#far", 0, "not-tried"),
    ]


@pytest.mark.engine
def test_an_action_waits_for_what_comes_late(stage: Stage) -> None:
    stage.do("click", "#later")
    began = time.monotonic()
    stage.do("click", "#new")
    assert time.monotonic() - began < 50  # of the sixty that there are
    assert stage.log == "new clicked;"


@pytest.mark.engine
def test_typing_replaces_or_goes_on(browser: Bench, stage: Stage) -> None:
    stage.do("type", {"into": "#name", "text": "new"})
    stage.do("expect", {"target": "#name", "value": {"equals": "new"}})
    stage.do("type", {"into": "#name", "text": "er", "clear": False})
    stage.do("expect", {"target": "#name", "value": {"equals": "newer"}})
    stage.do("type", {"into": "#day", "text": WORDS[browser.name].day})
    stage.do("expect", {"target": "#day", "value": {"equals": "2026-11-22"}})


@pytest.mark.engine
def test_typing_fills_several_lines(stage: Stage) -> None:
    stage.do("type", {"into": "#notes", "text": "one\ntwo"})
    assert stage.page.run("return document.querySelector('#notes').value") == "one\ntwo"


@pytest.mark.engine
def test_ticking_is_done_only_where_needed(stage: Stage) -> None:
    for wanted in (True, True, False):
        stage.do("check", {"target": "#clear-box", "checked": wanted})
        assert stage.page.run("return document.querySelector('#clear-box').checked") is wanted


@pytest.mark.engine
def test_waiting_survives_a_navigation(stage: Stage) -> None:
    stage.do("click", "#unload")
    stage.do("click", "#second-only")
    assert stage.page.glance()[0] == "The second page"


@pytest.mark.engine
def test_a_click_that_leads_elsewhere_waits_until_it_has_loaded(stage: Stage) -> None:
    stage.do("click", "#next")
    assert stage.page.run("return document.readyState + document.title") == "completeThe second page"


@pytest.mark.engine
@pytest.mark.parametrize("target", ["#go-away", "#submit-by-script"])
def test_a_form_that_is_sent_leads_elsewhere_too(stage: Stage, target: str) -> None:
    stage.do("click", target)
    assert stage.page.glance()[0] == "Late but there"


@pytest.mark.engine
@pytest.mark.parametrize("target", ["#inside", "#nowhere", "#opens", "#plain"])
def test_what_leads_nowhere_is_not_waited_for(stage: Stage, target: str) -> None:
    began = time.monotonic()
    stage.do("click", target)
    assert time.monotonic() - began < 50  # of the sixty that there are
    assert stage.page.glance()[0] == "Actions"


@pytest.mark.engine
def test_going_back_is_waited_for(stage: Stage) -> None:
    stage.do("click", "#next")
    began = time.monotonic()
    stage.do("click", "#back")
    assert time.monotonic() - began < 50  # of the sixty that there are
    stage.do("wait_for", {"title": "Actions"})


@pytest.mark.engine
def test_a_page_that_loads_for_too_long_fails_the_step_that_asked_for_it(stage: Stage) -> None:
    reason, *_ = stage.fail("click", "#slow", 1.0)
    assert reason in ("the page was still busy or loading after 1 s", "the page was still busy or loading after 2 s")


@pytest.mark.engine
def test_a_dialog_is_accepted(stage: Stage) -> None:
    stage.do("click", "#ask")
    stage.do("expect", {"target": "#log", "text": "sure;"})


@pytest.mark.engine
def test_an_answer_of_400_or_more_is_noted_and_is_no_failure(stage: Stage) -> None:
    stage.do("open", "/status/503")
    assert [note.message().text for note in stage.page.notes] == ["{url} answered with status {status}"]
    stage.do("expect", {"status": 503})


@pytest.mark.engine
def test_errors_of_the_page_are_expected_not_to_be(stage: Stage) -> None:
    stage.do("open", "/observed.html")
    reason, _, took_s = stage.fail("expect", "no_errors", 60)
    assert "error(s), the first: " in reason
    assert took_s < 50  # of the sixty that there are

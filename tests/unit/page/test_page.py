"""Waiting, trying again, and telling the page's failures from the browser's."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from selenium.common.exceptions import (
    InvalidSessionIdException,
    StaleElementReferenceException,
    TimeoutException,
)

from harness.errors import BrowserError
from harness.language import Message
from harness.model import ConsoleMessage, Observation, Request, ScriptError, Target
from harness.page import LivePage
from harness.protocols import Found, StepFailure
from harness.webdriver.bidi import BidiRefused
from tests.unit.fake_session import FakeSession, attempt, said

TARGET = Target.model_validate(["#a", {"role": "button", "name": "Save"}])
USED = {"attempts": [attempt("missing", 0), attempt("used")], "tag": "button", "type": "", "checked": False}


def page_of(session: FakeSession, *observations: Observation, timeout_s: float = 0.2) -> LivePage:
    page = LivePage(session, "http://product:80", observed=lambda: observations, news=lambda _: None)
    page.begin(timeout_s)
    return page


def one_after_the_other(*answers: Any) -> Callable[[Mapping[str, Any]], Any]:
    left: Iterator[Any] = iter(answers)
    last: list[Any] = [None]

    def answer(_: Mapping[str, Any]) -> Any:
        last[0] = next(left, last[0])
        return last[0]

    return answer


def session_of(*answers: Any) -> FakeSession:
    session = FakeSession()
    session.answers["script.callFunction"] = one_after_the_other(*answers)
    session.answers["browsingContext.locateNodes"] = lambda _: {"nodes": [{"sharedId": "e.7", "value": {}}]}
    return session


def test_an_element_is_found_and_used() -> None:
    session = session_of(said(USED, "e.7"))
    page, used = page_of(session), []
    page.act(TARGET, used.append)
    assert used == [Found(element="element e.7", tag="button")]
    assert page.matched == 'role=button[name="Save"]'
    assert [a.state for a in page.attempts] == ["missing", "used"]


def test_what_the_accessibility_tree_found_is_handed_to_the_page() -> None:
    session = session_of(said(USED, "e.7"))
    page_of(session).act(TARGET, lambda _: None)
    located = dict(session.asked)["browsingContext.locateNodes"]
    assert located["locator"] == {"type": "accessibility", "value": {"role": "button", "name": "Save"}}
    roles = dict(session.asked)["script.callFunction"]["arguments"][1]
    assert roles["value"][1] == {"type": "array", "value": [{"sharedId": "e.7"}]}


@pytest.mark.parametrize("code", ["no such frame", "unknown error"])
def test_a_page_that_goes_away_is_asked_again(code: str) -> None:
    gone = BidiRefused("script.callFunction", code, "Execution context was destroyed")
    page, used = page_of(session_of(gone, gone, said(USED, "e.7"))), []
    page.act(TARGET, used.append)
    assert len(used) == 1


def test_other_refusals_are_the_browsers() -> None:
    with pytest.raises(BrowserError, match="invalid argument"):
        page_of(session_of(BidiRefused("script.callFunction", "invalid argument", "x"))).act(TARGET, print)


def test_at_the_deadline_the_last_attempts_say_why() -> None:
    covered = {"attempts": [attempt("missing", 0), attempt("covered", 1, "<div>")]}
    page = page_of(session_of(said(covered)), timeout_s=0.05)
    with pytest.raises(StepFailure, match="is covered by <div>"):
        page.act(TARGET, print)
    assert page.matched is None


def test_invalid_selectors_fail_at_once() -> None:
    invalid = {"attempts": [attempt("invalid", 0, "bad"), attempt("invalid", 0, "bad")]}
    page = page_of(session_of(said(invalid)), timeout_s=60)
    began = time.monotonic()
    with pytest.raises(StepFailure, match="no valid selector: bad"):
        page.act(TARGET, print)
    assert time.monotonic() - began < 50


def failing(*errors: Exception | None) -> Callable[[Found], None]:
    left = iter(errors)

    def action(_: Found) -> None:
        error = next(left, None)
        if error:
            raise error

    return action


def test_an_element_that_went_away_is_found_again() -> None:
    session = session_of(said(USED, "e.7"))
    page_of(session).act(TARGET, failing(StaleElementReferenceException("gone"), None))
    assert [method for method, _ in session.asked].count("script.callFunction") == 2


def test_a_failure_that_may_pass_is_tried_again_until_the_deadline() -> None:
    page = page_of(session_of(said(USED, "e.7")), timeout_s=0.1)
    page.act(TARGET, failing(StepFailure(Message("not yet"), retry=True), None))
    with pytest.raises(StepFailure, match="not yet"):
        page.act(TARGET, lambda _: (_ for _ in ()).throw(StepFailure(Message("not yet"), retry=True)))


def test_what_an_action_said_counts_more_than_an_element_that_then_is_gone() -> None:
    missing = {"attempts": [attempt("missing", 0), attempt("missing", 0)]}
    page = page_of(session_of(said(USED, "e.7"), said(missing)), timeout_s=0.1)
    with pytest.raises(StepFailure, match="no such option"):
        page.act(TARGET, failing(StepFailure(Message("no such option"), retry=True)))


def test_a_failure_that_stays_is_not_tried_again() -> None:
    tried: list[Found] = []

    def action(found: Found) -> None:
        tried.append(found)
        raise StepFailure(Message("never"))

    with pytest.raises(StepFailure, match="never"):
        page_of(session_of(said(USED, "e.7"))).act(TARGET, action)
    assert len(tried) == 1


def test_a_dead_session_is_the_browsers() -> None:
    session = session_of(said(USED, "e.7"))

    class Dead(type(session.driver)):  # type: ignore[misc]  # the class of a value
        @property
        def window_handles(self) -> tuple[str, ...]:
            raise InvalidSessionIdException("tab crashed")

    session.driver = Dead()
    with pytest.raises(BrowserError, match="the browser failed: tab crashed"):
        page_of(session).act(TARGET, failing(InvalidSessionIdException("tab crashed")))


def test_a_window_that_the_page_closed_is_the_pages() -> None:
    session = session_of(said(USED, "e.7"))
    session.driver.window_handles = ("other",)
    with pytest.raises(StepFailure, match="the page closed its window"):
        page_of(session).act(TARGET, failing(StaleElementReferenceException("gone")))


def test_a_connection_that_broke_is_the_browsers() -> None:
    with pytest.raises(BrowserError, match="the connection to the browser was lost"):
        page_of(session_of(said(USED, "e.7"))).act(TARGET, failing(ConnectionResetError("reset")))


def test_a_page_that_does_not_get_ready_after_an_action_is_the_pages() -> None:
    session = session_of(said(USED, "e.7"))
    with pytest.raises(StepFailure, match="still busy or loading after 2 s"):
        page_of(session).act(TARGET, failing(TimeoutException("timeout")))
    assert session.driver.load_timeouts_s == [2.0]  # the driver gets at least so much


def test_a_page_that_an_action_led_to_must_load() -> None:
    session = session_of(said(USED, "e.7"))
    session.loads = False
    with pytest.raises(StepFailure, match=r"still busy or loading after 0\.2 s"):
        page_of(session).act(TARGET, lambda _: None)


def test_a_silent_page_is_the_pages_while_the_browser_answers() -> None:
    page = page_of(session_of(None), timeout_s=0.01)
    with pytest.raises(StepFailure, match="a script of it runs without end"):
        page.watch(TARGET, lambda _: None)


def test_a_silent_browser_is_the_browsers(monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(None)
    session.lost = BrowserError(Message("the tab crashed"))
    with pytest.raises(BrowserError, match="the tab crashed"):
        page_of(session, timeout_s=0.01).watch(TARGET, lambda _: None)


def sight(**facts: Any) -> dict[str, Any]:
    seen = {"url": "http://product/", "title": "T", "count": 0, "visible_count": 0, "visible": False} | facts
    return {"sight": seen, "attempts": [attempt("missing", 0), attempt("missing", 0)]}


def test_looking_goes_on_until_there_is_nothing_to_complain_about() -> None:
    session = session_of(said(sight()), said(sight(count=1, visible=True, selector=1)))
    page = page_of(session)
    page.watch(TARGET, lambda seen: None if seen.visible else Message("not visible"))
    assert page.matched == 'role=button[name="Save"]'
    before = [params["arguments"][3]["value"] for method, params in session.asked if method == "script.callFunction"]
    assert before[0] == ""
    assert '"count": 0' in before[1]  # the page answers when it can say something else


def test_the_last_complaint_is_the_reason() -> None:
    page = page_of(session_of(said(sight(text="a")), said(sight(text="b"))), timeout_s=0.05)
    with pytest.raises(StepFailure, match="saw b"):
        page.watch(TARGET, lambda seen: Message("saw {text}", text=seen.text))


def test_a_page_without_a_target_is_looked_at_too() -> None:
    found = {"sight": sight()["sight"], "attempts": []}
    page_of(session_of(said(found))).watch(None, lambda seen: None if seen.title == "T" else Message("no"))


def test_opening_what_cannot_be_opened_is_the_pages() -> None:
    session = FakeSession()
    session.answers["browsingContext.navigate"] = lambda _: BidiRefused(
        "browsingContext.navigate", "unknown error", "net::ERR_CONNECTION_REFUSED"
    )
    with pytest.raises(StepFailure, match=r"http://x/ could not be opened: net::ERR_CONNECTION_REFUSED"):
        page_of(session).go("http://x/")


def test_a_script_that_throws_is_the_pages() -> None:
    thrown = {"type": "exception", "exceptionDetails": {"text": "TypeError: x"}}
    with pytest.raises(StepFailure, match="the script failed: TypeError: x"):
        page_of(session_of(thrown)).run("x()")


def request(time_s: float, url: str, resource: str = "document") -> Request:
    return Request(step=1, time_s=time_s, method="GET", url=url, resource=resource, status=200)


def test_requests_are_in_the_order_they_were_sent() -> None:
    page = page_of(FakeSession(), request(2, "b"), request(3, "c", "script"), request(1, "a"))
    assert [item.url for item in page.requests()] == ["a", "b", "c"]
    document = page.document()
    assert document
    assert document.url == "b"


def test_errors_are_uncaught_ones_and_those_on_the_console() -> None:
    page = page_of(
        FakeSession(),
        ConsoleMessage(step=1, time_s=0, level="error", text="logged"),
        ConsoleMessage(step=1, time_s=0, level="warn", text="only a warning"),
        ScriptError(step=1, time_s=0, text="thrown"),
    )
    assert page.errors() == ["logged", "thrown"]


def test_observations_are_awaited_until_the_deadline() -> None:
    page, asked = page_of(FakeSession(), timeout_s=0.1), []

    def complaint() -> Message | None:
        asked.append(1)
        return Message("none yet") if len(asked) < 3 else None

    page.await_observation(complaint)
    assert len(asked) == 3
    with pytest.raises(StepFailure, match="never"):
        page.await_observation(lambda: Message("never"))

from typing import Any

import pytest
from pydantic import ValidationError

from harness.model import Request
from harness.protocols import Sight
from tests.unit.steps.steps import FakePage, arguments, run, words

HEADING = Sight(
    url="http://product:8000/a",
    title="Tours",
    count=2,
    visible_count=1,
    visible=True,
    text="Summer  tours",
    value="x",
    attributes={"class": "big"},
)


def complaint(raw: Any, sight: Sight = HEADING) -> str | None:
    return run("expect", raw, FakePage(sight)).complaints[0]


@pytest.mark.parametrize(
    "raw",
    [
        "h1",
        {"target": "h1", "visible": True},
        {"target": "h1", "text": "Summer tours"},
        {"target": "h1", "text": {"equals": "Summer tours"}, "value": "x", "count": 1, "enabled": True},
        {"target": "h1", "attribute": {"class": {"equals": "big"}}},
        {"target": "h1", "checked": False},
        {"url": "/a", "title": {"matches": "^T"}},
    ],
)
def test_what_holds(raw: Any) -> None:
    assert complaint(raw) is None


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"target": "h1", "hidden": True}, "css=h1 is visible"),
        ({"target": "h1", "text": "Winter"}, "the text of css=h1 should be “Winter” and is “Summer tours”"),
        ({"target": "h1", "value": "y"}, "the value of css=h1 should be “y” and is “x”"),
        ({"target": "h1", "count": 2}, "1 of css=h1 are visible, not 2"),
        ({"target": "h1", "attribute": {"class": "x"}}, "the attribute class of css=h1 should be “x” and is “big”"),
        ({"target": "h1", "attribute": {"id": "x"}}, "css=h1 has no attribute id"),
        ({"target": "h1", "enabled": False}, "css=h1 is enabled"),
        ({"target": "h1", "checked": True}, "css=h1 is not ticked"),
        ({"target": "h1", "url": "/b"}, "the address should be “/b” and is http://product:8000/a"),
        ({"title": "/b"}, "the title should be “/b” and is “Tours”"),
    ],
)
def test_what_does_not_hold_is_said_with_what_was_seen(raw: Any, said: str) -> None:
    assert complaint(raw) == said


def test_missing_and_hidden_are_told_apart() -> None:
    nothing = Sight(url="", title="")
    hidden = Sight(url="", title="", count=1)
    assert complaint("h1", nothing) == "css=h1 is not in the page"
    assert complaint("h1", hidden) == "css=h1 is in the page and hidden"
    assert complaint({"target": "h1", "value": "x"}, hidden) == "css=h1 is in the page and hidden"
    assert (
        complaint({"target": "h1", "text": "x"}, hidden)
        == "the text of css=h1 should be “x”, and nothing of it is to be seen"
    )
    assert complaint({"target": "h1", "text": {"equals": ""}}, hidden) is None
    for sight in (nothing, hidden):
        assert complaint({"target": "h1", "hidden": True}, sight) is None
        assert complaint({"target": "h1", "count": 0}, sight) is None


def test_long_texts_are_cut() -> None:
    long = Sight(url="", title="", count=1, visible_count=1, visible=True, text="x" * 1000)
    said = complaint({"target": "h1", "text": "y"}, long)
    assert said
    assert len(said) < 400


def request(url: str, status: int | None, resource: str = "fetch", failure: str | None = None) -> Request:
    return Request(step=1, time_s=0, method="GET", url=url, status=status, resource=resource, failure=failure)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (200, None),
        (404, "http://p/a answered with status 200 instead of 404"),
        ({"code": 500, "url": "/api"}, None),
        ({"code": 200, "url": "/api"}, "http://p/api answered with status 500 instead of 200"),
        ({"code": 200, "url": "/lost"}, "http://p/lost got no answer: net::ERR_FAILED"),
        ({"code": 200, "url": "/other"}, "no request to /other was seen"),
    ],
)
def test_a_status_is_of_the_last_answer(raw: Any, said: str | None) -> None:
    requests = (
        request("http://p/old", 404, "document"),
        request("http://p/a", 200, "document"),
        request("http://p/api", 200),
        request("http://p/api", 500),
        request("http://p/lost", None, failure="net::ERR_FAILED"),
    )
    page = run("expect", {"status": raw}, FakePage(requests=requests))
    assert page.complaints == [said]
    assert page.calls == [("await", False)]


@pytest.mark.parametrize(("code", "held"), [(200, True), (304, True), (404, False)])
def test_an_answer_that_the_browser_had_kept_is_as_good_as_the_first(code: int, held: bool) -> None:
    page = run("expect", {"status": code}, FakePage(requests=(request("http://p/a", 304, "document"),)))
    assert (page.complaints == [None]) is held


def test_no_page_at_all() -> None:
    assert run("expect", {"status": 200}, FakePage()).complaints == ["no page was requested"]


def test_errors_are_looked_at_as_they_are_now() -> None:
    page = run("expect", "no_errors", FakePage(errors=["TypeError: x", "y"]))
    assert page.complaints == ["2 error(s), the first: TypeError: x"]
    assert page.calls == [("await", True)]
    assert run("expect", {"no_errors": True}, FakePage()).complaints == [None]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"text": "x"},
        {"target": "h1", "hidden": True, "text": "x"},
        {"target": "h1", "visible": False},
        {"no_errors": False},
        {"status": 99},
        {"status": "ok"},
        {"target": "h1", "count": -1},
        {"target": "h1", "txt": "x"},
        {"target": "h1", "attribute": {"class": None}},
    ],
)
def test_what_makes_no_sense_is_refused(raw: Any) -> None:
    with pytest.raises(ValidationError):
        arguments("expect", raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("h1", "expect to see h1"),
        ({"target": "h1", "text": "x"}, "expect that h1 contains “x”"),
        ({"target": "h1", "value": {"equals": "x"}}, "expect that the value of h1 is “x”"),
        ({"target": "h1", "count": 3}, "expect 3 of h1"),
        ({"target": "h1", "hidden": True}, "expect that h1 is hidden"),
        ({"target": "h1", "enabled": False}, "expect that h1 is disabled"),
        ({"target": "h1", "checked": True}, "expect that h1 is ticked"),
        ({"target": "h1", "attribute": {"id": "x"}}, "expect that id of h1 contains “x”"),
        ({"url": "/a"}, "expect that the address contains “/a”"),
        ({"title": "T"}, "expect that the title contains “T”"),
        ({"status": 200}, "expect status 200"),
        ("no_errors", "expect no errors"),
    ],
)
def test_it_describes_itself(raw: Any, said: str) -> None:
    assert words("expect", raw) == said

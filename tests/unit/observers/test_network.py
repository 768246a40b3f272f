"""Requests as different browsers tell of them."""

from pathlib import Path
from typing import Any

import pytest

from harness.model import Request
from harness.observers import network as networking
from harness.observers.network import Network
from tests.unit.fake_session import FakeSession
from tests.unit.observers.watching import Watching


def observed(request: dict[str, Any], *, navigation: str | None = None, error: str = "", **response: Any) -> Request:
    """The one request of an answer, or of its failure after the answer."""
    watch, network = Watching(FakeSession(), Path()), Network()
    watch.session.answers["network.addDataCollector"] = lambda _: {}
    network.start(watch)
    about = {"request": "1", "url": "http://product/x", "method": "GET"} | request
    event = {"request": about, "redirectCount": 0, "timestamp": 1000, "navigation": navigation}
    answer = {"status": 200, "headers": []} | response
    if error:
        watch.session.happen("network.responseStarted", **event, response=answer)
        watch.session.happen("network.fetchError", **event, errorText=error)
    else:
        watch.session.happen("network.responseCompleted", **event, response=answer)
    network.finish(0)
    (found,) = watch.found
    assert isinstance(found, Request)
    return found


@pytest.mark.parametrize(
    ("request_", "navigation", "resource"),
    [
        ({"destination": "document"}, "1", "document"),
        ({"destination": "", "initiatorType": None}, "1", "document"),  # Firefox 140
        ({"goog:resourceType": "Stylesheet"}, None, "style"),  # Chromium 131
        ({"goog:resourceType": "XHR"}, None, "fetch"),
        ({"goog:resourceType": "Document"}, "1", "document"),
        ({"destination": "", "initiatorType": "fetch"}, None, "fetch"),
        ({"destination": "manifest"}, None, "other"),
        ({}, None, "other"),
    ],
)
def test_what_is_asked_for_has_one_name(request_: dict[str, Any], navigation: str | None, resource: str) -> None:
    assert observed(request_, navigation=navigation).resource == resource


@pytest.mark.parametrize(
    ("timings", "duration_s"),
    [
        ({"timeOrigin": 14851.8, "requestTime": 14851.8, "responseEnd": 75.5}, 0.0755),  # Chromium
        ({"timeOrigin": 0, "requestTime": 1795569616864.2, "responseEnd": 1795569616892.2}, 0.028),  # Firefox
        ({"timeOrigin": 0, "requestTime": 0, "responseEnd": 0}, None),
        ({}, None),
    ],
)
def test_a_duration_is_from_the_request_to_the_end_of_its_answer(
    timings: dict[str, float], duration_s: float | None
) -> None:
    assert observed({"timings": timings}).duration_s == pytest.approx(duration_s, abs=0.0001)


@pytest.mark.parametrize(
    ("mime", "resource"), [("text/javascript", "script"), ("text/css", "style"), ("font/woff2", "font"), ("", "other")]
)
def test_where_nobody_says_what_it_is_for_the_answer_tells(mime: str, resource: str) -> None:
    assert observed({}, mimeType=mime).resource == resource
    assert observed({"destination": ""}, mimeType=mime).resource == "other"


ATTACHED = [{"name": "Content-Disposition", "value": {"type": "string", "value": "attachment"}}]


@pytest.mark.parametrize(
    ("response", "failure"),
    [({"headers": ATTACHED}, None), ({"status": 204}, None), ({"status": 404}, None), ({}, "net::ERR_ABORTED")],
)
def test_what_was_answered_is_no_failure(response: dict[str, Any], failure: str | None) -> None:
    assert observed({}, navigation="1", error="net::ERR_ABORTED", **response).failure == failure


@pytest.mark.parametrize(
    ("mime_type", "text", "body", "missing"),
    [
        ("application/json", '{"a": [1]}', {"a": [1]}, None),
        ("application/json", "[" * 200 + "]" * 200, "kept", None),
        ("application/json", "[" * 900 + "]" * 900, None, "nested in more than 200 levels"),
        ("application/json", "[" * 50_000 + "]" * 50_000, None, "nested in more than 200 levels"),
        ("application/x-www-form-urlencoded", "a=1&b=x&b=&c=", {"a": "1", "b": ["x", ""], "c": ""}, None),
    ],
)
def test_a_body_is_kept_parsed_where_files_of_ours_can_hold_it(
    mime_type: str, text: str, body: Any, missing: str | None
) -> None:
    found = answered(mime_type, text)
    assert found.body_missing == missing
    assert found.body == body or body == "kept"
    assert found.model_dump_json()


def answered(mime_type: str, text: str) -> Request:
    watch, network = Watching(FakeSession(), Path()), Network()
    watch.session.answers["network.addDataCollector"] = lambda _: {}
    watch.session.answers["network.getData"] = lambda _: {"type": "string", "value": text}
    network.start(watch)
    event = {"request": {"request": "1", "url": "http://product/x", "method": "GET"}, "redirectCount": 0}
    response = {"status": 200, "headers": [], "mimeType": mime_type}
    watch.session.happen("network.responseCompleted", **event, timestamp=1000, navigation=None, response=response)
    network.finish(0)
    (found,) = watch.found
    assert isinstance(found, Request)
    return found


@pytest.mark.parametrize(("age_s", "status"), [(0.5, 401), (9.0, None)])
def test_what_the_last_step_sent_is_waited_for_and_what_hangs_is_not(
    age_s: float, status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes when nobody has had news for a while."""
    monkeypatch.setattr(networking, "QUIET_S", 0.01)
    about = {"request": "1", "url": "http://product/x", "method": "POST"}
    event = {"request": about, "redirectCount": 0, "timestamp": 1_000_000, "navigation": None}

    class Late(Watching):
        def at(self, epoch_s: float | None = None) -> tuple[int, float]:
            if epoch_s is None and age_s < networking.YOUNG_S:
                self.session.happen("network.responseCompleted", **event, response={"status": 401, "headers": []})
            return 1, epoch_s if epoch_s is not None else 1000 + age_s

    watch, network = Late(FakeSession(), Path()), Network()
    watch.session.answers["network.addDataCollector"] = lambda _: {}
    network.start(watch)
    watch.session.happen("network.beforeRequestSent", **event)
    network.finish(5)
    assert [one.status for one in watch.found if isinstance(one, Request)] == [status]

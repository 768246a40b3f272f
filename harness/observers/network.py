"""network: every request and its response, with the body where it is JSON or a form (BiDi ``network.*``).

A request is one observation, made when its answer is complete, when it failed, or at
the end of the replay. A redirect is an answer like any other.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from harness.errors import BrowserError
from harness.language import Message
from harness.model import Request
from harness.protocols import Watch
from harness.webdriver.bidi import BidiRefused
from harness.webdriver.navigation import opens_nothing
from harness.webdriver.unobserved import untold

BODY_LIMIT_BYTES = 1_000_000
LEVELS_MAX = 200  # of a JSON answer; no file of ours holds more than 255
QUIET_S = 0.3  # without news of any request, those that are under way are left alone
YOUNG_S = 1.5  # but for one that nobody has waited for so long: what the last step sent may still be refused
PATIENCE_S = 2.0  # the same with news
RESOURCES = {
    **{name: name for name in ("image", "font", "style", "script", "document", "fetch")},
    "stylesheet": "style",
    "xhr": "fetch",
}
EVENTS = ("network.beforeRequestSent", "network.responseStarted", "network.responseCompleted", "network.fetchError")
MIME_TYPES = {"javascript": "script", "css": "style", "image": "image", "font": "font", "json": "fetch"}
FORM = "application/x-www-form-urlencoded"
UNOBSERVED = ("data:", "blob:", "chrome:", "chrome-error:", "about:", "UNKNOWN")


Key = tuple[str, int]  # BiDi's id of the request, and how often it was redirected


@dataclass(kw_only=True)
class _Flight:
    """A request that is under way."""

    request: dict[str, Any]
    step: int
    time_s: float
    navigates: bool  # it is for a document
    response: dict[str, Any] = field(default_factory=dict)


class Network:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        self._flights: dict[Key, _Flight] = {}
        self._landed: set[Key] = set()
        self._changed = Condition()
        self._bodies = 0  # asked for and not there yet
        handle = (self._seen, self._seen, self._completed, self._failed)
        handlers: dict[str, Callable[[dict[str, Any]], Any]] = dict(zip(EVENTS, handle, strict=True))
        self._collector = watch.session.keep_bodies(BODY_LIMIT_BYTES)
        return [watch.session.subscribe(handlers), self._collector]

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        return ()

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        deadline = monotonic() + min(PATIENCE_S, timeout_s)
        with self._changed:
            while (self._flights or self._bodies) and monotonic() < deadline:
                if not self._changed.wait(QUIET_S) and not self._young():
                    break
            left, self._flights = list(self._flights.values()), {}
        for flight in left:
            self._emit(flight, failure=None)
        return (*untold(self._watch.session, EVENTS), *self._no_bodies())

    def _young(self) -> bool:
        now_s = self._watch.at()[1]
        return any(now_s - flight.time_s < YOUNG_S for flight in self._flights.values())

    def _no_bodies(self) -> tuple[Message, ...]:
        error = self._collector.exception() if self._collector.done() else None
        if isinstance(error, BidiRefused):
            return (Message("the bodies of answers: {why}", why=": ".join(filter(None, (error.code, error.detail)))),)
        return ()

    # ---------------------------------------------------------------- events
    # They come in any order: an answer may be reported before its request.
    def _seen(self, event: dict[str, Any]) -> _Flight | None:
        """The request of an event; None where it is over, or none of a network."""
        key = _key(event)
        with self._changed:
            if key in self._landed or event["request"]["url"].startswith(UNOBSERVED):
                return None
            flight = self._flights.get(key)
            if flight is None:
                step, time_s = self._watch.at(event["timestamp"] / 1000)
                flight = self._flights[key] = _Flight(
                    request=event["request"], step=step, time_s=time_s, navigates=event.get("navigation") is not None
                )
            flight.response = event.get("response") or flight.response
            self._changed.notify_all()
            return flight

    def _over(self, event: dict[str, Any]) -> None:
        with self._changed:
            self._landed.add(_key(event))
            self._flights.pop(_key(event), None)
            self._changed.notify_all()

    def _completed(self, event: dict[str, Any]) -> None:
        flight = self._seen(event)
        if flight is None:
            return
        duration_s = _duration_s(event["request"].get("timings") or {})
        if _is_json(flight.response) or _mime_type(flight.response) == FORM:
            with self._changed:
                self._bodies += 1
            body = self._watch.session.body(event["request"]["request"])
            is_form = _mime_type(flight.response) == FORM
            body.add_done_callback(lambda data: self._with_body(flight, duration_s, data, is_form=is_form))
        else:
            self._emit(flight, duration_s=duration_s)
        self._over(event)

    def _failed(self, event: dict[str, Any]) -> None:
        flight = self._seen(event)
        if flight is None:
            return
        # A script that came with status 404 is reported as aborted, and so is a download: the answer says more.
        refused = flight.response.get("status", 0) >= 400 or opens_nothing(flight.response)
        self._emit(flight, failure=None if refused else event["errorText"])
        self._over(event)

    def _with_body(
        self, flight: _Flight, duration_s: float | None, data: Future[dict[str, Any]], *, is_form: bool
    ) -> None:
        body, missing = _parsed(data, is_form=is_form)
        self._emit(flight, duration_s=duration_s, body=body, body_missing=missing)
        with self._changed:
            self._bodies -= 1
            self._changed.notify_all()

    def _emit(self, flight: _Flight, **facts: Any) -> None:
        request, response = flight.request, flight.response
        status, headers = response.get("status") or None, _headers(response)
        if status == 200 and "location" in headers:
            status = 302  # Chromium sometimes tells the status of where a redirect led
        self._watch.emit(
            Request(
                layer="server" if status is not None and status >= 400 else "link",
                step=flight.step,
                time_s=flight.time_s,
                method=request["method"],
                url=request["url"],
                resource=_resource(request, response, navigates=flight.navigates),
                status=status,
                mime_type=_mime_type(response),
                request_headers=_headers(request),
                response_headers=headers,
                size_bytes=response.get("bytesReceived"),
                **facts,
            )
        )


def _key(event: dict[str, Any]) -> Key:
    return event["request"]["request"], event["redirectCount"]


def _duration_s(timings: dict[str, float]) -> float | None:
    """From the request to the end of its answer; Firefox counts from 1970, Chromium from the request."""
    began = 0.0 if timings.get("timeOrigin") else timings.get("requestTime") or 0.0
    return round((timings["responseEnd"] - began) / 1000, 6) if timings.get("responseEnd") else None


def _resource(request: dict[str, Any], response: dict[str, Any], *, navigates: bool) -> str:
    """document, script, style, image, font, fetch or other."""
    if request.get("initiatorType") in ("fetch", "xmlhttprequest"):
        return "fetch"
    named = request.get("destination") or request.get("goog:resourceType")  # the second of an older Chromium
    if named:
        return RESOURCES.get(str(named).lower(), "other")
    mime = _mime_type(response) if "destination" not in request else ""  # Chromium 120 does not say what it is for
    return "document" if navigates else next((name for word, name in MIME_TYPES.items() if word in mime), "other")


def _headers(message: dict[str, Any]) -> dict[str, str]:
    """By name in lower case; repeated ones joined by a comma (RFC 9110, 5.3)."""
    headers: dict[str, str] = {}
    for header in message.get("headers") or ():
        name, value = header["name"].lower(), str(header["value"].get("value", ""))
        if headers.setdefault(name, value) != value:  # Chromium says some of them twice
            headers[name] += f", {value}"
    return headers


def _mime_type(response: dict[str, Any]) -> str:
    said = response.get("mimeType") or _headers(response).get("content-type", "")
    return str(said).partition(";")[0].strip().lower()


def _is_json(response: dict[str, Any]) -> bool:
    mime = _mime_type(response)
    return mime in ("application/json", "text/json") or mime.endswith("+json")


def _parsed(data: Future[dict[str, Any]], *, is_form: bool) -> tuple[Any, str | None]:
    """(body, None), or (None, why there is none). A form is an object of texts, or of lists of them."""
    error = data.exception()
    if isinstance(error, BidiRefused):
        return None, error.detail or error.code
    if error is not None:
        return None, str(error.what) if isinstance(error, BrowserError) else str(error)
    content = data.result()
    if content["type"] != "string":
        return None, "not text"
    if len(content["value"]) > BODY_LIMIT_BYTES:
        return None, "larger than 1 MB"
    if is_form:
        return {name: v[0] if len(v) == 1 else v for name, v in parse_qs(content["value"], True).items()}, None
    try:
        body = json.loads(content["value"])
    except ValueError as exc:
        return None, f"not JSON: {exc}"
    except RecursionError:
        return None, f"nested in more than {LEVELS_MAX} levels"
    return (body, None) if _levels(body) <= LEVELS_MAX else (None, f"nested in more than {LEVELS_MAX} levels")


def _levels(body: Any) -> int:
    """How deep arrays and objects stand in each other; no more than is needed to know that it is too deep."""
    level, count = [body], 0
    while level and count <= LEVELS_MAX:
        inner = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))]
        level, count = [item for items in inner for item in items], count + bool(inner)
    return count

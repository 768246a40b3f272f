"""network: every request and its response, with the body where it is JSON (BiDi ``network.*``).

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

from harness.bidi import BidiRefused
from harness.errors import BrowserError
from harness.language import Message
from harness.model import Request
from harness.protocols import Watch

BODY_LIMIT_BYTES = 1_000_000
QUIET_S = 0.3  # without news of any request, those that are under way are left alone
PATIENCE_S = 2.0  # the same with news
RESOURCES = {"image": "image", "font": "font", "style": "style", "script": "script", "document": "document"}
UNOBSERVED = ("data:", "blob:", "chrome:", "chrome-error:", "about:")


Key = tuple[str, int]  # BiDi's id of the request, and how often it was redirected


@dataclass(kw_only=True)
class _Flight:
    """A request that is under way."""

    request: dict[str, Any]
    step: int
    time_s: float
    response: dict[str, Any] = field(default_factory=dict)


class Network:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        self._flights: dict[Key, _Flight] = {}
        self._landed: set[Key] = set()
        self._changed = Condition()
        self._bodies = 0  # asked for and not there yet
        handlers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "network.beforeRequestSent": self._seen,
            "network.responseStarted": self._seen,
            "network.responseCompleted": self._completed,
            "network.fetchError": self._failed,
        }
        limits = {"dataTypes": ["response"], "maxEncodedDataSize": BODY_LIMIT_BYTES}
        self._collector = watch.session.start("network.addDataCollector", limits)
        return [watch.session.subscribe(handlers), self._collector]

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        return ()

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        deadline = monotonic() + min(PATIENCE_S, timeout_s)
        with self._changed:
            while (self._flights or self._bodies) and monotonic() < deadline:
                if not self._changed.wait(QUIET_S):
                    break
            left, self._flights = list(self._flights.values()), {}
        for flight in left:
            self._emit(flight, failure=None)
        error = self._collector.exception() if self._collector.done() else None
        if isinstance(error, BidiRefused):
            return (Message("the bodies of answers: {why}", why=error.detail or error.code),)
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
                flight = self._flights[key] = _Flight(request=event["request"], step=step, time_s=time_s)
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
        timings = event["request"].get("timings") or {}
        duration_s = round(timings["responseEnd"] / 1000, 6) if timings.get("responseEnd") else None
        if _is_json(flight.response):
            with self._changed:
                self._bodies += 1
            params = {"dataType": "response", "request": event["request"]["request"]}
            body = self._watch.session.start("network.getData", params)
            body.add_done_callback(lambda data: self._with_body(flight, duration_s, data))
        else:
            self._emit(flight, duration_s=duration_s)
        self._over(event)

    def _failed(self, event: dict[str, Any]) -> None:
        flight = self._seen(event)
        if flight is None:
            return
        # A script that came with status 404 is reported as aborted: the answer says more.
        refused = flight.response.get("status", 0) >= 400
        self._emit(flight, failure=None if refused else event["errorText"])
        self._over(event)

    def _with_body(self, flight: _Flight, duration_s: float | None, data: Future[dict[str, Any]]) -> None:
        body, missing = _parsed(data)
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
                resource=_resource(request),
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


def _resource(request: dict[str, Any]) -> str:
    """document, script, style, image, font, fetch or other."""
    if request.get("initiatorType") in ("fetch", "xmlhttprequest"):
        return "fetch"
    return RESOURCES.get(str(request.get("destination") or ""), "other")


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


def _parsed(data: Future[dict[str, Any]]) -> tuple[Any, str | None]:
    """(body, None), or (None, why there is none)."""
    error = data.exception()
    if isinstance(error, BidiRefused):
        return None, error.detail or error.code
    if error is not None:
        return None, str(error.what) if isinstance(error, BrowserError) else str(error)
    content = data.result()["bytes"]
    if content["type"] != "string":
        return None, "not text"
    if len(content["value"]) > BODY_LIMIT_BYTES:
        return None, "larger than 1 MB"
    try:
        return json.loads(content["value"]), None
    except ValueError as exc:
        return None, f"not JSON: {exc}"

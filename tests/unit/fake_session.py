"""A browser that answers as a test says, without a browser."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from harness.errors import BrowserError
from harness.model import ClientState
from harness.observers import seen
from harness.page.covering import BOXES
from harness.webdriver.bidi import answer

Answer = Callable[[Mapping[str, Any]], dict[str, Any] | Exception | None]


def _silent(params: Mapping[str, Any]) -> None:
    return None


# what the harness asks a page by itself, and what an empty one says
_BY_ITSELF = {BOXES: "[[], 1]", seen.script(): '{"elements": [], "left_out": 0}'}


def _asked_by_itself(params: Mapping[str, Any]) -> str | None:
    return _BY_ITSELF.get(str(params.get("functionDeclaration")))


class FakeDriver:
    """The part of Selenium's driver that a page uses."""

    window_handles: tuple[str, ...] = ("window",)

    def __init__(self) -> None:
        self.load_timeouts_s: list[float] = []

    def set_page_load_timeout(self, seconds: float) -> None:
        self.load_timeouts_s.append(seconds)

    def create_web_element(self, shared_id: str) -> str:
        return f"element {shared_id}"


class FakeSession:
    """``answers`` by BiDi method: a result, an error, or None for silence."""

    browser = "fake 1.0"
    context = "window"
    image_suffix = "png"
    client_states: tuple[ClientState, ...] = ()
    unobserved = ()

    def __init__(self, **answers: Answer) -> None:
        self.driver: Any = FakeDriver()
        self.answers: dict[str, Answer] = {"session.status": lambda _: {}, **answers}
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.handlers: dict[str, list[Callable[[dict[str, Any]], None]]] = {}
        self.lost: BrowserError | None = None
        self.missing: dict[str, str] = {}
        self.closed = 0
        self.loads = True

    def subscribe(self, handlers: Mapping[str, Callable[[dict[str, Any]], None]]) -> Future[dict[str, Any]]:
        for event, handler in handlers.items():
            self.handlers.setdefault(event, []).append(handler)
        done: Future[dict[str, Any]] = Future()
        done.set_result({})
        return done

    def happen(self, event: str, **params: Any) -> None:
        for handler in self.handlers.get(event, ()):
            handler(params)

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        self.asked.append((method, params))
        future: Future[dict[str, Any]] = Future()
        own = _asked_by_itself(params)
        said = self.lost or (text(own) if own else self.answers.get(method, _silent)(params))
        if isinstance(said, Exception):
            future.set_exception(said)
        elif said is not None:
            future.set_result(said)
        return future

    def command(self, method: str, params: Mapping[str, Any], *, timeout_s: float = 30) -> dict[str, Any]:
        return answer(self.start(method, params), timeout_s, method)

    def loaded(self, timeout_s: float) -> bool:
        return self.loads

    def wait(self, seconds: float) -> None:
        if self.lost:
            raise self.lost

    def keep_bodies(self, limit_bytes: int) -> Future[dict[str, Any]]:
        return self.start("network.addDataCollector", {"maxEncodedDataSize": limit_bytes})

    def body(self, request: str) -> Future[dict[str, Any]]:
        return self.start("network.getData", {"request": request})

    def screenshot(self) -> Future[bytes]:
        image: Future[bytes] = Future()
        if self.lost:
            image.set_exception(self.lost)
        else:
            image.set_result(b"picture")
        return image

    def close(self) -> None:
        self.closed += 1


def said(value: Any, node: str | None = None) -> dict[str, Any]:
    """What ``page.js`` answers, as BiDi brings it."""
    element = {"type": "node", "sharedId": node} if node else {"type": "null"}
    pair = [element, {"type": "string", "value": json.dumps(value)}]
    return {"type": "success", "result": {"type": "array", "value": pair}}


def text(value: str) -> dict[str, Any]:
    return {"type": "success", "result": {"type": "string", "value": value}}


def attempt(state: str, found: int = 1, detail: str = "") -> dict[str, Any]:
    return {"state": state, "found": found, "detail": detail}

"""A window under WebDriver alone: what the harness asks in BiDi's words is answered by WebDriver's commands.

One thread asks, one question after the other. What happens in the pages must be told by somebody else, to
``told``, in the form of BiDi's events.
"""

import base64
import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import Any

from harness.errors import BrowserError
from harness.language import Message
from harness.model import ClientState
from harness.webdriver.bidi import BidiRefused, BidiSilent, Handler, answer
from harness.webdriver.roles import CANDIDATES
from harness.webdriver.session import first_line
from harness.webdriver.values import local

END_TIMEOUT_S = 5.0
CALL = """const done = arguments[arguments.length - 1];
(async (...values) => (FUNCTION)(...values))(...[...arguments].slice(0, -1)).then(
  (value) => done({ value: value === undefined ? null : value }), (error) => done({ error: String(error) }));"""
EVALUATE = "() => eval({})"
LOADED = """() => document.readyState === "complete" || new Promise((resolve) => {
  addEventListener("load", () => resolve(true));
  setTimeout(() => resolve(document.readyState === "complete"), 1000);
})"""

Job = Callable[[], dict[str, Any]]


class PlainSession:
    """The ``Session`` of the protocols."""

    image_suffix = "png"
    client_states: Sequence[ClientState] = ()
    missing: Mapping[str, str] = {}
    unobserved: Sequence[Message] = ()

    def __init__(self, driver: Any, name: str) -> None:
        self.driver = driver
        self.browser = f"{name} {driver.capabilities.get('browserVersion', '')}".strip()
        self.context = str(driver.current_window_handle)
        self._handlers: dict[str, list[Handler]] = {}
        self._bodies: dict[str, Mapping[str, Any]] = {}
        self._lost: BrowserError | None = None
        self._ended = threading.Event()
        self._jobs: queue.SimpleQueue[tuple[str, Job, Future[Any]] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="webdriver", daemon=True).start()

    @property
    def lost(self) -> BrowserError | None:
        return self._lost

    def subscribe(self, handlers: Mapping[str, Handler]) -> Future[dict[str, Any]]:
        for event, handler in handlers.items():
            self._handlers.setdefault(event, []).append(handler)
        return _done({})

    def told(self, event: str, params: dict[str, Any]) -> None:
        """Something happened, as BiDi has it; the body of an answer may be in it, as ``body``."""
        if body := params.pop("body", None):
            self._bodies[str(params["request"]["request"])] = body
        for handler in self._handlers.get(event, ()):
            handler(params)

    def keep_bodies(self, limit_bytes: int) -> Future[dict[str, Any]]:
        return _done({})

    def body(self, request: str) -> Future[dict[str, Any]]:
        body = self._bodies.pop(request, {"missing": "this browser has it of what scripts ask for alone"})
        if "missing" not in body:
            return _done(dict(body))
        refused: Future[dict[str, Any]] = Future()
        refused.set_exception(BidiRefused("network.getData", "no such network data", str(body["missing"])))
        return refused

    # ------------------------------------------------------------- commands
    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        match method:
            case "script.callFunction":
                values = [self._value(one) for one in params.get("arguments", ())]
                return self._ask(method, lambda: self._called(params["functionDeclaration"], values))
            case "script.evaluate":
                function = EVALUATE.replace("{}", _quoted(params["expression"]))
                plain = not params["expression"].lstrip().startswith("{")
                function = f"() => ({params['expression']}\n)" if plain else function
                return self._ask(method, lambda: self._called(function, []))
            case "browsingContext.navigate":
                return self._ask(method, lambda: self.navigate(params["url"]))
            case "browsingContext.locateNodes":
                return self._ask(method, lambda: self._located(**params["locator"]["value"]))
            case "session.status":
                return self._beside(method, lambda: {"handles": self.driver.window_handles})
        refused: Future[dict[str, Any]] = Future()
        refused.set_exception(BidiRefused(method, "unknown command", "the browser speaks plain WebDriver"))
        return refused

    def command(self, method: str, params: Mapping[str, Any], *, timeout_s: float = 30) -> dict[str, Any]:
        return answer(self.start(method, params), timeout_s, method)

    def navigate(self, url: str) -> dict[str, Any]:
        """Open a URL and wait until it has loaded."""
        self.driver.get(url)
        return {"url": url}

    def settle(self) -> None:
        """Wait until all is told that happened before now."""

    def loaded(self, timeout_s: float) -> bool:
        deadline = monotonic() + timeout_s
        while True:
            left_s = deadline - monotonic()
            try:
                said = answer(self._ask("load", lambda: self._called(LOADED, [])), left_s, "load")
                if said.get("result") == {"type": "boolean", "value": True}:
                    return True
            except BidiSilent:
                return False
            except BidiRefused:  # the document is gone
                self.wait(0.01)
            if left_s <= 0:
                return False

    def screenshot(self) -> Future[bytes]:
        shot: Future[bytes] = Future()

        def take() -> dict[str, Any]:
            return {"data": self.driver.get_screenshot_as_base64()}

        def taken(asked: Future[dict[str, Any]]) -> None:
            if error := asked.exception():
                shot.set_exception(error)
            else:
                shot.set_result(base64.b64decode(asked.result()["data"]))

        self._ask("screenshot", take).add_done_callback(taken)
        return shot

    def wait(self, seconds: float) -> None:
        if self._ended.wait(seconds) and self._lost:
            raise self._lost

    def fail(self, error: BrowserError) -> None:
        """The browser is lost."""
        self._lost = self._lost or error
        self._ended.set()

    def close(self) -> None:
        """End the browser; nobody waits for one that is stuck."""
        if self._ended.is_set() and self._lost is _CLOSED:
            return
        self.fail(_CLOSED)
        self._jobs.put(None)
        ending = threading.Thread(target=self._end, name="webdriver-end", daemon=True)
        ending.start()
        ending.join(END_TIMEOUT_S)

    def _end(self) -> None:
        from selenium.common.exceptions import WebDriverException
        from urllib3.exceptions import HTTPError

        with suppress(WebDriverException, HTTPError, OSError):  # it is gone already, or ends with its container
            self.driver.quit()
        self.driver.command_executor.close()

    # --------------------------------------------------------------- asking
    def _ask(self, method: str, job: Job) -> Future[dict[str, Any]]:
        asked: Future[dict[str, Any]] = Future()
        if self._lost:
            asked.set_exception(self._lost)
        else:
            self._jobs.put((method, job, asked))
        return asked

    def _beside(self, method: str, job: Job) -> Future[dict[str, Any]]:
        """Not in turn: another question may wait for a page that does not answer."""
        asked: Future[dict[str, Any]] = Future()
        threading.Thread(target=self._do, args=(method, job, asked), daemon=True).start()
        return asked

    def _work(self) -> None:
        while (waiting := self._jobs.get()) is not None:
            self._do(*waiting)

    def _do(self, method: str, job: Job, asked: Future[Any]) -> None:
        from selenium.common.exceptions import (
            InvalidSessionIdException,
            NoSuchElementException,
            NoSuchWindowException,
            StaleElementReferenceException,
            TimeoutException,
            WebDriverException,
        )
        from urllib3.exceptions import HTTPError

        if self._lost:
            return asked.set_exception(self._lost)
        try:
            said = job()
            self.settle()
        except (NoSuchElementException, StaleElementReferenceException) as exc:
            return asked.set_exception(BidiRefused(method, "no such node", first_line(exc)))
        except NoSuchWindowException as exc:
            return asked.set_exception(BidiRefused(method, "no such frame", first_line(exc)))
        except TimeoutException as exc:
            silent = BidiSilent(Message("the browser did not answer: {why}", why=first_line(exc)))
            return asked.set_exception(silent)
        except InvalidSessionIdException as exc:
            self.fail(BrowserError(Message("the browser failed: {why}", why=first_line(exc))))
            return asked.set_exception(self._lost)
        except WebDriverException as exc:
            return asked.set_exception(BidiRefused(method, "unknown error", first_line(exc)))
        except (HTTPError, OSError) as exc:
            self.fail(BrowserError(Message("the connection to the browser was lost: {why}", why=first_line(exc))))
            return asked.set_exception(self._lost)
        except BrowserError as exc:
            return asked.set_exception(exc)
        return asked.set_result(said)

    def _called(self, function: str, values: Sequence[Any]) -> dict[str, Any]:
        said = self.driver.execute_async_script(CALL.replace("FUNCTION", function), *values)
        if "error" in said:
            return {"type": "exception", "exceptionDetails": {"text": said["error"]}}
        return {"type": "success", "result": self._remote(said["value"])}

    def _located(self, role: str = "", name: str | None = None) -> dict[str, Any]:
        """Elements by role and accessible name, as the browser computes them."""
        found = self.driver.find_elements("css selector", CANDIDATES.get(role, f'[role~="{role}"]'))
        nodes = [one for one in found if name is None or one.accessible_name == name]
        return {"nodes": [{"type": "node", "sharedId": one.id} for one in nodes]}

    def _value(self, given: Mapping[str, Any]) -> Any:
        """A BiDi local value as Selenium takes it."""
        if "sharedId" in given:
            return self.driver.create_web_element(given["sharedId"])
        match given.get("type"):
            case "array":
                return [self._value(one) for one in given["value"]]
            case "object":
                return {key: self._value(one) for key, one in given["value"]}
        return given.get("value")

    def _remote(self, value: Any) -> dict[str, Any]:
        """What Selenium gives as a BiDi remote value."""
        from selenium.webdriver.remote.webelement import WebElement

        if isinstance(value, WebElement):
            return {"type": "node", "sharedId": value.id}
        if isinstance(value, list):
            return {"type": "array", "value": [self._remote(one) for one in value]}
        if isinstance(value, dict):
            return {"type": "object", "value": [[key, self._remote(one)] for key, one in value.items()]}
        return local(value)


_CLOSED = BrowserError(Message("the connection to the browser was closed"))


def _quoted(text: str) -> str:
    return json.dumps(text)


def _done(value: dict[str, Any]) -> Future[dict[str, Any]]:
    done: Future[dict[str, Any]] = Future()
    done.set_result(value)
    return done

"""A window under WebDriver with a WebDriver BiDi connection beside it; what is one browser's own is added in browsers/.

A browser that lacks an event or a command is asked for the others, and says what is not to be had (``missing``).
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

from harness.client import extensions
from harness.errors import BrowserError
from harness.language import Message
from harness.model import Client, ClientState, Extension, ExtensionState, Way
from harness.webdriver.answering import Answering
from harness.webdriver.bidi import Bidi, BidiRefused, BidiSilent, Handler
from harness.webdriver.navigation import Navigations

A = TypeVar("A")
B = TypeVar("B")

ANSWER_S = 30.0
JPEG_QUALITY = 85  # PNG of a page with pictures takes two to four times as long and four times the room
UNKNOWN = frozenset({"unknown command", "invalid argument", "unsupported operation"})
"""BiDi's words for what a browser has not learned yet."""


class BidiSession:
    """The ``Session`` of the protocols."""

    image_suffix = "jpg"
    client_states: Sequence[ClientState] = ()
    unobserved: Sequence[Message] = ()

    def __init__(
        self,
        driver: Any,
        name: str,
        client: Client,
        *,
        host: tuple[str, int],
        way: Way | None = None,
    ) -> None:
        """``host`` is where the BiDi connection is reached, ``way`` has what is answered to who asks for a login.
        BrowserError where it is not."""
        self.driver = driver
        self.browser = f"{name} {driver.capabilities.get('browserVersion', '')}".strip()
        self._missing: dict[str, str] = {}
        self._bidi = self.connected(driver.capabilities["webSocketUrl"], host)
        try:
            tree = self._bidi.command("browsingContext.getTree", {"maxDepth": 0})
            self.context: str = tree["contexts"][0]["context"]
            self._navigations = Navigations(self.context)
            self.prepare(client)
            if way and way.logins:
                Answering(self, way)
        except BrowserError:
            self.close()
            raise

    def connected(self, url: str, host: tuple[str, int]) -> Bidi:
        """The BiDi connection that a session has at ``url``, reached at ``host``. BrowserError."""
        return Bidi(url, host=host)

    def prepare(self, client: Client) -> None:
        """What a window needs before anything is opened in it; a member of browsers/ adds what is its own."""
        size = {"width": client.viewport.width, "height": client.viewport.height}
        ratio = {"devicePixelRatio": client.pixel_ratio} if client.pixel_ratio != 1 else {}
        asked = [
            self.emulate("browsingContext.setViewport", {"viewport": size, **ratio}),
            self.speak(client),
            self.subscribe({**self._navigations.handlers, "browsingContext.contextCreated": self._opened}),
        ]
        viewport, spoken, subscribed = asked
        viewport.result(ANSWER_S)
        subscribed.result(ANSWER_S)
        with suppress(BidiRefused):  # of an older browser: the language that it was started with must do
            spoken.result(ANSWER_S)

    def speak(self, client: Client) -> Future[dict[str, Any]]:
        """Have the pages take the client's locale for that of the person; BidiRefused where the browser
        cannot once it has started."""
        return self.emulate("emulation.setLocaleOverride", {"locale": language(client.locale)})

    def install(self, extension: Extension) -> ExtensionState:
        """Have the browser take an extension; what it answers."""
        data = {"type": "path", "path": extensions.place(extension)}
        try:
            self.command("webExtension.install", {"extensionData": data})
        except BidiRefused as exc:
            said = "" if exc.code == "unknown command" else exc.detail or exc.code
            return ExtensionState(name=extension.name, version=extension.version, loaded=False, said=said)
        return ExtensionState(name=extension.name, version=extension.version, loaded=True)

    def emulate(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        """Have something be so in every window, or in the first alone where the browser cannot do more."""
        return either(
            self.start(method, {"userContexts": ["default"], **params}),
            lambda: self.start(method, {**self._alone(method), **params}),
        )

    def _alone(self, method: str) -> dict[str, Any]:
        return {"context": self.context} if method.startswith("browsingContext.") else {"contexts": [self.context]}

    @property
    def lost(self) -> BrowserError | None:
        return self._bidi.lost

    @property
    def missing(self) -> Mapping[str, str]:
        return self._missing

    def subscribe(self, handlers: Mapping[str, Handler]) -> Future[dict[str, Any]]:
        for event, handler in handlers.items():
            self._bidi.on(event, handler)
        together = self._bidi.start("session.subscribe", {"events": list(handlers)})
        return either(together, lambda: self._one_by_one(handlers))

    def _one_by_one(self, events: Mapping[str, Any]) -> Future[dict[str, Any]]:
        """Subscribe to what the browser knows; what it does not know is ``missing``."""
        done: Future[dict[str, Any]] = Future()
        left = set(events)

        def answered(event: str, asked: Future[dict[str, Any]]) -> None:
            error = asked.exception()
            if isinstance(error, BidiRefused) and error.code in UNKNOWN:
                self._missing[event] = error.detail or error.code
            elif error and not done.done():
                done.set_exception(error)
            left.discard(event)
            if not left and not done.done():
                done.set_result({})

        for event in events:
            asked = self._bidi.start("session.subscribe", {"events": [event]})
            asked.add_done_callback(lambda future, event=event: answered(event, future))  # type: ignore[misc]
        return done

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        return self._bidi.start(method, params)

    def command(self, method: str, params: Mapping[str, Any], *, timeout_s: float = 30) -> dict[str, Any]:
        return self._bidi.command(method, params, timeout_s=timeout_s)

    def keep_bodies(self, limit_bytes: int) -> Future[dict[str, Any]]:
        limits = {"dataTypes": ["response"], "maxEncodedDataSize": limit_bytes}
        return self.start("network.addDataCollector", limits)

    def body(self, request: str) -> Future[dict[str, Any]]:
        asked = self.start("network.getData", {"dataType": "response", "request": request})
        return converted(asked, lambda data: dict(data["bytes"]))

    def screenshot(self) -> Future[bytes]:
        params = {"context": self.context, "format": {"type": "image/jpeg", "quality": JPEG_QUALITY / 100}}
        return converted(
            self.start("browsingContext.captureScreenshot", params), lambda shot: base64.b64decode(shot["data"])
        )

    def loaded(self, timeout_s: float) -> bool:
        began = monotonic()
        params = {"expression": "0", "awaitPromise": False, "target": {"context": self.context}}
        try:
            with suppress(BidiRefused):  # the document is gone
                self._bidi.command(
                    "script.evaluate", params, timeout_s=timeout_s
                )  # what was set off is known before it
        except BidiSilent:
            return False
        loaded = self._navigations.loaded(max(0.0, began + timeout_s - monotonic()))
        if self.lost:
            raise self.lost
        return loaded

    def _opened(self, event: dict[str, Any]) -> None:
        """Another window hides this one, and what is hidden takes input only seconds later; the steps stay here."""
        if event["parent"] is None and event["context"] != self.context:
            self._bidi.start("browsingContext.activate", {"context": self.context})

    def fail(self, error: BrowserError) -> None:
        """The browser is lost, whatever its connection says."""
        self._bidi.fail(error)
        self._navigations.give_up()

    def wait(self, seconds: float) -> None:
        if self._bidi.ended.wait(seconds) and self.lost:
            raise self.lost

    def close(self) -> None:
        """Tell the browser to end, and do not wait until it has; what is left ends with its container."""
        if self.lost is None:
            self._bidi.start("session.end", {})
        self._bidi.close()
        self.driver.command_executor.close()


def crashed() -> BrowserError:
    return BrowserError(
        Message("the browser's tab crashed"), Message("memory of the container may have run out; run the case again")
    )


def language(locale: str) -> str:
    """``zh_CN.UTF-8`` as BCP 47: ``zh-CN``; the C locale is American English."""
    name = locale.split(".")[0].split("@")[0].replace("_", "-")
    return "en-US" if name in ("C", "POSIX", "") else name


def languages(client: Client) -> str:
    """What pages are asked for in, the best first: ``zh-CN,zh``."""
    tag = language(client.locale)
    base = tag.split("-")[0]
    return ",".join(client.languages) or (tag if base == tag else f"{tag},{base}")


def converted(asked: Future[A], convert: Callable[[A], B]) -> Future[B]:
    """What was asked, in another form."""
    done: Future[B] = Future()

    def answered(future: Future[A]) -> None:
        if error := future.exception():
            done.set_exception(error)
        else:
            done.set_result(convert(future.result()))

    asked.add_done_callback(answered)
    return done


def chained(first: Future[A], following: Callable[[A], Future[B]]) -> Future[B]:
    """What is asked with what was answered first."""
    done: Future[B] = Future()

    def answered(future: Future[A]) -> None:
        if error := future.exception():
            done.set_exception(error)
        else:
            following(future.result()).add_done_callback(lambda other: pass_on(other, done))

    first.add_done_callback(answered)
    return done


def either(first: Future[dict[str, Any]], second: Callable[[], Future[dict[str, Any]]]) -> Future[dict[str, Any]]:
    """What was asked first, or what is asked instead where the browser does not know that."""
    done: Future[dict[str, Any]] = Future()

    def answered(future: Future[dict[str, Any]]) -> None:
        error = future.exception()
        if isinstance(error, BidiRefused) and error.code in UNKNOWN:
            second().add_done_callback(lambda other: pass_on(other, done))
        else:
            pass_on(future, done)

    first.add_done_callback(answered)
    return done


def pass_on(answered: Future[A], done: Future[A]) -> None:
    """Let ``done`` end as ``answered`` did."""
    if error := answered.exception():
        done.set_exception(error)
    else:
        done.set_result(answered.result())

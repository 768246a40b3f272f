"""A small WebDriver BiDi client (https://w3c.github.io/webdriver-bidi/): one socket, one reading thread.

Selenium's own waits for each answer in steps of 100 ms; this one answers when the answer is there.
"""

import itertools
import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import websocket

from harness.errors import BrowserError
from harness.language import Message

Handler = Callable[[dict[str, Any]], None]

CONNECT_TIMEOUT_S = 10


class BidiRefused(BrowserError):
    """The browser is well and says no to one command; ``code`` is BiDi's error code."""

    def __init__(self, method: str, code: str, detail: str) -> None:
        super().__init__(
            Message("the browser refused {method}: {code}: {detail}", method=method, code=code, detail=detail)
        )
        self.code = code
        self.detail = detail


class BidiSilent(BrowserError):
    """A command was sent and no answer came in time."""


class Bidi:
    """An open connection. Handlers run on the reading thread, one after the other, in the order of the
    events; they must be quick and must not wait for an answer."""

    def __init__(self, url: str, *, host: tuple[str, int] | None = None, headers: Sequence[str] = ()) -> None:
        """Connect to a ``ws:`` or ``wss:`` URL, at ``host`` where the browser knows itself by another address.

        BrowserError where nobody answers.
        """
        parts = urlsplit(url)
        address = host or (parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80))
        try:
            plain = socket.create_connection(address, timeout=CONNECT_TIMEOUT_S)  # no proxy of the host
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if parts.scheme == "wss":
                plain = ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
            self._socket = websocket.create_connection(
                url,
                socket=plain,
                header=list(headers),
                suppress_origin=True,
                skip_utf8_validation=True,
                enable_multithread=True,
            )
            plain.settimeout(None)
            self._plain = plain
        except (OSError, websocket.WebSocketException) as exc:
            raise BrowserError(Message("cannot connect to the browser at {url}: {why}", url=url, why=str(exc))) from exc
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[str, Future[dict[str, Any]]]] = {}
        self._handlers: dict[str, list[Handler]] = {}
        self._lock = threading.Lock()
        self._lost: BrowserError | None = None
        self.ended = threading.Event()  # set when nothing will come any more
        self._reader = threading.Thread(target=self._read, name="bidi", daemon=True)
        self._reader.start()

    @property
    def lost(self) -> BrowserError | None:
        """Why nothing can be asked any more; None while all is well."""
        return self._lost

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        """Send a command. The future's result is BiDi's ``result``; its exception a BrowserError."""
        future: Future[dict[str, Any]] = Future()
        number = next(self._ids)
        with self._lock:
            lost = self._lost
            if lost is None:
                self._waiting[number] = method, future
        if lost is not None:
            future.set_exception(lost)
            return future
        try:
            self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        except (OSError, websocket.WebSocketException) as exc:
            self.fail(_connection_lost(exc))
        return future

    def command(self, method: str, params: Mapping[str, Any], *, timeout_s: float = 30) -> dict[str, Any]:
        """Send a command and wait for its result. BidiRefused, BidiSilent or BrowserError."""
        return answer(self.start(method, params), timeout_s, method)

    def on(self, event: str, handler: Handler) -> None:
        self._handlers.setdefault(event, []).append(handler)

    def fail(self, error: BrowserError) -> None:
        """Give up: everything that waits, and everything asked from now on, raises ``error``."""
        with self._lock:
            if self._lost is None:
                self._lost = error
            waiting, self._waiting = self._waiting, {}
        for _, future in waiting.values():
            future.set_exception(self._lost)
        self.ended.set()

    def close(self) -> None:
        """End the connection and the thread; may be called twice."""
        self.fail(BrowserError(Message("the connection to the browser was closed")))
        with suppress(OSError):  # it is closed already
            self._plain.shutdown(socket.SHUT_RDWR)  # wakes the reading thread
        if threading.current_thread() is not self._reader:
            self._reader.join(timeout=2)
        self._plain.close()

    def _read(self) -> None:
        try:
            while True:
                text = self._socket.recv()
                if not text:
                    raise websocket.WebSocketConnectionClosedException("closed")
                self._receive(json.loads(text))
        except (OSError, ValueError, websocket.WebSocketException) as exc:
            self.fail(_connection_lost(exc))

    def _receive(self, message: dict[str, Any]) -> None:
        if message.get("type") == "event":
            for handler in self._handlers.get(message["method"], ()):
                handler(message["params"])
            return
        with self._lock:
            method, future = self._waiting.pop(message.get("id") or 0, ("", None))
        if future is None:
            return
        if message.get("type") == "error" or "error" in message:
            future.set_exception(BidiRefused(method, str(message.get("error")), str(message.get("message", ""))))
        else:
            future.set_result(message["result"])


def answer(future: "Future[dict[str, Any]]", timeout_s: float, method: str) -> dict[str, Any]:
    """The result of a command that was started; BidiSilent where it does not come in time."""
    try:
        return future.result(max(timeout_s, 0))
    except FutureTimeout as exc:
        what = Message(
            "the browser did not answer {method} within {seconds} s", method=method, seconds=f"{timeout_s:.1f}"
        )
        raise BidiSilent(what) from exc


def _connection_lost(exc: Exception) -> BrowserError:
    return BrowserError(Message("the connection to the browser was lost: {why}", why=str(exc) or type(exc).__name__))

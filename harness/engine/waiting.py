"""Waiting for a container to answer over HTTP or in a protocol of its own, with a look at whether it still runs."""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from time import monotonic

import requests

from harness.engine.polling import until
from harness.errors import EngineError

ALIVE_EVERY_S = 0.2  # between two questions to the engine; a look at an address that is gone takes seconds
REQUEST_TIMEOUT_S = 5.0
GREETING_BYTES = 512


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the wait ended: ``ready``, or what was last seen instead and whether the container ended."""

    ready: bool
    seen: str = ""
    exit_code: int | None = None
    status: int | None = None  # of the last answer over HTTP


def wait_for_answer(
    url: str,
    *,
    status: int,
    text: str | None,
    timeout_s: float,
    exit_code: Callable[[], int | None],
    stop: Event,
) -> Answer:
    """GET ``url`` until it answers with ``status`` and ``text`` in its body, the container
    ends, ``stop`` is set, or the time is over."""

    last: int | None = None

    def seen() -> str | None:
        nonlocal last
        try:
            answer = session.get(url, timeout=min(REQUEST_TIMEOUT_S, timeout_s), allow_redirects=False)
        except requests.RequestException as exc:
            last = None
            return type(exc).__name__
        last = answer.status_code
        if answer.status_code == status and (text is None or text in answer.text):
            return None
        return f"HTTP {answer.status_code}"

    with requests.Session() as session:
        session.trust_env = False  # a proxy of the host is not for a replica
        return replace(_wait(seen, timeout_s, exit_code, stop), status=last)


def wait_for_greeting(
    address: tuple[str, int],
    *,
    hello: bytes,
    ready: re.Pattern[bytes],
    timeout_s: float,
    exit_code: Callable[[], int | None],
    stop: Event,
) -> Answer:
    """Connect to a host and port until what answers ``hello`` begins as ``ready`` says, or as ``wait_for_answer``."""

    def seen() -> str | None:
        try:
            with socket.create_connection(address, min(REQUEST_TIMEOUT_S, timeout_s)) as connection:
                connection.sendall(hello)
                answer = connection.recv(GREETING_BYTES)
        except OSError as exc:
            return type(exc).__name__
        return None if ready.match(answer) else repr(answer)

    return _wait(seen, timeout_s, exit_code, stop)


def wait_for_port(
    address: tuple[str, int], *, timeout_s: float, exit_code: Callable[[], int | None], stop: Event
) -> Answer:
    """Connect to a host and port until it takes a connection, or as ``wait_for_answer``."""

    def seen() -> str | None:
        try:
            socket.create_connection(address, min(REQUEST_TIMEOUT_S, timeout_s)).close()
        except OSError as exc:
            return type(exc).__name__
        return None

    return _wait(seen, timeout_s, exit_code, stop)


def wait_for_command(
    run: Callable[[], tuple[int, str]], *, timeout_s: float, exit_code: Callable[[], int | None], stop: Event
) -> Answer:
    """Run a command until it ends with 0, or as ``wait_for_answer``; ``run`` gives its exit code and output, and
    EngineError where its container has ended."""

    def seen() -> str | None:
        try:
            code, output = run()
        except EngineError as exc:
            return str(exc.what)
        return f"exit code {code}: {output.strip()[-GREETING_BYTES:]}" if code else None

    return _wait(seen, timeout_s, exit_code, stop)


def _wait(seen: Callable[[], str | None], timeout_s: float, exit_code: Callable[[], int | None], stop: Event) -> Answer:
    """Look until nothing is ``seen`` that is not as it should be."""
    asked_s, last = monotonic(), ""

    def ask() -> Answer | None:
        nonlocal asked_s, last
        found, ended = seen(), None
        if found is None:
            return Answer(ready=True)
        last = found
        if monotonic() - asked_s >= ALIVE_EVERY_S:
            asked_s, ended = monotonic(), exit_code()
        return Answer(ready=False, seen=last, exit_code=ended) if ended is not None or stop.is_set() else None

    return until(ask, timeout_s) or Answer(ready=False, seen=last, exit_code=exit_code())

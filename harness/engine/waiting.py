"""Waiting for a container to answer: polls of 20 ms with a deadline, and a look at whether it still runs."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from time import monotonic

import requests

POLL_S = 0.02
ALIVE_EVERY = 10  # polls between two questions to the engine


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the wait ended: ``ready``, or what was last seen instead and whether the container ended."""

    ready: bool
    seen: str = ""
    exit_code: int | None = None


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
    deadline = monotonic() + timeout_s
    seen = ""
    polls = 0
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the host is not for a replica
        while monotonic() < deadline and not stop.is_set():
            try:
                answer = session.get(url, timeout=max(0.05, min(5.0, deadline - monotonic())), allow_redirects=False)
            except requests.RequestException as exc:
                seen = type(exc).__name__
            else:
                if answer.status_code == status and (text is None or text in answer.text):
                    return Answer(ready=True)
                seen = f"HTTP {answer.status_code}"
            polls += 1
            if polls % ALIVE_EVERY == 0 and (code := exit_code()) is not None:
                return Answer(ready=False, seen=seen, exit_code=code)
            stop.wait(POLL_S)
    return Answer(ready=False, seen=seen, exit_code=exit_code())

"""Waiting for a container to answer over HTTP, with a look at whether it still runs."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import requests

from harness.engine.polling import until

ALIVE_EVERY = 10  # polls between two questions to the engine
REQUEST_TIMEOUT_S = 5.0


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
    asked = 0
    seen = ""

    def ask() -> Answer | None:
        nonlocal asked, seen
        asked += 1
        try:
            answer = session.get(url, timeout=min(REQUEST_TIMEOUT_S, timeout_s), allow_redirects=False)
        except requests.RequestException as exc:
            seen = type(exc).__name__
        else:
            if answer.status_code == status and (text is None or text in answer.text):
                return Answer(ready=True)
            seen = f"HTTP {answer.status_code}"
        ended = exit_code() if asked % ALIVE_EVERY == 0 else None
        return Answer(ready=False, seen=seen, exit_code=ended) if ended is not None or stop.is_set() else None

    with requests.Session() as session:
        session.trust_env = False  # a proxy of the host is not for a replica
        return until(ask, timeout_s) or Answer(ready=False, seen=seen, exit_code=exit_code())

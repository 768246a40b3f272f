"""Waiting for something that no event announces: short polls with a deadline. Imports nothing of ours."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

POLL_S = 0.02

T = TypeVar("T")


def until(answer: Callable[[], T], timeout_s: float) -> T:
    """Ask every 20 ms until the answer is true or the time is over; returns the last answer."""
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()  # never set
    while not (found := answer()) and time.monotonic() < deadline:
        pause.wait(POLL_S)
    return found

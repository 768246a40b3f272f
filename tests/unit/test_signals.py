"""SIGTERM as an exception, and signals that wait."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from harness.signals import Terminated, on_sigterm, undisturbed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_raised_as_what_is_asked_for(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Terminated), on_sigterm():
        os.kill(os.getpid(), number)
    with pytest.raises(KeyboardInterrupt), on_sigterm(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


@pytest.fixture
def other_thread() -> Iterator[threading.Event]:
    """A thread that the system may hand a signal to, as those of every run are."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    yield over
    over.set()
    thread.join()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell that starts this in its background has SIGINT ignored."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_waits_until_all_is_tidied_up(number: signal.Signals, other_thread: threading.Event) -> None:
    tidied = []
    with pytest.raises(KeyboardInterrupt), on_sigterm(KeyboardInterrupt), undisturbed():
        for one in range(3):
            os.kill(os.getpid(), number)
            other_thread.wait(0.1)  # until it has taken the signal
            tidied.append(one)
    assert tidied == [0, 1, 2]

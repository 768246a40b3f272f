"""SIGTERM as an exception."""

import os
import signal

import pytest

from harness.signals import Terminated, on_sigterm


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_raised_as_what_is_asked_for(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Terminated), on_sigterm():
        os.kill(os.getpid(), number)
    with pytest.raises(KeyboardInterrupt), on_sigterm(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before

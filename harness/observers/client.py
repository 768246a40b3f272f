"""client: what became of every extension and policy that the client has; known as soon as the browser runs."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from harness.language import Message
from harness.protocols import Watch


class ClientStates:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        for state in watch.session.client_states:
            watch.emit(state)
        return ()

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        return ()

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        return ()

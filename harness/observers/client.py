"""client: what became of every extension and policy that the client has, known as soon as the browser runs; and
what that browser cannot give at all."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from harness.language import Message
from harness.protocols import Watch


class ClientStates:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        for state in watch.session.client_states:
            watch.emit(state)
        self._session = watch.session
        return ()

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        return ()

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        return tuple(self._session.unobserved)

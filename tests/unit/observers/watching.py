"""A replay for one observer."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

from harness.model import Observation
from tests.unit.fake_session import FakeSession


class Watching:
    """The ``Watch`` of the protocols: keeps what it is told."""

    def __init__(self, session: FakeSession, folder: Path) -> None:
        self.session: Any = session
        self.folder = folder
        self.found: list[Observation] = []

    def emit(self, observation: Observation) -> None:
        self.found.append(observation)

    def screenshot(self) -> Future[bytes]:
        return self.session.screenshot()  # type: ignore[no-any-return]

    def source(self, html: str) -> str:
        return html

    def at(self, epoch_s: float | None = None) -> tuple[int, float]:
        return 1, epoch_s or 0.0

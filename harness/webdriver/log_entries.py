"""What observers of BiDi ``log.entryAdded`` share, each for the entries of one type."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, ClassVar

from harness.language import Message
from harness.model import Observation
from harness.protocols import Watch
from harness.webdriver.unobserved import untold

ENTRIES = "log.entryAdded"


class LogEntries(ABC):
    """An observer of one type of log entry; a member says what an entry is."""

    entry_type: ClassVar[str]

    @abstractmethod
    def observation(self, entry: dict[str, Any], step: int, time_s: float) -> Observation:
        """The fact that an entry (BiDi ``log.LogEntry``) stands for."""

    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        return [watch.session.subscribe({ENTRIES: self._entry})]

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        return ()

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        return untold(self._watch.session, (ENTRIES,))

    def _entry(self, entry: dict[str, Any]) -> None:
        if entry.get("type") == self.entry_type:
            step, time_s = self._watch.at(entry["timestamp"] / 1000)
            self._watch.emit(self.observation(entry, step, time_s))

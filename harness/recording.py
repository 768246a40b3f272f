"""Recording: the facts of a running replay, on disk as they come, so that a crash leaves evidence."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from threading import Condition
from time import time
from typing import TextIO

from pydantic import BaseModel

from harness.model import LogLine, Observation, Outcome
from harness.protocols import Session

LOG_LINES_MAX = 20_000
LOG_LINE_LIMIT = 4_000  # characters
_LOG_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d) ?(.*)")


class Recording:
    """The ``Watch`` of the protocols: keeps what is emitted and writes it to ``trace.jsonl``.

    One JSON object a line: facts of the trace, observations (with a ``kind``) and
    outcomes (with an ``outcome``), in the order in which they became known.
    """

    def __init__(self, session: Session, folder: Path, facts: BaseModel) -> None:
        self.session = session
        self.folder = folder
        self._began = time()
        self._starts: list[float] = []  # of the steps, seconds since the replay began
        self._observations: list[Observation] = []
        self._news = Condition()
        folder.mkdir(parents=True, exist_ok=True)
        self._file: TextIO | None = (folder / "trace.jsonl").open("w", encoding="utf-8", errors="replace")
        self.write(facts)

    def now_s(self) -> float:
        """Seconds since the replay began."""
        return time() - self._began

    def step_begins(self) -> float:
        """From now on the next step runs; returns the seconds since the replay began."""
        self._starts.append(self.now_s())
        return self._starts[-1]

    def at(self, epoch_s: float | None = None) -> tuple[int, float]:
        now = self.now_s()
        time_s = now if epoch_s is None else min(epoch_s - self._began, now)
        return bisect_right(self._starts, time_s), round(time_s, 6)

    def emit(self, observation: Observation) -> None:
        with self._news:
            self._observations.append(observation)
            self._line(observation)
            self._news.notify_all()

    def observed(self) -> Sequence[Observation]:
        with self._news:
            return tuple(self._observations)

    def wait(self, seconds: float) -> None:
        """Wait for another observation."""
        with self._news:
            count = len(self._observations)
            self._news.wait_for(lambda: len(self._observations) > count, seconds)

    def write(self, facts: BaseModel) -> None:
        """Add a line that is no observation: an outcome, or facts of the trace."""
        with self._news:
            self._line(facts)

    def outcomes(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.write(outcome)

    def close(self) -> None:
        """Nothing is written any more; late answers of the browser are dropped."""
        with self._news:
            if self._file:
                self._file.close()
            self._file = None

    def _line(self, record: BaseModel) -> None:
        if self._file:
            self._file.write(record.model_dump_json() + "\n")
            self._file.flush()

    # ------------------------------------------------------------ server log
    def place_log(self, path: Path) -> None:
        """Emit the lines of ``server.log``, each in the step in which it was written."""
        for epoch_s, text in log_lines(path):
            time_s = epoch_s - self._began
            self.emit(LogLine(step=bisect_right(self._starts, time_s), time_s=round(time_s, 6), text=text))


def log_lines(path: Path) -> Iterator[tuple[float, str]]:
    """The (seconds since 1970, text) of each ``<RFC 3339 time> <text>`` line, the last ``LOG_LINES_MAX``.

    A line without a time belongs to the time before it.
    """
    try:
        lines = path.read_text("utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return
    epoch_s = 0.0
    for line in lines[-LOG_LINES_MAX:]:
        found = _LOG_LINE.fullmatch(line.rstrip("\r"))
        text = line
        if found:
            second, fraction, zone, text = found.groups()
            whole = datetime.fromisoformat(second + zone.replace("Z", "+00:00")).timestamp()
            epoch_s = whole + float(fraction or 0)
        if text.strip() and epoch_s:
            yield epoch_s, text[:LOG_LINE_LIMIT]

"""Recording: the facts of a running replay, on disk as they come, so that a crash leaves evidence."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from os import SEEK_END
from pathlib import Path
from threading import Condition
from time import monotonic, time
from typing import TextIO, get_args

from pydantic import BaseModel

from harness import masking
from harness.facts import obstacles
from harness.masking import Secrets
from harness.model import Dom, Link, LogLine, Observation, Outcome, Request, Said, Screenshot, Seen
from harness.page import covering
from harness.protocols import Session
from harness.services import SERVICES

OBSERVATIONS: tuple[type[Observation], ...] = get_args(get_args(Observation)[0])
SHOWN = (Screenshot, Dom, Seen)  # what was looked at, and did not happen by itself
LOG_LINES_MAX = 20_000
LOG_LINE_LIMIT = 4_000  # characters
LOG_BYTES_MAX = 32 << 20  # the end of a log, of which lines are taken
_LOG_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d) ?(.*)")


class Recording:
    """The ``Watch`` of the protocols: keeps what is emitted and writes it to ``trace.jsonl``.

    One JSON object a line: facts of the trace, observations (with a ``kind``) and
    outcomes (with an ``outcome``), in the order in which they became known.
    """

    def __init__(
        self,
        session: Session,
        folder: Path,
        facts: BaseModel,
        secrets: Secrets,
        clock_off_s: int = 0,
        link: Link | None = None,
    ) -> None:
        self.session = session
        self.folder = folder
        self._secrets = secrets
        self._clock_off_s = clock_off_s  # how far the browser's clock is ahead of ours
        self._link = link or Link()
        self._began = time()
        self._starts: list[float] = []  # of the steps, seconds since the replay began
        self._observations: list[Observation] = []  # as they came, for steps
        self._records: list[BaseModel] = []  # as they are kept: without secrets
        self._versions: list[int] = []  # of the secrets that each was looked at with
        self._news = Condition()
        self._heard = self._acted = 0.0  # when the page last did something, and the last step, by the monotonic clock
        folder.mkdir(parents=True, exist_ok=True)
        self._file: TextIO | None = (folder / "trace.jsonl").open("w", encoding="utf-8", errors="replace")
        self.write(facts)

    def now_s(self) -> float:
        """Seconds since the replay began."""
        return time() - self._began

    def step_begins(self) -> float:
        """From now on the next step runs; returns the seconds since the replay began."""
        self._starts.append(self.now_s())
        self._acted = 0.0
        return self._starts[-1]

    def acted(self) -> None:
        """The step that ends now did something, which the page may answer."""
        self._acted = monotonic()

    def at(self, epoch_s: float | None = None) -> tuple[int, float]:
        now = self.now_s()
        time_s = now if epoch_s is None else min(epoch_s - self._clock_off_s - self._began, now)
        return bisect_right(self._starts, time_s), round(time_s, 6)

    def emit(self, observation: Observation) -> None:
        if isinstance(observation, Request) and (why := obstacles.of(observation, self._link)):
            observation = observation.model_copy(update={"layer": "link", "obstacle": Said.of(why)})
        masked = masking.observation(observation, self._secrets)
        with self._news:
            if not isinstance(observation, SHOWN):
                self._heard = monotonic()
            self._observations.append(observation)
            self._line(masked)
            self._news.notify_all()

    def screenshot(self) -> Future[bytes]:
        return covering.screenshot(self.session, self._secrets)

    def source(self, html: str) -> str:
        return masking.document(html, self._secrets)

    def observed(self) -> Sequence[Observation]:
        """Everything until now, as it came: not to be kept."""
        with self._news:
            return tuple(self._observations)

    def wait(self, seconds: float) -> None:
        """Wait for another observation."""
        with self._news:
            count = len(self._observations)
            self._news.wait_for(lambda: len(self._observations) > count, seconds)

    def quiet(self, seconds: float, timeout_s: float) -> None:
        """Wait until the page has done nothing for so long that was observed, nor the last step anything to it, and
        no longer than ``timeout_s``."""
        deadline = monotonic() + timeout_s
        while (left_s := min(max(self._heard, self._acted) + seconds, deadline) - monotonic()) > 0:
            self.wait(left_s)

    def write(self, facts: BaseModel) -> None:
        """Add a line that is no observation: an outcome, or facts of the trace."""
        with self._news:
            self._line(facts)

    def ended(self, outcome: Outcome) -> Outcome:
        """Add how a step ended, without secrets; returns that."""
        masked = masking.outcome(outcome, self._secrets)
        self.write(masked)
        return masked

    def outcomes(self) -> tuple[Outcome, ...]:
        with self._news:
            return tuple(record for record in self._records if isinstance(record, Outcome))

    def settled(self) -> tuple[tuple[Outcome, ...], tuple[Observation, ...]]:
        """All outcomes and observations. Where a secret became known after it was kept somewhere, it is taken
        out there, too."""
        with self._news:
            kept = [
                self._masked(record) if version < self._secrets.version else record
                for record, version in zip(self._records, self._versions, strict=True)
            ]
            if any(new is not old for new, old in zip(kept, self._records, strict=True)):
                self._records = kept
                self._rewrite()
            outcomes = tuple(record for record in kept if isinstance(record, Outcome))
            observations = tuple(record for record in kept if isinstance(record, OBSERVATIONS))
            return outcomes, observations

    def _masked(self, record: BaseModel) -> BaseModel:
        if isinstance(record, Outcome):
            return masking.outcome(record, self._secrets)
        return masking.observation(record, self._secrets) if isinstance(record, OBSERVATIONS) else record

    def _rewrite(self) -> None:
        if self._file:
            self._file.seek(0)
            self._file.truncate()
            self._file.writelines(record.model_dump_json() + "\n" for record in self._records)
            self._file.flush()

    def close(self) -> None:
        """Nothing is written any more; late answers of the browser are dropped."""
        with self._news:
            if self._file:
                self._file.close()
            self._file = None

    def _line(self, record: BaseModel) -> None:
        self._records.append(record)
        self._versions.append(self._secrets.version)
        if self._file:
            self._file.write(record.model_dump_json() + "\n")
            self._file.flush()

    # ------------------------------------------------------------ server log
    def place_log(self, path: Path, source: str = "product") -> None:
        """Emit the lines of the log of the product or of a service, each in the step in which it was written,
        and the mails that they tell of."""
        service = SERVICES.get(source)
        for epoch_s, text in log_lines(path):
            if service and service.noise and service.noise.search(text):
                continue  # it answers those who waited for it
            time_s = round(epoch_s - self._began, 6)
            step = bisect_right(self._starts, time_s)
            mail = service.mail(text, step, time_s) if service else None
            self.emit(mail or LogLine(step=step, time_s=time_s, source=source, text=text))


def log_lines(path: Path) -> Iterator[tuple[float, str]]:
    """The (seconds since 1970, text) of each ``<RFC 3339 time> <text>`` line, the last ``LOG_LINES_MAX`` of the
    last ``LOG_BYTES_MAX``.

    A line without a time belongs to the time before it.
    """
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, SEEK_END) - LOG_BYTES_MAX))
            lines = log.read().decode("utf-8", "replace").split("\n")
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

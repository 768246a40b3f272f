"""What is seen while a run works: a live table on a terminal, plain lines elsewhere, on standard error."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from time import monotonic
from typing import IO, TYPE_CHECKING, Protocol

from harness.language import Language, Message

if TYPE_CHECKING:
    from rich.progress import TaskID


class Progress(Protocol):
    """``who`` is a side (`before`, `after`) or empty for the run itself."""

    def stage(self, who: str, what: Message) -> None:
        """A stage began."""

    def line(self, who: str, text: str) -> None:
        """A line that a build printed."""


class Silent:
    """Says nothing."""

    def stage(self, who: str, what: Message) -> None:
        pass

    def line(self, who: str, text: str) -> None:
        pass


class PlainLines:
    """One line a stage, with the seconds since the start. Of builds and fetches every line
    where ``verbose``, else one now and then; after a long silence, what is being done."""

    EVERY_S = 5.0
    SILENCE_S = 10.0

    def __init__(self, *, lang: Language, verbose: bool, out: IO[str] | None = None) -> None:
        self.lang = lang
        self.verbose = verbose
        self.out = out or sys.stderr
        self.began = self.printed = monotonic()
        self.stages: dict[str, str] = {}
        self.lock = Lock()

    def stage(self, who: str, what: Message) -> None:
        self.stages.pop(who, None)
        self.stages[who] = _plain(what.into(self.lang))  # the newest last
        self.say(who, self.stages[who])

    def line(self, who: str, text: str) -> None:
        if self.verbose or monotonic() - self.printed > self.EVERY_S:
            self.say(who, f"  {_plain(text)}")

    def remind(self) -> None:
        """Say what was begun last, where nothing was said for long."""
        if monotonic() - self.printed > self.SILENCE_S and self.stages:
            who, stage = list(self.stages.items())[-1]
            self.say(who, f"{stage} …")

    def say(self, who: str, text: str) -> None:
        with self.lock:
            self.printed = monotonic()
            print(f"{self.printed - self.began:6.1f}s {who:<7}{text}", file=self.out, flush=True)


class LiveTable:
    """A spinner a side with the stage it is in and its seconds, by Rich."""

    def __init__(self, *, lang: Language) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bars
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.fields[who]:<7}"), TextColumn("{task.description}"))
        self.bars = Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)
        self.lang = lang
        self.rows: dict[str, TaskID] = {}
        self.stages: dict[str, str] = {}
        self.lock = Lock()

    def stage(self, who: str, what: Message) -> None:
        from rich.markup import escape

        self.stages[who] = escape(_plain(what.into(self.lang)))
        self._show(who, self.stages[who])

    def line(self, who: str, text: str) -> None:
        from rich.markup import escape

        self._show(who, f"{self.stages.get(who, '')} [dim]{escape(_plain(text)[:60])}[/]")

    def _show(self, who: str, text: str) -> None:
        with self.lock:
            if who in self.rows:
                self.bars.update(self.rows[who], description=text)
            else:
                self.rows[who] = self.bars.add_task(text, total=None, who=who)


@contextmanager
def progress(*, lang: Language, quiet: bool, verbose: bool) -> Iterator[Progress]:
    """The progress that suits standard error; nothing where ``quiet``."""
    if quiet:
        yield Silent()
    elif verbose or not sys.stderr.isatty():
        lines = PlainLines(lang=lang, verbose=verbose)
        with every_second(lines.remind):
            yield lines
    else:
        table = LiveTable(lang=lang)
        with table.bars:
            yield table


@contextmanager
def every_second(work: Callable[[], None]) -> Iterator[None]:
    over = Event()

    def tick() -> None:
        while not over.wait(1):
            work()

    Thread(target=tick, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _plain(text: str) -> str:
    """Without the control sequences of a terminal (ECMA-48), and on one line."""
    text = re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)", "", text)
    return "".join(char if char.isprintable() else " " for char in text)

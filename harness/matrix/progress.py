"""What is seen while the cells of a matrix run: a live table on a terminal, plain lines elsewhere."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Lock
from typing import IO, TYPE_CHECKING, Protocol

from harness.language import Language, Message
from harness.model import CellResult, VerdictName
from harness.progress import PlainLines, Progress, Silent, every_second
from harness.writing.words import VERDICT_WORDS, one_line, padded

if TYPE_CHECKING:
    from rich.progress import TaskID


class Board(Protocol):
    """Where cells say how far they are."""

    def stage(self, what: Message) -> None:
        """A stage of the whole matrix began."""

    def cells(self, total: int) -> None:
        """So many cells are to come."""

    def cell(self, cell_id: str) -> Progress:
        """For the stages of one cell."""

    def ended(self, result: CellResult) -> None:
        """A cell came to an end."""


class _Cell:
    """The ``Progress`` of one cell: what its sides are at, in one line."""

    def __init__(self, board: "_Lines | _Table", cell_id: str) -> None:
        self._board = board
        self._id = cell_id
        self._stages: dict[str, Message] = {}

    def stage(self, who: str, what: Message) -> None:
        if who:
            self._stages[who] = what
            self._board.at(self._id, " · ".join(one_line(one.into(self._board.lang), 60) for one in self._sides()))

    def line(self, who: str, text: str) -> None:
        self._board.line(self._id, text)

    def _sides(self) -> Iterator[Message]:
        for who, word in (("before", Message("Before")), ("after", Message("After"))):
            if who in self._stages:
                yield Message("{side}: {stage}", side=word, stage=self._stages[who])


class Quiet:
    """Says nothing."""

    def stage(self, what: Message) -> None:
        pass

    def cells(self, total: int) -> None:
        pass

    def cell(self, cell_id: str) -> Progress:
        return Silent()

    def ended(self, result: CellResult) -> None:
        pass


class _Lines:
    """One line a cell that ended, with how many there are; after a long silence, what runs."""

    def __init__(self, lines: PlainLines) -> None:
        self.lang = lines.lang
        self._lines = lines
        self._total = 0
        self._numbers = count(1)

    def stage(self, what: Message) -> None:
        self._lines.stage("", what)

    def cells(self, total: int) -> None:
        self._total = total
        self._lines.stages.clear()
        self._lines.stage("", Message("running {count} cells", count=total))

    def cell(self, cell_id: str) -> Progress:
        return _Cell(self, cell_id)

    def at(self, cell_id: str, text: str) -> None:
        self._lines.stages.pop("", None)
        self._lines.stages[cell_id] = f"  {text}"
        if self._lines.verbose:
            self._lines.say(cell_id, f"  {text}")

    def line(self, cell_id: str, text: str) -> None:
        if self._lines.verbose:
            self._lines.say(cell_id, f"  | {text}")

    def ended(self, result: CellResult) -> None:
        self._lines.stages.pop(result.id, None)
        self._lines.say(f"{next(self._numbers)}/{self._total}", said(result, self.lang))


class _Table:
    """A bar for all cells with what came out so far, and a row for each that runs, by Rich."""

    def __init__(self, lang: Language) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        self.lang = lang
        self.console = Console(stderr=True)
        self.rows = Bars(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=self.console)
        self.bar = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
        )
        self._all: TaskID | None = None
        self._cells: dict[str, TaskID] = {}
        self._verdicts: Counter[VerdictName] = Counter()
        self._lock = Lock()

    def stage(self, what: Message) -> None:
        self._show("", what.into(self.lang))

    def cells(self, total: int) -> None:
        with self._lock:
            for row in self._cells.values():
                self.rows.remove_task(row)
            self._cells.clear()
            self._all = self.bar.add_task("", total=total)

    def cell(self, cell_id: str) -> Progress:
        return _Cell(self, cell_id)

    def at(self, cell_id: str, text: str) -> None:
        self._show(cell_id, f"{cell_id}  {text}")

    def line(self, cell_id: str, text: str) -> None:
        pass

    def ended(self, result: CellResult) -> None:
        with self._lock:
            row = self._cells.pop(result.id, None)
            if row is not None:
                self.rows.remove_task(row)
            self._verdicts[result.verdict] += 1
            words = ", ".join(f"{count} {VERDICT_WORDS[one].into(self.lang)}" for one, count in self._verdicts.items())
            if self._all is not None:
                self.bar.update(self._all, advance=1, description=words)
        if not result.is_good:
            self.console.print(
                said(result, self.lang), markup=False, highlight=False, overflow="ellipsis", no_wrap=True
            )

    def _show(self, key: str, text: str) -> None:
        from rich.markup import escape

        with self._lock:
            if key in self._cells:
                self.rows.update(self._cells[key], description=escape(text))
            else:
                self._cells[key] = self.rows.add_task(escape(text), total=None)


def said(result: CellResult, lang: Language) -> str:
    """A cell that ended, in one line."""
    word = padded(VERDICT_WORDS[result.verdict].into(lang), 12)
    if result.is_good:
        return f"{word} {result.id}"
    return f"{word} {result.id}: {one_line(result.reason.message().into(lang), 160)}"


@contextmanager
def board(*, lang: Language, quiet: bool, verbose: bool, out: IO[str] | None = None) -> Iterator[Board]:
    """The board that suits standard error; nothing where ``quiet``."""
    if quiet:
        yield Quiet()
    elif verbose or not sys.stderr.isatty():
        lines = PlainLines(lang=lang, verbose=verbose, out=out)
        with every_second(lines.remind):
            yield _Lines(lines)
    else:
        from rich.console import Group
        from rich.live import Live

        table = _Table(lang)
        with Live(Group(table.rows, table.bar), console=table.console, transient=True, refresh_per_second=8):
            yield table

"""What is seen while the cells of a matrix run."""

import io
import re
import sys
from threading import Thread

import pytest
from rich.console import Console, Group

from harness.language import Message
from harness.matrix import progress
from harness.matrix.progress import Quiet, board, said
from harness.progress import PlainLines, Silent
from tests.unit.matrix.made_up import cell

FAILED = cell("buy/product=3", "regression")


def plain(out: io.StringIO) -> list[str]:
    """The lines, without their seconds."""
    return [re.sub(r"^ *\d+\.\ds ", "", line) for line in out.getvalue().splitlines()]


# ----------------------------------------------------------------------- lines
def test_a_line_for_each_cell_that_ended_with_how_many_there_are() -> None:
    out = io.StringIO()
    with board(lang="en", quiet=False, verbose=False, out=out) as shown:
        shown.stage(Message("resolving versions"))
        shown.cells(2)
        shown.cell("buy/product=2").stage("before", Message("building"))
        shown.cell("buy/product=2").line("before", "Step 1/4")
        shown.ended(cell("buy/product=2", "same"))
        shown.ended(FAILED)
    assert plain(out) == [
        "       resolving versions",
        "       running 2 cells",
        "1/2    same         buy/product=2",
        "2/2    regression   buy/product=3: it is regression",
    ]


def test_verbose_lines_say_what_every_cell_is_at() -> None:
    out = io.StringIO()
    with board(lang="en", quiet=False, verbose=True, out=out) as shown:
        shown.cells(1)
        one = shown.cell("buy/product=2")
        one.stage("", Message("replaying both sides"))  # of the run, not of a side
        one.stage("before", Message("building"))
        one.stage("after", Message("starting"))
        one.stage("before", Message("done"))
        one.line("after", "Step 1/4")
    assert plain(out)[1:] == [
        "buy/product=2  Before: building",
        "buy/product=2  Before: building · After: starting",
        "buy/product=2  Before: done · After: starting",
        "buy/product=2  | Step 1/4",
    ]


def test_in_chinese() -> None:
    out = io.StringIO()
    with board(lang="zh", quiet=False, verbose=True, out=out) as shown:
        shown.cells(1)
        shown.cell("buy/product=2").stage("before", Message("building"))
        shown.ended(FAILED)
    assert "正在运行 1 个单元" in out.getvalue()
    assert "升级前：" in out.getvalue()
    assert "1/1    回归问题" in out.getvalue()


def test_after_a_silence_it_says_what_runs_and_not_what_has_ended() -> None:
    out = io.StringIO()
    lines = PlainLines(lang="en", verbose=False, out=out)
    shown = progress._Lines(lines)
    shown.stage(Message("resolving versions"))
    shown.cells(3)
    shown.cell("a/x=1").stage("before", Message("building"))
    shown.cell("a/x=2").stage("after", Message("starting"))
    shown.ended(cell("a/x=1"))
    lines.printed -= PlainLines.SILENCE_S + 1
    lines.remind()
    assert plain(out)[-1] == "a/x=2    After: starting …"
    assert "resolving versions …" not in out.getvalue()
    assert "a/x=1    Before" not in out.getvalue()


def test_cells_that_end_together_are_counted_one_by_one() -> None:
    out = io.StringIO()
    shown = progress._Lines(PlainLines(lang="en", verbose=False, out=out))
    shown.cells(40)
    threads = [Thread(target=shown.ended, args=[cell(f"a/x={number}")]) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line.split()[0] for line in plain(out)[1:]) == sorted(f"{n}/40" for n in range(1, 41))


# ----------------------------------------------------------------------- quiet
def test_quiet_says_nothing() -> None:
    out = io.StringIO()
    with board(lang="en", quiet=True, verbose=True, out=out) as shown:
        assert isinstance(shown, Quiet)
        shown.stage(Message("resolving versions"))
        shown.cells(1)
        assert isinstance(shown.cell("a"), Silent)
        shown.ended(FAILED)
    assert out.getvalue() == ""


# ----------------------------------------------------------------------- table
class Table:
    """The live table, drawn on demand."""

    def __init__(self, width: int = 100) -> None:
        self.out = io.StringIO()
        self.table = progress._Table("en")
        self.table.console = Console(file=self.out, width=width, force_terminal=False, color_system=None)

    def drawn(self) -> str:
        out = io.StringIO()
        Console(file=out, width=100, color_system=None).print(Group(self.table.rows, self.table.bar))
        return out.getvalue()


def test_the_table_has_a_row_for_each_cell_that_runs_and_a_bar_for_all() -> None:
    shown = Table()
    table = shown.table
    table.stage(Message("resolving versions"))
    assert "resolving versions" in shown.drawn()
    table.cells(3)
    assert "resolving versions" not in shown.drawn()
    assert "0/3" in shown.drawn()
    table.stage(Message("building"))
    assert "building" in shown.drawn(), "a stage may come again"
    table.cell("a/x=1").stage("before", Message("building"))
    table.cell("a/x=2").stage("after", Message("starting"))
    table.cell("a/x=2").line("after", "Step 1/4")
    assert "a/x=1  Before: building" in shown.drawn()
    assert "a/x=2  After: starting" in shown.drawn()
    assert "Step 1/4" not in shown.drawn()
    table.ended(cell("a/x=1"))
    assert "a/x=1" not in shown.drawn()
    assert "1/3" in shown.drawn()
    assert "1 same" in shown.drawn()
    assert shown.out.getvalue() == "", "what is good needs no line"
    table.ended(cell("a/x=2"))
    table.ended(cell("a/x=3", "regression"))
    assert "2 same, 1 regression" in shown.drawn()
    assert "3/3" in shown.drawn()
    assert shown.out.getvalue() == "regression   a/x=3: it is regression\n"


def test_a_cell_can_end_before_it_has_said_anything() -> None:
    shown = Table()
    shown.table.ended(cell("a/x=1", "no-verdict"))
    assert shown.out.getvalue() == "no verdict   a/x=1: it is no-verdict\n"


def test_words_of_strangers_are_no_markup() -> None:
    shown = Table(width=60)
    shown.table.cells(1)
    shown.table.cell("a/x=[red]").stage("before", Message("[bold]{what}", what="\x1b[31m[/]"))
    assert "a/x=[red]  Before: [bold][/]" in shown.drawn()
    shown.table.ended(cell("a/x=[red]" + "y" * 80, "regression"))
    (line,) = shown.out.getvalue().splitlines()
    assert line.startswith("regression   a/x=[red]yyy")
    assert line.endswith("…")
    assert len(line) == 60


def test_the_table_is_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with board(lang="en", quiet=False, verbose=False) as shown:
        assert isinstance(shown, progress._Lines)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    with board(lang="en", quiet=False, verbose=False) as shown:
        assert isinstance(shown, progress._Table)
        shown.cells(1)
    with board(lang="en", quiet=False, verbose=True) as shown:
        assert isinstance(shown, progress._Lines)


# ----------------------------------------------------------------------- words
def test_a_cell_in_one_line() -> None:
    assert said(cell("a/x=1"), "en") == "same         a/x=1"
    long = cell("a/x=1", "regression").model_copy(
        update={"reason": cell().reason.model_copy(update={"text": "no\n" + "x" * 300})}
    )
    assert said(long, "en").startswith("regression   a/x=1: no xxx")
    assert len(said(long, "en")) == len("regression   a/x=1: ") + 160

"""Words that every rendering of a matrix shares."""

from collections.abc import Callable, Iterator
from typing import Literal

from harness.language import Language, Message
from harness.model import CellResult, MatrixResult, Said, Stale, VerdictName
from harness.writing.standings import UNDECIDED, Group, Standing, having
from harness.writing.words import VERDICT_WORDS

Escape = Callable[[str], str]  # makes text of strangers fit for a format
NOTHING = "–"  # where a cell has no value on an axis

SIGNS: dict[VerdictName | Literal["not-run"], str] = {
    "regression": "✗",
    "broken-both": "⊗",
    "unstable": "≈",
    "no-verdict": "?",
    "not-run": "·",
    "fixed": "↑",
    "same": "✓",
}
STALE_WORDS: dict[Literal["no-longer-failing", "no-such-cell"], Message] = {
    "no-longer-failing": Message("no longer failing"),
    "no-such-cell": Message("no such cell"),
}
SECTIONS: tuple[tuple[Message, tuple[Standing, ...]], ...] = (
    (Message("New regressions"), ("regression",)),
    (Message("Undecided"), UNDECIDED),
    (Message("Known failures"), ("known",)),
    (Message("Not run"), ("not-run",)),
)


def sign(cell: CellResult) -> str:
    """One character, in parentheses where a baseline knows the failure."""
    if cell.known:
        return f"({SIGNS[cell.verdict]})"
    return SIGNS[cell.verdict if cell.runs else "not-run"]


def sign_of(stands: Standing) -> str:
    """The same for all that stand there."""
    return f"({SIGNS['regression']})" if stands == "known" else SIGNS[stands]


def standing_words(stands: Standing) -> Message:
    if stands == "known":
        return Message("known")
    return Message("not run") if stands == "not-run" else VERDICT_WORDS[stands]


def verdict_words(cell: CellResult) -> Message:
    """The verdict, or that the cell was not run."""
    return standing_words(cell.verdict if cell.runs else "not-run")


def cells(count: int) -> Message:
    return Message("1 cell") if count == 1 else Message("{count} cells", count=count)


def headline(result: MatrixResult) -> Message:
    """What came out, in one sentence."""
    count, left = len(result.cells), len(having(result, "not-run"))
    what = _what_came_out(len(result.regressions), len(having(result, *UNDECIDED)))
    if left == count:
        return Message("No cell was run")
    if left:
        where = cells(count)
        return Message("{what} in {run} of {cells}; the others were not run", what=what, run=count - left, cells=where)
    return Message("{what} in {cells}", what=what, cells=cells(count))


def _what_came_out(new: int, undecided: int) -> Message:
    if new == 1:
        return Message("1 new regression")
    if new:
        return Message("{count} new regressions", count=new)
    if undecided:
        return Message("No new regression, but {count} undecided,", count=undecided)
    return Message("No new regression")


def remarks(result: MatrixResult, said: Escape = str) -> Iterator[Message]:
    """What makes the whole less than the matrix: each a short clause."""
    if result.interrupted:
        yield Message("interrupted")
    if result.shard:
        yield Message("shard {shard}", shard=said(result.shard))
    if result.cut:
        yield Message("{cells} left out by the budget", cells=cells(result.cut))


def facts(result: MatrixResult, said: Escape = str) -> Iterator[Message]:
    """What is asked next about the whole: how it ended, how long it took."""
    yield from remarks(result, said)
    yield took(result.seconds)
    if result.jobs:
        yield Message("{count} at once", count=result.jobs)


def group_title(group: Group, lang: Language, said: Escape = str) -> str:
    """``step 3: The parallax effect has started (client) – the same in 6 cells``"""
    first = group.first
    verdict = [verdict_words(first).into(lang)] if first.runs and first.verdict != "regression" else []
    what = step_line(first, lang, said) + (f" ({first.layer})" if first.layer else "")
    return " – ".join(filter(None, [*verdict, what, where(group).into(lang)]))


def where(group: Group) -> Message:
    count = len(group.cells)
    if count == 1 or not group.first.runs:
        return Message("in {cells}", cells=cells(count))
    return Message("the same in {count} cells", count=count)


def group_why(group: Group, lang: Language) -> str:
    """The error, else the reason."""
    return group.first.error or reason_words(group.first, lang)


def common_words(group: Group, lang: Language, said: Escape = str) -> Iterator[str]:
    """What all cells of a group have in common, and the reason that a baseline gives."""
    if group.common:
        values = ", ".join(f"{name}={label}" for name, label in group.common.items())
        yield Message("all have {values}", values=said(values)).into(lang)
    if group.first.known:
        yield Message("known: {reason}", reason=said(group.first.known)).into(lang)


def step_words(cell: CellResult, lang: Language) -> str:
    """The step that decided, without its number; empty where none did."""
    if not cell.step:
        return ""
    return cell.step.descriptions.get(lang) or cell.step.descriptions.get("en") or cell.step.description


def step_line(cell: CellResult, lang: Language, said: Escape = str) -> str:
    """``step 3: The parallax effect has started``; empty where no step decided."""
    if not cell.step:
        return ""
    return Message("step {number}: {what}", number=cell.step.number, what=said(step_words(cell, lang))).into(lang)


def reason_words(cell: CellResult, lang: Language) -> str:
    return cell.reason.message().into(lang)


def stale_words(stale: Stale) -> Message:
    """Why an entry does not count any more."""
    if stale.why == "expired":
        return Message("expired on {date}", date=stale.entry.expires.isoformat())
    return STALE_WORDS[stale.why]


def took(seconds: float) -> Message:
    """A duration as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return Message("{hours} h {minutes} min", hours=hours, minutes=minutes)
    if minutes:
        return Message("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    return Message("{seconds} s", seconds=round(seconds, 1))


def in_words(result: MatrixResult, lang: Language) -> MatrixResult:
    """The same, its reasons and steps as sentences in a language."""
    return result.model_copy(update={"language": lang, "cells": tuple(_in_words(one, lang) for one in result.cells)})


def _in_words(cell: CellResult, lang: Language) -> CellResult:
    step = cell.step.model_copy(update={"description": step_words(cell, lang)}) if cell.step else None
    return cell.model_copy(update={"reason": Said(text=reason_words(cell, lang)), "step": step})

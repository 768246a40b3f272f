"""A baseline held against the cells of a matrix: what is known, what is stale, and how to write it anew. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Literal

from harness.model import KNOWABLE, CellResult, Known, Stale


def judged(cells: Sequence[CellResult], known: Sequence[Known], today: date) -> tuple[CellResult, ...]:
    """The cells, each failure that entries know with the reason that the first gives. What has expired does
    not count. A cell whose runs failed in two ways is known where both are."""
    valid = [entry for entry in known if today <= entry.expires]
    reasons = [_reason(cell, valid) for cell in cells]
    return tuple(
        cell if cell.known == reason else cell.model_copy(update={"known": reason})
        for cell, reason in zip(cells, reasons, strict=True)
    )


def _reason(cell: CellResult, valid: Sequence[Known]) -> str:
    if _unknown(cell, valid):
        return ""
    return next((entry.reason for entry in valid if knows(entry, cell)), "")


def stale(cells: Sequence[CellResult], known: Sequence[Known], ids: Iterable[str], today: date) -> tuple[Stale, ...]:
    """The entries that say what is no longer so; ``ids`` are of all cells of the matrix, also of those
    that were not run now: where an entry is about one of them, too, nothing is said about it."""
    every = list(ids)
    found = []
    for entry in known:
        why = _untrue(entry, cells, every)
        if today > entry.expires:
            found.append(Stale(entry=entry, why="expired"))
        elif why:
            found.append(Stale(entry=entry, why=why))
    return tuple(found)


def _untrue(
    entry: Known, cells: Sequence[CellResult], every: Sequence[str]
) -> Literal["no-such-cell", "no-longer-failing"] | None:
    meant = [one for one in every if _is_meant(entry, one)]
    if not meant:
        return "no-such-cell"
    if any(knows(entry, cell) for cell in cells):
        return None
    told = {cell.id for cell in cells if cell.runs and cell.verdict != "no-verdict"}
    return "no-longer-failing" if told.issuperset(meant) else None


def updated(
    cells: Sequence[CellResult], known: Sequence[Known], ids: Iterable[str], *, today: date, fresh: Known
) -> tuple[Known, ...]:
    """The entries that fit these cells: the old ones but those that are no longer so, one that has expired
    with a new date where it is about one of these failures, and one for each failure that none knew, with
    reason, owner and date of ``fresh``."""
    every = list(ids)
    kept: list[Known] = []
    for entry in known:
        if _untrue(entry, cells, every):
            continue
        renew = today > entry.expires and any(knows(entry, cell) for cell in cells)
        kept.append(entry.model_copy(update={"expires": fresh.expires}) if renew else entry)
    for cell in cells:
        for fingerprint in _unknown(cell, kept) if cell.verdict in KNOWABLE else ():
            update = {"cells": cell.id, "fingerprint": fingerprint, "verdict": cell.verdict}
            kept.append(fresh.model_copy(update=update))
    return tuple(dict.fromkeys(kept))


def knows(entry: Known, cell: CellResult) -> bool:
    """Whether an entry, expired or not, is about what happened in a cell."""
    return cell.verdict == entry.verdict and entry.fingerprint in _seen(cell) and _is_meant(entry, cell.id)


def _seen(cell: CellResult) -> tuple[str, ...]:
    """The fingerprints of its runs that failed, each once, that of its evidence first."""
    return tuple(dict.fromkeys((cell.fingerprint, *(run.fingerprint for run in cell.runs if run.fingerprint))))


def _unknown(cell: CellResult, known: Sequence[Known]) -> list[str]:
    """The fingerprints of a cell that no entry is about."""
    about = {entry.fingerprint for entry in known if knows(entry, cell)}
    return [fingerprint for fingerprint in _seen(cell) if fingerprint not in about]


def _is_meant(entry: Known, cell_id: str) -> bool:
    return fnmatchcase(cell_id, entry.cells)

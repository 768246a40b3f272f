"""What the template and the script of the page show: plain values in the reader's language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from harness.language import Language
from harness.model import CellResult, MatrixResult
from harness.writing import standings
from harness.writing.matrices import (
    SECTIONS,
    common_words,
    group_title,
    reason_words,
    stale_words,
    standing_words,
    step_line,
    verdict_words,
)
from harness.writing.words import one_line, printable

TEXT_MAX = 600  # characters of one error or reason


@dataclass(frozen=True, kw_only=True)
class CellView:
    """A cell. ``kind`` is its verdict or ``not-run``; ``href`` its report, empty where there is none."""

    id: str
    stands: standings.Standing
    kind: str
    word: str
    known: str
    href: str
    step: str
    error: str
    reason: str
    layer: str
    seconds: float
    runs: int

    @property
    def rank(self) -> int:
        return standings.STANDINGS.index(self.stands)


@dataclass(frozen=True, kw_only=True)
class GroupView:
    kind: str
    known: bool
    title: str
    why: str
    common: tuple[str, ...]
    cells: tuple[CellView, ...]


@dataclass(frozen=True, kw_only=True)
class SectionView:
    """``stands`` names the first standing of its cells."""

    stands: standings.Standing
    title: str
    count: int
    groups: tuple[GroupView, ...]


class Panel:
    """All of a page, in one language."""

    def __init__(self, result: MatrixResult, lang: Language) -> None:
        self.result = result
        self.lang = lang
        self.views = {id(cell): self._cell(cell) for cell in result.cells}

    @property
    def cells(self) -> Sequence[CellView]:
        return [self.views[id(cell)] for cell in self.result.cells]

    def counts(self) -> list[tuple[standings.Standing, str, int]]:
        return [
            (stands, standing_words(stands).into(self.lang), count)
            for stands, count in standings.tally(self.result.cells).items()
        ]

    def sections(self) -> Iterator[SectionView]:
        """The failures, put together; what went well is in the table alone."""
        for title, wanted in SECTIONS:
            cells = standings.having(self.result, *wanted)
            if cells:
                groups = tuple(map(self._group, standings.grouped(self.result, cells)))
                yield SectionView(stands=wanted[0], title=title.into(self.lang), count=len(cells), groups=groups)

    def stale(self) -> list[tuple[str, str, str, str]]:
        """cells, why it does not count any more, reason, owner"""
        return [
            (one.entry.cells, stale_words(one).into(self.lang), one.entry.reason, one.entry.owner)
            for one in self.result.stale
        ]

    def data(self) -> dict[str, Any]:
        """For the script: axes with labels, and cells with their places on them (null where they have none)."""
        axes = standings.axes(self.result)
        cells = [
            {
                "at": [printable(standings.value(cell, axis)) or None for axis in axes],
                "id": view.id,
                "stands": view.stands,
                "kind": view.kind,
                "word": view.word,
                "known": view.known,
                "href": view.href,
                "lines": [line for line in (view.step, view.error, view.reason) if line],
            }
            for cell, view in zip(self.result.cells, self.cells, strict=True)
        ]
        return {
            "axes": [
                {"name": printable(axis.name), "labels": [printable(one) for one in axis.labels]} for axis in axes
            ],
            "cells": cells,
            "order": standings.STANDINGS,
        }

    def _cell(self, cell: CellResult) -> CellView:
        return CellView(
            id=printable(cell.id),
            stands=standings.standing(cell),
            kind=cell.verdict if cell.runs else "not-run",
            word=verdict_words(cell).into(self.lang),
            known=printable(cell.known),
            href=href(cell.evidence),
            step=one_line(step_line(cell, self.lang), TEXT_MAX),
            error=one_line(cell.error, TEXT_MAX),
            reason=one_line(reason_words(cell, self.lang), TEXT_MAX),
            layer=cell.layer or "",
            seconds=cell.seconds,
            runs=len(cell.runs),
        )

    def _group(self, group: standings.Group) -> GroupView:
        first = self.views[id(group.first)]
        return GroupView(
            kind=first.kind,
            known=bool(first.known),
            title=group_title(group, self.lang),
            why=first.error or first.reason,
            common=tuple(common_words(group, self.lang)),
            cells=tuple(self.views[id(cell)] for cell in group.cells),
        )


def href(evidence: str) -> str:
    """The address of a cell's report, from the folder of the matrix; empty where its path leads elsewhere."""
    parts = evidence.split("/")
    if not evidence or any(part in ("", ".", "..") for part in parts):
        return ""
    return "/".join(quote(part, safe="", errors="replace") for part in [*parts, "report.html"])

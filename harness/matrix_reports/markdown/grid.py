"""A matrix as a table of signs."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from harness.model import Axis, CellResult, MatrixResult
from harness.writing.markdown_text import words
from harness.writing.matrices import NOTHING, sign
from harness.writing.standings import axes, value, worst_first

FIELDS_MAX = 100  # of a table with more than two axes
COLUMNS_MAX = 20


def grid(result: MatrixResult) -> str:
    """Rows of all axes but one, which has the columns; empty where a table would be too large to read."""
    varied = [axis for axis in axes(result) if len(axis.labels) > 1] or list(axes(result)[:1])
    fields = prod(len(axis.labels) for axis in varied)
    if not varied or (len(varied) > 2 and fields > FIELDS_MAX):
        return ""
    if len(varied) == 1:
        return "\n".join(_table(result, varied, None))
    across = min(varied, key=lambda axis: len(axis.labels))
    if len(across.labels) > COLUMNS_MAX:
        return ""
    return "\n".join(_table(result, [axis for axis in varied if axis is not across], across))


def _table(result: MatrixResult, down: Sequence[Axis], across: Axis | None) -> Iterator[str]:
    columns = _labels(result, across) if across else [""]
    at: dict[tuple[str, ...], list[CellResult]] = {}
    for cell in result.cells:
        key = (*(value(cell, axis) for axis in down), value(cell, across) if across else "")
        at.setdefault(key, []).append(cell)
    heads = [f"{words(across.name)} {words(label) or NOTHING}" for label in columns] if across else [" "]
    yield _row([*(words(axis.name) for axis in down), *heads])
    yield _row(["---"] * len(down) + [":-:"] * len(columns))
    for labels in product(*(_labels(result, axis) for axis in down)):
        found = [at.get((*labels, column), []) for column in columns]
        if any(found):
            yield _row([*(words(label) or NOTHING for label in labels), *map(_field, found)])


def _labels(result: MatrixResult, axis: Axis) -> list[str]:
    """With the empty one last where a cell has no value on the axis."""
    lacking = [""] if any(not value(cell, axis) for cell in result.cells) else []
    return [*axis.labels, *lacking]


def _field(cells: Sequence[CellResult]) -> str:
    """Signs, the worst first, with how many there are of each."""
    signs = [sign(cell) for cell in worst_first(cells)]
    return " ".join(f"{one}{signs.count(one)}" if len(signs) > 1 else one for one in dict.fromkeys(signs))


def _row(fields: Sequence[str]) -> str:
    return "| " + " | ".join(fields) + " |"

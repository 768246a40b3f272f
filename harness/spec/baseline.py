"""A baseline → the failures that somebody knows about, so that only new ones fail a job."""

from collections.abc import Sequence
from pathlib import Path

from harness.documents import Mistakes, dump, read, validate
from harness.evidence import write_whole
from harness.model import Frozen, Known
from harness.spec.header import SCHEMA, body

HEADER = """\
# Written by `harness baseline update`; reason, owner and expires are yours to edit.
"""


class Baseline(Frozen):
    """A baseline file without its ``schema``."""

    known: tuple[Known, ...]


def baseline_file(path: Path) -> Baseline:
    """The baseline in a file. InputError with every Problem of it."""
    mistakes = Mistakes(path)
    baseline = validate(Baseline, body(read(path), mistakes), mistakes)
    mistakes.check()
    assert baseline is not None
    return baseline


def write_baseline(path: Path, known: Sequence[Known]) -> None:
    """Write a baseline; it is there complete or not at all."""
    content = {"schema": SCHEMA, "known": [entry.model_dump() for entry in known]}
    write_whole(path, HEADER + dump(content))

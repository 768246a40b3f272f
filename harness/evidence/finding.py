"""Which folder of evidence is meant: a run's or a matrix's."""

from pathlib import Path

from harness.errors import InputError
from harness.evidence.matrix_folder import RESULT, MatrixFolder
from harness.evidence.run_folder import RunFolder
from harness.language import Message


def opened(path: Path) -> RunFolder | MatrixFolder:
    """The folder of an earlier run or matrix; InputError where it is none."""
    return MatrixFolder(path=path) if (path / "plan.json").is_file() else RunFolder.open(path)


def latest(root: Path) -> RunFolder | MatrixFolder:
    """The newest under ``root`` that came to its end: a run with a verdict, or a matrix with what became of
    its cells. InputError where there is none."""
    ends = [*root.glob("*/verdict.json"), *root.glob(f"*/{RESULT}")]
    newest = max(ends, key=lambda path: (path.stat().st_mtime_ns, path.parent.name), default=None)
    if newest is None:
        raise InputError(
            Message("there is no run with a verdict in {path}", path=root),
            Message("`harness reproduce ENVIRONMENT SCENARIO` makes one"),
        )
    return opened(newest.parent)

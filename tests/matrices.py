"""Matrices as a scheduler leaves them, for tests of what comes after it."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import product
from pathlib import Path

from harness.evidence import MatrixFolder
from harness.model import (
    Axis,
    CellResult,
    CellRun,
    FailedStep,
    Known,
    Layer,
    MatrixPlan,
    MatrixResult,
    PlannedCell,
    Said,
    Stale,
    VerdictName,
)
from tests.stories import GALLERY, Story, said

PRODUCTS = ("1.x", "2.x", "3.0.0", "3.4.1", "3.x", "latest")
MIGRATE = ("none", "3.6.0")
VIEWPORTS = ("1366x768", "390x844")
AXES = (
    Axis(path="upgrade.server.product", name="product", labels=PRODUCTS),
    Axis(path="upgrade.server.compat.jquery-migrate", name="jquery-migrate", labels=MIGRATE),
    Axis(path="client.viewport", name="viewport", labels=VIEWPORTS),
)
LOAD = "TypeError: e.indexOf is not a function"
SIZE = "TypeError: Cannot read properties of undefined (reading 'top')"
FINGERPRINTS = {LOAD: "a1b2c3d4e5f60718", SIZE: "00ff00ff00ff00ff"}
DETAIL = "0123456789abcdef"
WORKS = said("All {count} steps work before and after the upgrade", count=5)
BREAKS = said("Step {number} works before the upgrade and fails after it: {why}", number=3, why=GALLERY.why)
BOTH = said(
    "Step {number} fails before and after the upgrade, so the scenario cannot judge the upgrade: {why}",
    number=3,
    why=GALLERY.why,
)
VARIES = said("The same environment does not always behave the same.")
LOST = said(
    "The side after the upgrade could not be replayed to its end: {why}",
    why=said("the connection to the browser was lost: {why}", why="the container ran out of memory"),
)
LEFT = said("interrupted")
TICKET = "The parallax plug-in is replaced in the spring release (ticket 4711)"


def step_of(story: Story, number: int) -> FailedStep:
    _, english, chinese = story.steps[number - 1]
    return FailedStep(number=number, description=english, descriptions={"en": english, "zh": chinese})


def cell(
    values: dict[str, str],
    verdict: VerdictName = "same",
    *,
    scenario: str = "show-prices",
    error: str = "",
    reason: Said = WORKS,
    runs: Sequence[VerdictName] = (),
    known: str = "",
    layer: Layer | None = None,
    **more: object,
) -> CellResult:
    """A cell that was run once, unless ``runs`` says how often and what came out."""
    cell_id = f"{scenario}/" + ",".join(f"{name}={label}" for name, label in values.items())
    fails = verdict in ("regression", "broken-both", "unstable", "fixed")
    mark = FINGERPRINTS.get(error, DETAIL) if fails else ""
    ran = tuple(
        CellRun(
            folder=f"cells/{cell_id}/{number}",
            verdict=one,
            fingerprint=mark if one not in ("same", "no-verdict") else "",
            seconds=6.5,
        )
        for number, one in enumerate(runs or (verdict,), 1)
    )
    old = GALLERY.environments()["before"]
    environments = {"before": old, "after": GALLERY.environments()["after"]}
    fields: dict[str, object] = {
        "id": cell_id,
        "scenario": scenario,
        "values": values,
        "verdict": verdict,
        "reason": reason,
        "layer": layer or ("client" if verdict in ("regression", "fixed") else None),
        "step": step_of(GALLERY, 3) if fails else None,
        "error": error,
        "fingerprint": mark,
        "runs": ran,
        "evidence": ran[0].folder if ran else "",
        "environments": environments,
        "known": known,
        "seconds": 6.5 * len(ran),
    }
    return CellResult.model_validate(fields | more)


def not_run(values: dict[str, str], reason: Said = LEFT, scenario: str = "show-prices") -> CellResult:
    blank = {"runs": (), "evidence": "", "seconds": 0.0, "environments": {}}
    return cell(values, "no-verdict", scenario=scenario, reason=reason).model_copy(update=blank)


def regression(values: dict[str, str], error: str = LOAD, **more: object) -> CellResult:
    fields: dict[str, object] = {"error": error, "reason": BREAKS, "runs": ("regression", "regression")}
    return cell(values, "regression", **(fields | more))  # type: ignore[arg-type]  # as `cell` has them


def points() -> list[dict[str, str]]:
    names = [axis.name for axis in AXES]
    return [dict(zip(names, labels, strict=True)) for labels in product(*(axis.labels for axis in AXES))]


def _became(values: dict[str, str]) -> CellResult:
    version, migrate, viewport = values.values()
    helped = migrate != "none"
    if version == "1.x" or (version in ("2.x", "3.0.0") and helped):
        if version == "2.x" and viewport == "390x844":
            return cell(values, "fixed", reason=said("Step {number} fails before the upgrade and works after it: {why}",
                                                     number=3, why=GALLERY.why))  # fmt: skip
        return cell(values)
    if version == "2.x":
        return cell(values, "unstable", reason=VARIES, error=SIZE, runs=("regression", "same", "regression"))
    if version == "3.0.0":
        return regression(values)
    if version == "3.4.1":
        return regression(values, known=TICKET) if not helped else cell(values)
    if version == "3.x":
        if helped and viewport == "390x844":
            return regression(values, SIZE)
        return cell(values) if helped else regression(values, known=TICKET)
    if helped:
        return cell(values, "no-verdict", reason=LOST) if viewport == "1366x768" else not_run(values)
    return cell(values, "broken-both", reason=BOTH, error=LOAD)


STALE = (
    Stale(
        entry=Known(cells="show-prices/product=1.x,*", fingerprint="1" * 16, reason="Was broken in the first release",
                    owner="@web-team", expires=date(2027, 3, 31)),
        why="no-longer-failing",
    ),
    Stale(
        entry=Known(cells="*product=4.x*", fingerprint="2" * 16, verdict="unstable", reason="Waits for a fix",
                    owner="Ann", expires=date(2026, 10, 1)),
        why="expired",
    ),
)  # fmt: skip


def matrix(**changes: object) -> MatrixResult:
    """24 cells of which every kind of end came out."""
    result = MatrixResult(
        name="jquery",
        title="The gallery on every jQuery, with and without jquery-migrate",
        matrix="environments/jquery.matrix.yaml",
        plan="sha256:" + "0" * 64,
        axes=AXES,
        cells=tuple(map(_became, points())),
        baseline="environments/jquery.baseline.yaml",
        stale=STALE,
        jobs=4,
        started="2026-11-24T20:31:02+01:00",
        seconds=252.3,
        run_folder=".harness/runs/20261124-203102-jquery",
        command="harness matrix environments/jquery.matrix.yaml --baseline environments/jquery.baseline.yaml",
        harness_version="0.1.0",
    )
    return result.model_copy(update=changes)


def good() -> MatrixResult:
    return matrix(cells=tuple(map(cell, points())), stale=(), baseline="")


def interrupted() -> MatrixResult:
    """Stopped after nine cells."""
    whole = matrix()
    cells = [one if number < 9 else not_run(one.values) for number, one in enumerate(whole.cells)]
    return matrix(cells=tuple(cells), interrupted=True, stale=())


def shard() -> MatrixResult:
    """The second of three shards of the same."""
    return matrix(cells=matrix().cells[1::3], shard="2/3", stale=())


def one_axis() -> MatrixResult:
    cells = [_became({"product": one, "jquery-migrate": "none", "viewport": "1366x768"}) for one in PRODUCTS]
    narrow = [one.model_copy(update={"values": {"product": one.values["product"]}}) for one in cells]
    return matrix(axes=AXES[:1], cells=tuple(narrow))


def one_value() -> MatrixResult:
    """Axes of one value each, and one cell."""
    axes = tuple(axis.model_copy(update={"labels": axis.labels[:1]}) for axis in AXES)
    return matrix(axes=axes, cells=(cell(points()[0]),), stale=())


def including() -> MatrixResult:
    """Two scenarios, and cells of ``include`` that lack an axis."""
    whole = matrix().cells
    more = [one.model_copy(update={"scenario": "book-a-tour", "id": one.id.replace("show-prices", "book-a-tour")})
            for one in whole]  # fmt: skip
    alone = [regression({"product": "4.0.0-beta"}), cell({"product": "4.0.0-beta", "viewport": "390x844"})]
    return matrix(cells=(*whole, *more, *alone), cut=3)


def large(count: int = 2000) -> MatrixResult:
    """Four axes, and ``count`` cells of which one in nine fails, in many ways."""
    axes = (
        Axis(path="upgrade.server.product", name="product", labels=tuple(f"{n / 5:.1f}" for n in range(25))),
        Axis(path="client.browser", name="browser", labels=tuple(f"chromium@{n}" for n in range(150, 160))),
        Axis(path="client.locale", name="locale", labels=("en_US.UTF-8", "zh_CN.UTF-8")),
        Axis(path="client.viewport", name="viewport", labels=("1366x768", "390x844", "820x1180", "1920x1080")),
    )  # fmt: skip
    cells: list[CellResult] = []
    for number, labels in enumerate(product(*(axis.labels for axis in axes))):
        values = dict(zip([axis.name for axis in axes], labels, strict=True))
        if number % 9 == 4:
            mark = f"{number % 40:016x}"
            cells.append(regression(values, fingerprint=mark, error=f"TypeError: t{number % 40}.map is not a function",
                                    known=TICKET if number % 5 == 0 else ""))  # fmt: skip
        elif number % 41 == 7:
            cells.append(cell(values, "no-verdict", reason=LOST))
        elif number % 53 == 8:
            cells.append(not_run(values))
        else:
            cells.append(cell(values))
    return matrix(axes=axes, cells=tuple(cells[:count]), seconds=5025.0)


MATRICES: dict[str, Callable[[], MatrixResult]] = {
    "all": matrix,
    "good": good,
    "interrupted": interrupted,
    "shard": shard,
    "one-axis": one_axis,
    "one-value": one_value,
    "including": including,
    "empty": lambda: matrix(cells=(), axes=(), stale=()),
}


def hostile(text: str) -> MatrixResult:
    """Every field that a file, a page or a log fills says ``text``."""
    known = Known.model_construct(
        cells=text, fingerprint="3" * 16, verdict="regression", reason=text, owner=text, expires=date(2027, 1, 1)
    )
    axes = (Axis(path=text, name=text, labels=(text, "b")), Axis(path="c", name="c", labels=("d", text)))
    strange: dict[str, object] = {
               "id": text, "scenario": text, "values": {text: text, "c": text}, "evidence": f"cells/{text}/1",
               "step": FailedStep(number=1, description=text, descriptions={"en": text, "zh": text}),
               "reason": Said(text="{why}", values={"why": text})}  # fmt: skip
    plain: list[CellResult] = [
        regression({}, text, fingerprint="4" * 16),
        regression({}, text, fingerprint="5" * 16, known=text),
        cell({}, "no-verdict"),
        cell({}),
    ]
    cells = [one.model_copy(update=strange | {"id": text + str(number)}) for number, one in enumerate(plain)]
    cells.append(not_run({}).model_copy(update=strange | {"values": {}, "evidence": ""}))
    return matrix(
        name=text, title=text, matrix=text, axes=axes, cells=tuple(cells), baseline=text, command=text, shard=text,
        stale=(Stale.model_construct(entry=known, why="expired"),), run_folder=text, harness_version=text,
    )  # fmt: skip


def leave_matrix(root: Path, result: MatrixResult) -> MatrixFolder:
    """The folder of a matrix as far as reports read it."""
    cells = tuple(PlannedCell(id=one.id, scenario=one.scenario, values=one.values) for one in result.cells)
    chosen = tuple(one.id for one in cells)
    plan = MatrixPlan(matrix=result.matrix, digest=result.plan, cells=cells, chosen=chosen, shard=result.shard)
    folder = MatrixFolder.create(root, "jquery", b"schema: 1\n", plan)
    folder.write_result(result)
    return folder

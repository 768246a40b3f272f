"""run: one case, all stages in order. The file to read first."""

import shlex
from collections.abc import Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from threading import Event
from time import monotonic

from harness import __version__, lock, reports, spec
from harness.cache import Cache
from harness.case_secrets import secrets_of
from harness.compare import compare
from harness.diagnose import diagnose, exit_code
from harness.engine import ContainerRegistry, Engine, Swept, base_reference, built, connect, inventory, sweep
from harness.errors import ExitCode, HarnessError, InputError
from harness.evidence import SIDES, RunFolder
from harness.facts.anomalies import Same
from harness.facts.owners import owners
from harness.language import Language, Message
from harness.look import Watched, look
from harness.masking import Secrets
from harness.model import (
    About,
    Case,
    Comparison,
    Environment,
    EnvironmentFile,
    Lock,
    Recipe,
    Scenario,
    Side,
    Trace,
    Verdict,
    VerdictName,
    difference,
)
from harness.progress import Progress
from harness.protocols import Session
from harness.provision import Provisioned
from harness.recognise import recognise
from harness.sealing import seal
from harness.sides import Ground, OneSide, side_by_side
from harness.tidying import in_thread, removed_at_once


@dataclass(frozen=True, kw_only=True)
class Result:
    """A run that came to an end: its verdict, its evidence, and what kept a side from being replayed."""

    folder: RunFolder
    verdict: Verdict
    failures: tuple[HarnessError, ...] = ()

    def exit_code(self, expected: VerdictName | None) -> ExitCode:
        """As in the design; 3 where there is no verdict because engine, build or replica failed."""
        if self.failures and expected is None:
            return self.failures[0].exit_code
        return exit_code(self.verdict.verdict, expected)


def reproduce(
    environment: Path,
    scenario: Path,
    *,
    runs: Path,
    progress: Progress,
    strict: bool = False,
    fresh: bool = False,
    swap: bool = False,
    known: Sequence[Path] = (),
    lang: Language = "en",
    command: Sequence[str] = (),
) -> Result:
    """The main job: both sides of an upgrade, side by side, to a verdict with its evidence.

    ``strict`` takes nothing but what the lock names, ``fresh`` resolves anew where there
    is no lock, ``swap`` goes the way back, ``known`` are folders of known issues beside that of
    the environment. InputError where a file is wrong, EngineError
    where no engine answers or nothing can be resolved; later failures are in the result.
    """
    begun = begin(
        environment, scenario, runs=runs, progress=progress, strict=strict, fresh=fresh, swap=swap, known=known
    )
    return replicate(begun.case, begun.ground, begun.folder, progress=progress, lang=lang, command=command)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A case that can be run: what it stands on, and its folder with the inputs."""

    case: Case
    ground: Ground
    folder: RunFolder
    smoke: Scenario | None = None  # of the product after the upgrade, without plug-ins


def begin(
    environment: Path,
    scenario: Path,
    *,
    runs: Path,
    progress: Progress,
    strict: bool = False,
    fresh: bool = False,
    swap: bool = False,
    known: Sequence[Path] = (),
) -> Begun:
    """Everything of ``reproduce`` that comes before the first container. Errors as there."""
    progress.stage("", Message("reading"))
    case = _upgrade(spec.load(environment, scenario))
    smoke = spec.smoke(case.recipe(case.file.side("before" if swap else "after")))
    issues = spec.known_issues(environment, known)
    progress.stage("", Message("resolving versions"))
    secrets = secrets_of([case, *([replace(case, scenario=smoke)] if smoke else [])])
    engine, locked = prepare(case.file, case.recipes, lock.beside(case.file.path), strict=strict, fresh=fresh)
    if swap and case.file.kinds:
        raise InputError(
            Message("{path} is upgraded in place, and there is no way back from that", path=environment),
            Message("leave --swap out"),
        )
    if swap:
        case, locked = _swapped(case, locked)
    folder = RunFolder.create(runs, case.file.name)
    folder.keep_inputs(environment.read_bytes(), scenario.read_bytes(), case.beside)
    ground = Ground(engine=engine, lock=locked, secrets=secrets, known=issues)
    return Begun(case=case, ground=ground, folder=folder, smoke=smoke)


def again(folder: RunFolder, verdict: Verdict, *, progress: Progress, strict: bool = False) -> Begun:
    """A run that is over, begun again in its own folder, on the versions of its own lock. Errors as ``reproduce``."""
    progress.stage("", Message("reading"))
    case = _upgrade(spec.load(folder.path / "environment.yaml", folder.path / "scenario.yaml"))
    issues = spec.known_issues(folder.path / "environment.yaml")
    swapped = "--swap" in shlex.split(verdict.command)
    existing = folder.read_lock()
    if existing and swapped:
        existing = _swapped(case, existing)[1]
    progress.stage("", Message("resolving versions"))
    secrets = secrets_of([case])
    engine, locked = prepare(case.file, case.recipes, existing, strict=strict)
    if swapped:
        case, locked = _swapped(case, locked)
    return Begun(case=case, ground=Ground(engine=engine, lock=locked, secrets=secrets, known=issues), folder=folder)


def replicate(
    case: Case,
    ground: Ground,
    folder: RunFolder,
    *,
    progress: Progress,
    run_id: str = "",
    noise: frozenset[Same] = frozenset(),
    shared: Mapping[Side, Hashable] | None = None,
    lang: Language = "en",
    command: Sequence[str] = (),
) -> Result:
    """All stages from the lock to the reports, in a folder that has the inputs already.

    ``run_id`` labels what is started, ``noise`` is left out of the comparison. A side with a key in ``shared``
    is replayed by the first run that asks ``ground`` for it; the others take its evidence.
    """
    began, started = monotonic(), datetime.now().astimezone()
    locked, run_id = ground.lock, run_id or f"{folder.path.name}/{token_hex(3)}"
    folder.write_lock(locked)
    sides = {
        side: OneSide(
            case=case, side=side, ground=ground, folder=folder, run_id=run_id, lang=lang, key=(shared or {}).get(side)
        )
        for side in SIDES
    }
    progress.stage("", Message("replaying both sides"))
    with side_by_side(sides, progress) as traces:
        said = {case.file.environments.index(one.environment): one.said for one in sides.values() if one.said}
        if said:
            locked = lock.with_said(locked, said)
            folder.write_lock(locked)
        progress.stage("", Message("comparing"))
        comparison = compare(traces["before"], traces["after"], noise)
        comparison = look(comparison, Watched(folder=folder, before=traces["before"], after=traces["after"]))
        folder.write_comparison(comparison)
        exact = {side: locked.side(side).exact(case.file.side(side)) for side in SIDES}
        about = About(
            environment=case.file.name,
            scenario=case.scenario.name if case.scenario else "",
            environment_diff=difference(exact["before"], exact["after"]),
            environments=exact,
            drifts=locked.drifts,
            run_folder=str(folder.path),
            command=shlex.join(command),
            started=started.isoformat(timespec="seconds"),
            seconds=round(monotonic() - began, 2),
            harness_version=__version__,
            language=lang,
        )
        verdict = judge(comparison, traces["before"], traces["after"], about, case=case, ground=ground)
        folder.write_verdict(verdict)
        reports.write(folder.path, lang)
        progress.stage("", Message("removing the replicas"))
    seal(folder, ground.secrets)
    return Result(folder=folder, verdict=verdict, failures=tuple(s.failure for s in sides.values() if s.failure))


def judge(comparison: Comparison, before: Trace, after: Trace, about: About, *, case: Case, ground: Ground) -> Verdict:
    """What a comparison means, with whose code was at work, and whether that is known."""
    new = about.environments["after"]
    verdict = diagnose(comparison, before, after, about, owners(case.recipes[new.server.product.name], new))
    return recognise(verdict, comparison, ground.known)


@dataclass(frozen=True, kw_only=True)
class Up:
    """A replica of one side that is ready, what exactly it is, and where its evidence lies."""

    provisioned: Provisioned
    session: Session | None  # of its browser, where one was asked for
    environment: Environment
    folder: RunFolder
    secrets: Secrets = field(default_factory=Secrets)  # that are kept out of it


@contextmanager
def up(
    environment: Path,
    side: Side,
    *,
    progress: Progress,
    runs: Path,
    name: str = "",
    browser: bool = False,
    strict: bool = False,
) -> Iterator[Up]:
    """A replica of one side, ready to be used, also with a browser; gone at the end.

    ``name`` is that of its folder, ``strict`` is as in ``reproduce``. InputError where a file is
    wrong, EngineError and BrowserError where the replica does not come up.
    """
    progress.stage("", Message("reading"))
    case = spec.load(environment, None)
    progress.stage("", Message("resolving versions"))
    secrets = secrets_of([case])
    engine, locked = prepare(case.file, case.recipes, lock.beside(case.file.path), strict=strict)
    folder = RunFolder.create(runs, name or f"up-{case.file.name}")
    folder.write_lock(locked)
    one = OneSide(
        case=case,
        side=side,
        ground=Ground(engine=engine, lock=locked, secrets=secrets),
        folder=folder,
        run_id=f"{folder.path.name}/{token_hex(3)}",
        lang="en",
    )
    over = Event()
    thread, standing = in_thread(partial(one.stand, progress, browser, over))
    with removed_at_once(engine, one.run_id, [thread]):
        try:
            provisioned, session = standing.result()
            yield Up(provisioned=provisioned, session=session, environment=one.exact, folder=folder, secrets=secrets)
        finally:
            over.set()
        thread.join()


def _upgrade(case: Case) -> Case:
    if len(case.file.environments) > 1:
        return case
    raise InputError(
        Message("{path} has no upgrade, so there is nothing to compare", path=case.file.path),
        Message("add an `upgrade:` list to it that says what changed"),
    )


def prepare(
    file: EnvironmentFile,
    recipes: Mapping[str, Recipe],
    existing: Lock | None,
    *,
    strict: bool = False,
    fresh: bool = False,
    refused: dict[Environment, HarnessError] | None = None,
    cache: Cache | None = None,
) -> tuple[Engine, Lock]:
    """Find the engine, and sweep what dead runs left while versions are resolved, to what an ``existing``
    lock names where there is one; from then on nothing needs a network. Errors as ``lock.resolve``."""
    engine = connect()

    def sweeping(done: "Future[Swept]") -> None:
        done.set_result(sweep(engine))

    _, swept = in_thread(sweeping)
    registry = ContainerRegistry(cache, engine=engine)
    locked = lock.resolve(file, recipes, registry, existing=existing, strict=strict, fresh=fresh, refused=refused)
    if not all(built(engine, base_reference(base)) for base in locked.bases):  # all is fetched, the engine is a new one
        wanted = tuple(one for one in file.environments if one not in (refused or {}))
        locked = lock.settle(locked, wanted, recipes, registry, strict=strict)
    here = [one for base in locked.bases if (one := inventory(engine, base))]
    locked = lock.with_inventories(locked, here, locked=existing is not None, strict=strict)
    swept.result()
    return engine, locked


def _swapped(case: Case, locked: Lock) -> tuple[Case, Lock]:
    file = case.file.model_copy(update={"environments": case.file.environments[::-1]})
    return replace(case, file=file), locked.model_copy(update={"environments": locked.environments[::-1]})

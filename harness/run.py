"""run: one case, all stages in order. The file to read first."""

import shlex
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

from harness import __version__, lock, reports, spec
from harness.compare import compare
from harness.diagnose import diagnose, exit_code
from harness.engine import ContainerRegistry, Engine, Swept, base_reference, build, built, connect, remove, sweep
from harness.errors import BrowserError, EngineError, ExitCode, HarnessError, InputError
from harness.evidence import RunFolder
from harness.language import Language, Message
from harness.model import (
    About,
    Case,
    Context,
    Environment,
    Fault,
    Image,
    Lock,
    Outcome,
    Said,
    Side,
    Trace,
    Verdict,
    VerdictName,
    difference,
)
from harness.progress import Progress
from harness.protocols import Session
from harness.provision import Provisioned, provision
from harness.render import render
from harness.replay import open_session, replay
from harness.signals import undisturbed

SIDES: tuple[Side, Side] = ("before", "after")
GOODBYE_S = 10.0  # how long an interrupted run waits for its threads

T = TypeVar("T")


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
    lang: Language = "en",
    command: Sequence[str] = (),
) -> Result:
    """The main job: both sides of an upgrade, side by side, to a verdict with its evidence.

    ``strict`` takes nothing but what the lock names, ``fresh`` resolves anew where there
    is no lock, ``swap`` goes the way back. InputError where a file is wrong, EngineError
    where no engine answers or nothing can be resolved; later failures are in the result.
    """
    began, started = monotonic(), datetime.now().astimezone()
    progress.stage("", Message("reading"))
    case = _upgrade(spec.load(environment, scenario))
    engine, locked = _prepare(case, progress, strict=strict, fresh=fresh)
    if swap:
        case, locked = _swapped(case, locked)
    folder = RunFolder.create(runs, case.file.name)
    folder.keep_inputs(environment, scenario)
    folder.write_lock(locked)

    sides = {side: _Side(case, side, engine, locked, folder, lang) for side in SIDES}
    progress.stage("", Message("replaying both sides"))
    with _side_by_side(sides, progress) as traces:
        progress.stage("", Message("comparing"))
        comparison = compare(traces["before"], traces["after"])
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
        verdict = diagnose(comparison, traces["before"], traces["after"], about)
        folder.write_verdict(verdict)
        reports.write(folder.path, lang)
        progress.stage("", Message("removing the replicas"))
    return Result(folder=folder, verdict=verdict, failures=tuple(s.failure for s in sides.values() if s.failure))


@contextmanager
def up(environment: Path, side: Side, *, progress: Progress, runs: Path) -> Iterator[Provisioned]:
    """A replica of one side without a browser, ready to be looked at; gone at the end."""
    progress.stage("", Message("reading"))
    case = spec.load(environment, None)
    engine, locked = _prepare(case, progress, strict=False, fresh=False)
    folder = RunFolder.create(runs, f"up-{case.file.name}")
    folder.write_lock(locked)
    one = _Side(case, side, engine, locked, folder, "en")
    images = one.build(progress, browser=False)
    progress.stage(side, Message("starting"))
    with one.provision(images) as provisioned:
        provisioned.wait_until_ready()
        yield provisioned


def _upgrade(case: Case) -> Case:
    if len(case.file.environments) > 1:
        return case
    raise InputError(
        Message("{path} has no upgrade, so there is nothing to compare", path=case.file.path),
        Message("add an `upgrade:` list to it that says what changed"),
    )


def _prepare(case: Case, progress: Progress, *, strict: bool, fresh: bool) -> tuple[Engine, Lock]:
    """Find the engine, and sweep what dead runs left while versions are resolved."""
    engine = connect()

    def sweeping(done: "Future[Swept]") -> None:
        done.set_result(sweep(engine))

    _, swept = _in_thread(sweeping)
    progress.stage("", Message("resolving versions"))
    existing, registry = lock.beside(case.file.path), ContainerRegistry(engine=engine)
    locked = lock.resolve(case.file, case.recipes, registry, existing=existing, strict=strict, fresh=fresh)
    if not all(built(engine, base_reference(base)) for base in locked.bases):  # all is fetched, the engine is a new one
        locked = lock.settle(locked, case.file.environments, case.recipes, registry, strict=strict)
    swept.result()
    return engine, locked


def _swapped(case: Case, locked: Lock) -> tuple[Case, Lock]:
    file = case.file.model_copy(update={"environments": case.file.environments[::-1]})
    return replace(case, file=file), locked.model_copy(update={"environments": locked.environments[::-1]})


@dataclass
class _Side:
    """One side of a run: its images, its replica, its replay."""

    case: Case
    side: Side
    engine: Engine
    lock: Lock
    folder: RunFolder
    lang: Language
    failure: HarnessError | None = None

    @property
    def run_id(self) -> str:
        return self.folder.path.name

    @property
    def registry(self) -> ContainerRegistry:
        return ContainerRegistry(engine=lambda: self.engine, run_id=self.run_id, bases=self.lock.bases)

    @property
    def environment(self) -> Environment:
        return self.case.file.side(self.side)

    def trace(self, progress: Progress, done: "Future[Trace]") -> None:
        """Build, provision, replay; ``done`` gets the trace as soon as it is there, before
        the replica is removed. What is not the page's doing becomes a trace with a fault."""
        try:
            images = self.build(progress)
            progress.stage(self.side, Message("starting"))
            with self.provision(images) as provisioned:
                session = open_session(provisioned.replica)  # while the product is still starting
                provisioned.wait_until_ready()
                done.set_result(self._judged(self.replay(provisioned, session, progress), provisioned))
                progress.stage(self.side, Message("removing the replica"))
            progress.stage(self.side, Message("done"))
        except (EngineError, BrowserError) as exc:
            self.failure = exc
            if not done.done():
                progress.stage(self.side, exc.what)
                done.set_result(self._without_replay(exc))

    def build(self, progress: Progress, *, browser: bool = True) -> dict[str, Image]:
        """The images of product and browser, side by side, each a chain from shared to particular."""
        progress.stage(self.side, Message("rendering"))
        recipe = self.case.recipe(self.environment)
        rendering = render(self.environment, recipe, self.lock.side(self.side), self.lock, self.registry)
        progress.stage(self.side, Message("building"))
        chains = {"product": rendering.server} | ({"browser": rendering.browser} if browser else {})
        images = {name: _in_thread(partial(self._chain, name, chain, progress))[1] for name, chain in chains.items()}
        return {name: image.result() for name, image in images.items()}

    def _chain(self, name: str, chain: tuple[Context, ...], progress: Progress, done: "Future[Image]") -> None:
        if top := built(self.engine, chain[-1].tag):
            return done.set_result(top)
        log = self.folder.side(self.side) / f"build-{name}.log"
        images = [build(self.engine, context, log=log, on_line=partial(progress.line, self.side)) for context in chain]
        return done.set_result(images[-1])

    def provision(self, images: dict[str, Image]) -> AbstractContextManager[Provisioned]:
        return provision(
            self.engine,
            self.environment,
            self.case.recipe(self.environment),
            product=images["product"],
            browser=images.get("browser"),
            run_id=self.run_id,
            name=self.side,
            folder=self.folder.side(self.side),
        )

    def replay(self, provisioned: Provisioned, session: Session, progress: Progress) -> Trace:
        scenario = self.case.scenario
        assert scenario is not None
        total = len(scenario.steps)

        def on_step(outcome: Outcome) -> None:
            what = outcome.description.get(self.lang, "")
            words = {"number": outcome.number, "total": total, "what": what}
            progress.stage(self.side, Message("step {number} of {total}: {what}", **words))

        started = datetime.now().astimezone()
        folder = self.folder.side(self.side)
        trace = replay(scenario, provisioned.replica, folder, side=self.side, on_step=on_step, session=session)
        self.folder.write_network(trace, started)
        return trace

    def _judged(self, trace: Trace, provisioned: Provisioned) -> Trace:
        """The trace, with a fault where engine or browser were gone at its end: names do not
        resolve then and nothing answers, which looks like a broken page."""
        try:
            provisioned.verify()
        except EngineError as exc:
            self.failure = exc
            return trace.model_copy(update={"fault": Fault(reason=Said.of(exc.what))})
        return trace

    def _without_replay(self, exc: HarnessError) -> Trace:
        fault = Fault(reason=Said.of(exc.what))
        return Trace(side=self.side, browser="", outcomes=(), fault=fault)


@contextmanager
def _side_by_side(sides: Mapping[Side, _Side], progress: Progress) -> Iterator[dict[Side, Trace]]:
    """Both traces as soon as both are there; leaves when both replicas are removed. An error or
    an interruption removes all there is of the run at once."""
    started = {side: _in_thread(partial(one.trace, progress)) for side, one in sides.items()}
    threads = [thread for thread, _ in started.values()]
    try:
        yield {side: done.result() for side, (_, done) in started.items()}
        for thread in threads:
            thread.join()
    except BaseException:
        some = next(iter(sides.values()))
        with undisturbed():
            deadline = monotonic() + GOODBYE_S
            while any(thread.is_alive() for thread in threads) and monotonic() < deadline:
                remove(some.engine, run_id=some.run_id)
                threads[0].join(0.1)
                threads[-1].join(0.1)
            remove(some.engine, run_id=some.run_id)
        raise


def _in_thread(work: "Callable[[Future[T]], None]") -> "tuple[threading.Thread, Future[T]]":
    """Run ``work`` in a thread that does not keep the process alive; it sets the future's
    result, and what it raises before that is the future's error."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            work(done)
        except BaseException as exc:  # noqa: BLE001  handed over to whoever waits
            if not done.done():
                done.set_exception(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, done

"""One side of a run: images, replica, replay; and both of them side by side, down to the last thread."""

import os
import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from harness import case_secrets, lock, masking, services, spec, states
from harness.cache import Cache
from harness.engine import ContainerRegistry, Engine, build, built
from harness.errors import BrowserError, EngineError, HarnessError, ProductNotReady
from harness.evidence import RunFolder
from harness.language import Language, Message
from harness.masking import Secrets
from harness.model import (
    Case,
    Context,
    Environment,
    Fault,
    Image,
    KnownIssue,
    Lock,
    LockedEnvironment,
    Observation,
    Outcome,
    Recipe,
    Request,
    Said,
    Side,
    Trace,
)
from harness.model.lock import LINKS as OF_LINK
from harness.model.lock import SERVICES as OF_SERVICE
from harness.once import Once
from harness.progress import Progress
from harness.protocols import Session
from harness.provision import Provisioned, provision
from harness.render import render
from harness.render import write as write_contexts
from harness.replay import describe, open_session, replay
from harness.replicas import ending
from harness.tidying import in_thread, removed_at_once


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What the replay of one side left: its trace, where its evidence lies, and why it was not replayed."""

    trace: Trace
    folder: RunFolder
    failure: HarnessError | None = None


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a run stands on: the engine, and the exact versions of everything."""

    engine: Engine
    lock: Lock  # of the case, one environment for each of its file
    secrets: Secrets = field(default_factory=Secrets)  # that are kept out of what runs leave
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)  # what `${env:…}` is looked up in
    cache: Cache = field(default_factory=Cache)
    images: Mapping[Side, Mapping[str, Image]] = field(default_factory=dict)  # "product", "browser": built elsewhere
    known: tuple[KnownIssue, ...] = ()  # issues that failures are recognised as
    prepared: Once[states.Kept] = field(default_factory=Once)  # that several sides start from
    shared: Once[Replayed] = field(default_factory=Once)  # replays that several runs share


@dataclass(kw_only=True)
class OneSide:
    """One side of a run: its images, its replica, its replay."""

    case: Case
    side: Side
    ground: Ground
    folder: RunFolder
    run_id: str
    lang: Language
    key: Hashable | None = None  # of a replay that other runs share
    failure: HarnessError | None = None
    began_s: float = 0.0  # when its replay began, since 1970
    said: Mapping[str, Any] | None = None  # what a session of a browser that runs elsewhere said of itself

    @property
    def engine(self) -> Engine:
        return self.ground.engine

    @property
    def lock(self) -> Lock:
        return self.ground.lock

    @property
    def registry(self) -> ContainerRegistry:
        cache = self.ground.cache
        return ContainerRegistry(cache, engine=lambda: self.engine, run_id=self.run_id, bases=self.lock.bases)

    @property
    def environment(self) -> Environment:
        return self.case.file.side(self.side)

    @property
    def exact(self) -> Environment:
        return self.lock.side(self.side).exact(self.environment)

    def trace(self, progress: Progress, done: "Future[Trace]") -> None:
        """The trace of this side as soon as it is there, by a replay of its own or by that of another run."""
        if self.key is None:
            return self._own_trace(progress, done)
        mine: Future[Replayed] | None = self.ground.shared.claim(self.key)
        if mine is None:
            progress.stage(self.side, Message("waiting for the same replay of another run"))
            theirs = self.ground.shared.answer(self.key)
            self.folder.borrow(theirs.folder, self.side)
            self.failure = theirs.failure
            progress.stage(self.side, Message("done"))
            return done.set_result(theirs.trace)
        done.add_done_callback(lambda own: self._lend(own, mine))
        return self._own_trace(progress, done)

    def _lend(self, own: "Future[Trace]", others: "Future[Replayed]") -> None:
        if error := own.exception():
            return others.set_exception(error)
        return others.set_result(Replayed(trace=own.result(), folder=self.folder, failure=self.failure))

    def _own_trace(self, progress: Progress, done: "Future[Trace]") -> None:
        """Build, provision, replay; ``done`` gets the trace before the replica is removed. What
        is not the page's doing becomes a trace with a fault."""
        try:
            images = self.build(progress)
            progress.stage(self.side, Message("starting"))
            with self.provision(images) as provisioned:
                session = self._session(provisioned)  # while the product is still starting
                unready = self._unready(provisioned)
                done.set_result(self._judged(self.replay(provisioned, session, progress), provisioned, unready))
                progress.stage(self.side, Message("removing the replica"))
            progress.stage(self.side, Message("done"))
        except states.MigrationFailed as exc:
            progress.stage(self.side, exc.what)
            done.set_result(self._not_begun(exc, [exc.migration]))
        except (EngineError, BrowserError) as exc:
            if isinstance(exc, ProductNotReady) and self._is_seen(exc):  # when it was seeded
                progress.stage(self.side, exc.what)
                return done.set_result(self._not_begun(exc, ending.at_start(exc)))
            self.failure = exc
            if not done.done():
                progress.stage(self.side, exc.what)
                done.set_result(self._without_replay(exc))

    def stand(
        self,
        progress: Progress,
        browser: bool,
        over: threading.Event,
        done: "Future[tuple[Provisioned, Session | None]]",
    ) -> None:
        """Build and provision; ``done`` gets the replica as soon as it is ready, with a session of its
        browser where one is wanted. It is removed when it is ``over``."""
        images = self.build(progress, browser=browser)
        progress.stage(self.side, Message("starting"))
        with self.provision(images) as provisioned, ExitStack() as stack:
            session = self._session(provisioned) if browser else None  # while the product is still starting
            if session:
                stack.callback(session.close)
            provisioned.wait_until_ready()
            done.set_result((provisioned, session))
            over.wait()

    def build(self, progress: Progress, *, browser: bool = True) -> dict[str, Image]:
        """The images of product and browser, side by side, each a chain from shared to particular."""
        if given := self.ground.images.get(self.side):
            return dict(given)
        lineage = self.case.file.lineage(self.side)
        first = self.case.recipe(lineage[0])
        watched = states.needs_browser(first)  # the replica of the oldest, in which the seed is made
        images = self._built(self.environment, "context", progress, browser=browser or (watched and len(lineage) == 1))
        if not states.needed(lineage, first):
            return images
        older = [
            self._built(one, f"context-{number}", progress, browser=watched and number == 1)
            for number, one in enumerate(lineage[:-1], start=1)
        ]
        releases = [
            self._release(number, one, _of_states(there, browser=watched and number == 0))
            for number, (one, there) in enumerate(zip(lineage, [*older, images], strict=True))
        ]
        images |= self._states(releases, progress).images()
        return images if browser else _without_browser(images)

    def _built(self, environment: Environment, place: str, progress: Progress, *, browser: bool) -> dict[str, Image]:
        """The images of one set-up, side by side."""
        progress.stage(self.side, Message("rendering"))
        recipe, locked = self.case.recipe(environment), self._locked(environment)
        rendering = render(environment, recipe, locked, self.lock, self.registry)
        write_contexts(rendering, self.folder.side(self.side) / place)
        progress.stage(self.side, Message("building"))
        chains = {"product": rendering.server} | (
            {"browser": rendering.browser} if browser and rendering.browser else {}
        )
        chains |= {f"{OF_SERVICE}{name}": chain for name, chain in rendering.services.items()}
        chains |= {f"{OF_LINK}{name}": chain for name, chain in rendering.links.items()}
        images = {name: in_thread(partial(self._chain, name, chain, progress))[1] for name, chain in chains.items()}
        return {name: image.result() for name, image in images.items()}

    def _locked(self, environment: Environment) -> LockedEnvironment:
        return self.lock.environments[self.case.file.environments.index(environment)]

    def _release(self, number: int, environment: Environment, images: Mapping[str, Image]) -> states.Release:
        """A set-up of the lineage, the oldest of which has number 0."""
        recipe, exact = self.case.recipe(environment), self._locked(environment).exact(environment)
        unnamed = {ref.name: services.access(ref, "0" * 32) for ref in exact.server.services}
        given = case_secrets.variables(recipe, exact, Secrets(), self.ground.environ, unnamed)
        given |= case_secrets.of_seed(recipe, self.ground.environ)

        def start(images: Mapping[str, Image]) -> AbstractContextManager[Provisioned]:
            return self._provision(exact, recipe, images, f"{self.side}-{number}", behind_gate=True)

        return states.Release(environment=exact, recipe=recipe, images=images, digest=states.digest(given), start=start)

    def _states(self, lineage: Sequence[states.Release], progress: Progress) -> states.States:
        return states.States(
            lineage=lineage,
            engine=self.engine,
            cache=self.ground.cache,
            secrets=self.ground.secrets,
            folder=self.folder.side(self.side),
            say=partial(progress.stage, self.side),
            once=self.ground.prepared,
            environ=self.ground.environ,
        )

    def _chain(self, name: str, chain: tuple[Context, ...], progress: Progress, done: "Future[Image]") -> None:
        if top := built(self.engine, chain[-1].tag):
            return done.set_result(top)
        log = self.folder.side(self.side) / f"build-{name}.log"
        images = [build(self.engine, context, log=log, on_line=partial(progress.line, self.side)) for context in chain]
        return done.set_result(images[-1])

    def provision(self, images: Mapping[str, Image]) -> AbstractContextManager[Provisioned]:
        return self._provision(self.exact, self.case.recipe(self.environment), images, self.side)

    def _provision(
        self, exact: Environment, recipe: Recipe, images: Mapping[str, Image], name: str, *, behind_gate: bool = False
    ) -> AbstractContextManager[Provisioned]:
        secrets, folder = self.ground.secrets, self.folder.side(self.side)
        return provision(
            self.engine,
            exact,
            recipe,
            images=images,
            run_id=self.run_id,
            name=name,
            folder=folder / f"state-{name.rpartition('-')[2]}" if behind_gate else folder,
            variables=partial(case_secrets.variables, recipe, exact, secrets, self.ground.environ),
            secrets=secrets,
            environ=self.ground.environ,
            behind_gate=behind_gate,
            rules=[rule for path in self.case.file.gateways_of(exact) for rule in spec.gateway_file(path).data],
        )

    def _session(self, provisioned: Provisioned) -> Session:
        session = open_session(provisioned.replica, self.ground.secrets, self.ground.environ)
        if self.environment.client.browser.url:
            self.said = dict(session.driver.capabilities)
            lock.remember(self.ground.cache, self.environment, self.said)
        return session

    def replay(self, provisioned: Provisioned, session: Session, progress: Progress) -> Trace:
        scenario = self.case.scenario
        assert scenario is not None
        total = len(scenario.steps)

        def on_step(outcome: Outcome) -> None:
            what = outcome.description.get(self.lang, "")
            words = {"number": outcome.number, "total": total, "what": what}
            progress.stage(self.side, Message("step {number} of {total}: {what}", **words))

        started = datetime.now().astimezone()
        folder, self.began_s = self.folder.side(self.side), started.timestamp()
        trace = replay(
            scenario,
            provisioned.replica,
            folder,
            side=self.side,
            on_step=on_step,
            session=session,
            secrets=self.ground.secrets,
            environ=self.ground.environ,
            logged=provisioned.logged,
        )
        self.folder.write_network(trace, started)
        return trace

    def _unready(self, provisioned: Provisioned) -> ProductNotReady | None:
        """What kept the product from getting ready, where that is what a customer sees after the upgrade, too: then
        the scenario is replayed all the same. Before it, it is not the customer's product that was set up."""
        try:
            provisioned.wait_until_ready()
        except ProductNotReady as exc:
            if not self._is_seen(exc):
                raise
            return exc
        return None

    def _is_seen(self, exc: ProductNotReady) -> bool:
        return self.side == "after" and ending.is_seen(exc)

    def _judged(self, trace: Trace, provisioned: Provisioned, unready: ProductNotReady | None = None) -> Trace:
        """The trace, with a fault where engine or browser were gone at its end, or nothing ever passed
        between browser and product: names do not resolve then and nothing answers, which looks like
        a broken page."""
        requests = [one for one in trace.observations if isinstance(one, Request)]
        answered = any(one.status for one in requests)
        if not requests:  # nor can all browsers tell of any
            answered = any(one.outcome == "passed" for one in trace.outcomes)
        try:
            provisioned.verify()
            if trace.failed and not answered and unready is None:
                provisioned.verify_link()
            recipe, seen = self.case.recipe(self.environment), trace
            if trace.failed and (end := ending.of(trace, provisioned.product, self.exact, recipe, self.began_s)):
                trace = trace.model_copy(update={"observations": (*trace.observations, end)})
            if unready:
                trace = ending.noted(trace, unready)
            if trace is not seen:
                self.folder.write_trace(trace)
        except EngineError as exc:
            self.failure = exc
            return trace.model_copy(update={"fault": Fault(reason=Said.of(exc.what))})
        return trace

    def _not_begun(self, exc: HarnessError, seen: Sequence[Observation]) -> Trace:
        """What a customer sees of an upgrade in place that fails, or of a product that does not start: they do not even
        get to their first step."""
        scenario = self.case.scenario
        assert scenario is not None
        outcomes = [
            Outcome(number=step.number, action=step.action, description=describe(step), outcome="not-run")
            for step in scenario.steps
        ]
        failed = {"outcome": "failed", "reason": masking.said(Said.of(exc.what), self.ground.secrets)}
        outcomes[0] = outcomes[0].model_copy(update=failed)
        trace = Trace(side=self.side, browser="", outcomes=tuple(outcomes), observations=tuple(seen))
        self.folder.write_trace(trace)
        return trace

    def _without_replay(self, exc: HarnessError) -> Trace:
        fault = Fault(reason=masking.said(Said.of(exc.what), self.ground.secrets))
        return Trace(side=self.side, browser="", outcomes=(), fault=fault)


def _of_states(images: Mapping[str, Image], *, browser: bool) -> dict[str, Image]:
    """Those of a replica in which data are made: with nothing before the product."""
    there = images if browser else _without_browser(images)
    return {name: image for name, image in there.items() if not name.startswith(OF_LINK)}


def _without_browser(images: Mapping[str, Image]) -> dict[str, Image]:
    return {name: image for name, image in images.items() if name != "browser"}


@contextmanager
def side_by_side(sides: Mapping[Side, OneSide], progress: Progress) -> Iterator[dict[Side, Trace]]:
    """Both traces as soon as both are there; leaves when both replicas are removed. An error or
    an interruption removes all there is of the run at once."""
    started = {side: in_thread(partial(one.trace, progress)) for side, one in sides.items()}
    threads = [thread for thread, _ in started.values()]
    some = next(iter(sides.values()))
    with removed_at_once(some.engine, some.run_id, threads):
        yield {side: done.result() for side, (_, done) in started.items()}
        for thread in threads:
            thread.join()

"""The containers of one replica: started, watched and removed side by side."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from harness import masking
from harness.browsers import BROWSERS
from harness.client import certificates
from harness.engine import Engine
from harness.engine.containers import ContainerSpec, Running, gated, start
from harness.engine.waiting import Answer, wait_for_answer, wait_for_command, wait_for_greeting, wait_for_port
from harness.errors import EngineError, ProductNotReady, ReplicaError
from harness.language import Message
from harness.links import HOME, LINKS
from harness.masking import Secrets
from harness.model import Environment, File, Image, Ready, ServiceRef
from harness.model.links import REPLICA
from harness.replicas.crossings import Planned
from harness.replicas.followers import Follower
from harness.replicas.memory import SETTING
from harness.replicas.passwords import password_of
from harness.replicas.specs import Specs
from harness.services import Terms, terms

BROWSER_TIMEOUT_S = 60.0
LINK_TIMEOUT_S = 60.0
LOG_TIMEOUT_S = 1.0

Variables = Callable[[Mapping[str, Mapping[str, Any]]], Mapping[str, str]]
"""What a product is given when it runs, made of what its templates see of its ``services``."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One replica: ``prefix`` is the name of its network, and begins those of its containers."""

    engine: Engine
    run_id: str
    prefix: str
    isolated: bool
    folder: Path
    secrets: Secrets
    memory_bytes: int | None = None
    running: list[Running] = field(default_factory=list)
    followers: list[Follower] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def specs(self) -> Specs:
        return Specs(run_id=self.run_id, prefix=self.prefix, isolated=self.isolated, memory_bytes=self.memory_bytes)

    @property
    def log_path(self) -> Path:
        return self.folder / "server.log"

    def service_log_path(self, name: str) -> Path:
        return self.folder / f"service-{name}.log"

    def start_service(self, ref: ServiceRef, image: Image) -> tuple[Running, dict[str, Any]]:
        """Start a service and wait until it is ready; with what templates see of it. ReplicaError where it is
        not ready in time."""
        name, agreed, password = ref.name, terms(ref), password_of(self.engine, ref.name, image.tag)
        self.secrets.add(password, f"services.{name}.password")
        log_path = self.service_log_path(name)
        running = self._start(self.specs.service(name, image.tag, agreed.variables(password)), log_path)
        began = monotonic()
        answer = self._service_answer(agreed, running)
        if not answer.ready:
            raise self._not_ready(_why_no_service(name, answer, monotonic() - began), running, log_path)
        return running, agreed.access(password)

    def _service_answer(self, agreed: Terms, running: Running) -> Answer:
        """Wait until a service is ready in its own way."""
        ready, known = agreed.ref.ready, agreed.known
        if ready.command:
            run = partial(running.execute, *ready.command)
            return wait_for_command(run, timeout_s=ready.timeout_s, exit_code=running.exit_code, stop=self.stopping)
        there = running.address, agreed.port
        if known is None:
            return wait_for_port(there, timeout_s=ready.timeout_s, exit_code=running.exit_code, stop=self.stopping)
        return wait_for_greeting(
            there,
            hello=known.hello,
            ready=known.ready,
            timeout_s=ready.timeout_s,
            exit_code=running.exit_code,
            stop=self.stopping,
        )

    def start_product(
        self,
        image: Image,
        variables: Variables,
        services: "Mapping[str, Future[tuple[Running, dict[str, Any]]]]",
        *,
        behind_gate: bool = False,
        fronted: bool = False,
    ) -> Running:
        """Start the product when all services are ready; ReplicaError where one is not. ``behind_gate`` it waits
        until its gate is opened."""
        seen = {name: starting.result()[1] for name, starting in services.items()}
        spec = self.specs.product(image.tag, variables(seen), fronted=fronted)
        command = gated(self.engine, image.tag) if behind_gate else ()
        return self._start(replace(spec, command=command), self.log_path)

    def start_link(self, planned: Planned, image: Image) -> Running:
        """Start something between browser and product, and wait until it is ready. ReplicaError where it is not."""
        part, log_path = LINKS[planned.member], self.folder / f"link-{planned.member}.log"
        command = gated(self.engine, image.tag)
        running = self._start(self.specs.link(planned.member, image.tag, planned.crossing.name, command), log_path)
        running.put(part.files(planned.crossing), HOME)
        running.open_gate()
        port, path, status = part.ready
        answer = wait_for_answer(
            f"http://{running.address}:{port}{path}",
            status=status,
            text=None,
            timeout_s=LINK_TIMEOUT_S,
            exit_code=running.exit_code,
            stop=self.stopping,
        )
        if not answer.ready:
            what = Message("`link.{name}` did not get ready; last seen: {seen}", name=planned.member, seen=answer.seen)
            raise self._not_ready(what, running, log_path)
        return running

    def wait_for_product(self, starting: "Future[Running]", ready: Ready, port: int) -> float:
        """Seconds it took to answer as its recipe says; ProductNotReady where the product itself is why it did not,
        else ReplicaError."""
        product = starting.result()
        began = monotonic()
        answer = wait_for_answer(
            f"http://{product.address}:{port}{ready.path}",
            status=ready.status,
            text=ready.text,
            timeout_s=ready.timeout_s,
            exit_code=product.exit_code,
            stop=self.stopping,
        )
        if answer.ready:
            return monotonic() - began
        short = answer.exit_code is not None and product.out_of_memory()
        if short:
            what = Message("the product ran out of memory before it was ready")
            if self.memory_bytes is None:  # the customer's machine may have more
                raise ReplicaError(what, SETTING, log=self.masked(product.log_tail()))
        elif answer.exit_code is not None:
            what = Message("the product ended with exit code {code} before it was ready", code=answer.exit_code)
        else:
            what = Message(
                "the product did not get ready: {path} did not answer with status {status} within {seconds} s; "
                "last seen: {seen}",
                path=ready.path,
                status=ready.status,
                seconds=f"{ready.timeout_s:g}",
                seen=answer.seen,
            )
        error = self._not_ready(what, product, self.log_path)
        if answer.exit_code is None and answer.status is None:
            raise error
        raise ProductNotReady(
            what, error.advice, log=error.log, code=answer.exit_code, status=answer.status, short=short
        )

    def start_browser(self, environment: Environment, image: Image, authority: bytes = b"") -> Running:
        """Start the browser's driver and wait for it; the browser will trust what its client says, of which
        ``authority`` is the one that was made for this replica (PEM)."""
        browser = BROWSERS[environment.client.browser.name]
        running = self._start(self.specs.browser(image.tag, environment.client), None)
        self._trust(running, environment, authority)
        answer = wait_for_answer(
            f"http://{running.address}:{browser.port}/status",
            status=200,
            text='"ready":true',
            timeout_s=BROWSER_TIMEOUT_S,
            exit_code=running.exit_code,
            stop=self.stopping,
        )
        if not answer.ready:
            what = Message("the browser's driver did not answer; last seen: {seen}", seen=answer.seen)
            raise ReplicaError(what, log=running.log_tail())
        return running

    def _trust(self, running: Running, environment: Environment, authority: bytes) -> None:
        wanted, places = environment.client.certificates, certificates.places(environment.client)
        if not wanted:
            return
        if REPLICA in wanted and authority:
            running.put([File.of(REPLICA, authority)], certificates.FOLDER)
        there = [place for name, place in zip(wanted, places, strict=True) if name != REPLICA or authority]
        for command in BROWSERS[environment.client.browser.name].trusting(there):
            code, output = running.execute(*command)
            if code:
                raise ReplicaError(Message("the browser does not take a certificate: {why}", why=output.strip()))

    def remove(self) -> None:
        removing = [threading.Thread(target=running.remove) for running in self.running]
        for thread in removing:
            thread.start()
        for thread in removing:
            thread.join()
        for follower in self.followers:
            follower.join()

    def catch_up(self) -> None:
        """Wait until the logs hold what was printed until now."""
        with suppress(EngineError):  # whether the engine still answers is asked for itself
            for follower in self.followers:
                follower.catch_up(LOG_TIMEOUT_S)

    def masked(self, text: str) -> str:
        return masking.text(text, self.secrets)

    def _start(self, spec: ContainerSpec, log_path: Path | None) -> Running:
        running = start(self.engine, spec)
        self.running.append(running)
        if log_path:
            self.followers.append(Follower(running, log_path, self.masked))
        return running

    def _not_ready(self, what: Message, running: Running, log_path: Path) -> ReplicaError:
        advice = Message("see the product's log: {path}", path=log_path)
        return ReplicaError(what, advice, log=self.masked(running.log_tail()))


def _why_no_service(name: str, answer: Answer, seconds: float) -> Message:
    if answer.exit_code is not None:
        return Message(
            "the service {service} ended with exit code {code} before it was ready",
            service=name,
            code=answer.exit_code,
        )
    return Message(
        "the service {service} did not get ready within {seconds} s; last seen: {seen}",
        service=name,
        seconds=f"{seconds:.0f}",
        seen=answer.seen,
    )

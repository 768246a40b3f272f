"""provision: images to a running replica, its parts started side by side.

A replica is a private network (without a way out unless the file says so) with a
product container and, where asked for, a browser container.
"""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from harness.browsers import BROWSERS
from harness.engine import Engine
from harness.engine.containers import ContainerSpec, Running, network, start
from harness.engine.waiting import wait_for_answer
from harness.errors import EngineError, ReplicaError
from harness.language import Message
from harness.model import Environment, Image, Recipe, Replica

BROWSER_TIMEOUT_S = 60.0
BROWSER_SHARED_MEMORY_BYTES = 512 * 1024**2
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """A replica whose containers run; its product may still be on its way up."""

    replica: Replica
    product: Running
    browser: Running | None
    ready: "Future[float]"

    def wait_until_ready(self) -> float:
        """Seconds the product took to answer as its recipe says; ReplicaError where it did not."""
        return self.ready.result()

    def verify(self) -> None:
        """Whether what was seen can be the page's doing: EngineError where the engine does not
        answer, ReplicaError where the browser's container ended."""
        self.product.exit_code()  # a product that ended is the product's doing; an engine that ended is not
        if self.browser and (code := self.browser.exit_code()) is not None:
            raise ReplicaError(Message("the browser's container ended with exit code {code}", code=code))


@contextmanager
def provision(
    engine: Engine,
    environment: Environment,
    recipe: Recipe,
    *,
    product: Image,
    browser: Image | None,
    run_id: str,
    name: str,
    folder: Path,
) -> Iterator[Provisioned]:
    """Start a replica; leave ``server.log`` and ``containers.json`` in ``folder``.

    ``run_id`` labels what is started, ``name`` tells the replicas of one run apart.
    EngineError where the engine fails, ReplicaError where the browser does not start.
    Everything is removed at the end, side by side.
    """
    if not engine.routes:
        raise EngineError(
            Message("the containers of the engine at {endpoint} cannot be reached from here", endpoint=engine.endpoint),
            Message("run harness on the machine of the engine itself; Linux is needed there"),
        )
    folder.mkdir(parents=True, exist_ok=True)
    prefix = f"harness-{run_id}-{name}"
    internal = environment.link.egress == "deny"
    with ExitStack() as stack:
        stack.enter_context(network(engine, run_id=run_id, name=prefix, internal=internal))
        parts = _Parts(engine=engine, run_id=run_id, prefix=prefix, isolated=internal, log_path=folder / "server.log")
        stack.callback(parts.remove)
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=3, thread_name_prefix=prefix))
        stack.callback(parts.stopping.set)  # first of all, so that nobody waits for a product that must go
        starting = pool.submit(parts.start_product, product)
        ready = pool.submit(parts.wait_for_product, starting, recipe)
        seen = pool.submit(parts.start_browser, environment, browser) if browser else None
        provisioned = _provisioned(
            environment, recipe, parts, starting.result(), seen.result() if seen else None, ready
        )
        containers = [part.inspect() for part in parts.running]
        (folder / "containers.json").write_text(json.dumps(containers, indent=1), "utf-8")
        yield provisioned


def _provisioned(
    environment: Environment,
    recipe: Recipe,
    parts: "_Parts",
    product: Running,
    browser: Running | None,
    ready: "Future[float]",
) -> Provisioned:
    port = BROWSERS[environment.client.browser.name].port
    replica = Replica(
        run_id=parts.run_id,
        environment=environment,
        recipe=recipe,
        product_url=f"http://product:{recipe.port}",
        product_address=(product.address, recipe.port),
        webdriver_url=f"http://{browser.address}:{port}" if browser else "",
        network=parts.prefix,
        product_container=product.id,
        browser_container=browser.id if browser else "",
        log_path=parts.log_path,
    )
    return Provisioned(replica=replica, product=product, browser=browser, ready=ready)


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """The containers of one replica: started, watched and removed side by side."""

    engine: Engine
    run_id: str
    prefix: str
    isolated: bool
    log_path: Path
    running: list[Running] = field(default_factory=list)
    followers: list[threading.Thread] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def start_product(self, image: Image) -> Running:
        spec = ContainerSpec(
            run_id=self.run_id,
            role="product",
            name=f"{self.prefix}-product",
            image=image.tag,
            network=self.prefix,
            alias="product",
            isolated=self.isolated,
        )
        product = start(self.engine, spec)
        self.running.append(product)
        follower = threading.Thread(target=product.keep_log, args=(self.log_path,), name="server-log", daemon=True)
        self.followers.append(follower)
        follower.start()
        return product

    def wait_for_product(self, starting: "Future[Running]", recipe: Recipe) -> float:
        product = starting.result()
        ready, began = recipe.ready, monotonic()
        answer = wait_for_answer(
            f"http://{product.address}:{recipe.port}{ready.path}",
            status=ready.status,
            text=ready.text,
            timeout_s=ready.timeout_s,
            exit_code=product.exit_code,
            stop=self.stopping,
        )
        if answer.ready:
            return monotonic() - began
        if answer.exit_code is not None:
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
        raise ReplicaError(what, Message("see the product's log: {path}", path=self.log_path), log=product.log_tail())

    def start_browser(self, environment: Environment, image: Image) -> Running:
        browser = BROWSERS[environment.client.browser.name]
        spec = ContainerSpec(
            run_id=self.run_id,
            role="browser",
            name=f"{self.prefix}-browser",
            image=image.tag,
            network=self.prefix,
            alias="browser",
            isolated=self.isolated,
            environment=browser.environment(environment.client),
            seccomp=(TEMPLATES / browser.seccomp).read_text("utf-8") if browser.seccomp else None,
            shared_memory_bytes=BROWSER_SHARED_MEMORY_BYTES,
        )
        running = start(self.engine, spec)
        self.running.append(running)
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

    def remove(self) -> None:
        removing = [threading.Thread(target=running.remove) for running in self.running]
        for thread in removing:
            thread.start()
        for thread in [*removing, *self.followers]:
            thread.join()

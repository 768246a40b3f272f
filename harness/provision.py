"""provision: images to a running replica, its parts started side by side.

A replica is a private network (without a way out unless the file says so) with a
product container, one for each service that it has, one for each thing that stands between it and the browser, and,
where asked for, a browser container.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from harness import masking
from harness.browsers import BROWSERS
from harness.engine import Engine
from harness.engine import images as engine_images
from harness.engine.containers import Running, network
from harness.errors import EngineError, ReplicaError
from harness.language import Message
from harness.masking import Secrets
from harness.model import Environment, Image, Recipe, Replica
from harness.model.lock import LINKS as OF_LINK
from harness.model.lock import SERVICES as OF_SERVICE
from harness.replicas.crossings import Crossings, crossings
from harness.replicas.parts import Parts, Variables
from harness.replicas.reaching import ADVICE, reach
from harness.replicas.specs import PRODUCT

LINK_TIMEOUT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """A replica whose containers run; its product may still be on its way up."""

    replica: Replica
    product: Running
    browser: Running | None
    ready: Callable[[], float]
    services: Mapping[str, Running] = field(default_factory=dict)
    links: Mapping[str, Running] = field(default_factory=dict)
    between: Crossings = field(default_factory=Crossings)
    logged: Callable[[], None] = lambda: None  # wait until the logs hold what was printed until now

    def wait_until_ready(self) -> float:
        """Seconds the product took to answer as its recipe says; ProductNotReady where the product itself is why it did
        not, else ReplicaError."""
        return self.ready()

    def verify(self) -> None:
        """Whether what was seen can be the page's doing: EngineError where the engine does not
        answer, ReplicaError where the browser's container ended, or a service's."""
        self.product.exit_code()  # a product that ended is the product's doing; an engine that ended is not
        if self.browser and (code := self.browser.exit_code()) is not None:
            raise ReplicaError(Message("the browser's container ended with exit code {code}", code=code))
        for name, service in self.services.items():
            if (code := service.exit_code()) is not None:
                raise ReplicaError(
                    Message("the service {service} ended with exit code {code}", service=name, code=code)
                )
        for name, link in self.links.items():
            if (code := link.exit_code()) is not None:
                raise ReplicaError(Message("`link.{name}` ended with exit code {code}", name=name, code=code))

    def verify_link(self) -> None:
        """Whether no answer at all can be the product's doing: ReplicaError where it takes connections
        from here and not from the browser's container, which is the engine's network, or not from a browser
        that runs elsewhere."""
        host, port = self.replica.entrance
        try:
            socket.create_connection((host, port), LINK_TIMEOUT_S).close()
        except OSError:
            return  # the product takes none at all
        if self.replica.environment.client.browser.url:
            raise ReplicaError(
                Message(
                    "the browser elsewhere got no answer of the product at {url}; `product_host` in the file is how it "
                    "reaches this machine",
                    url=self.replica.product_url,
                ),
                ADVICE,
            )
        connect = f"exec 3<>/dev/tcp/{PRODUCT}/{port}"
        if self.browser and self.browser.execute("timeout", f"{LINK_TIMEOUT_S:g}", "bash", "-c", connect)[0]:
            raise ReplicaError(
                Message("the network of the engine passes nothing from the browser to the product"),
                Message("`harness doctor` looks at the engine; another firewall or engine may be in the way"),
            )


@contextmanager
def provision(
    engine: Engine,
    environment: Environment,
    recipe: Recipe,
    *,
    images: Mapping[str, Image],
    run_id: str,
    name: str,
    folder: Path,
    variables: Variables | None = None,
    secrets: Secrets | None = None,
    environ: Mapping[str, str] = os.environ,
    behind_gate: bool = False,
    rules: Sequence[Mapping[str, Any]] = (),
) -> Iterator[Provisioned]:
    """Start a replica; leave ``server.log``, ``service-*.log`` and ``containers.json`` in ``folder``.

    ``images`` has ``product``, one for each service and link, and ``browser`` where that is wanted. ``environ`` has
    what passwords refer to, ``rules`` are those of its gateways. ``behind_gate`` nothing stands before the product.
    ``run_id`` labels what is started, ``name`` tells the replicas of one run apart. The product starts when
    its services are ready. It is given ``variables`` beside those of its image, and waits ``behind_gate``
    where commands are to be run in its container first; ``secrets`` are kept out of the files.
    EngineError where the engine fails, ReplicaError where the browser does not start, or a service; InputError
    where neither the recipe nor the image says which port is the product's.
    Everything is removed at the end, side by side.
    """
    if not engine.routes:
        raise EngineError(
            Message("the containers of the engine at {endpoint} cannot be reached from here", endpoint=engine.endpoint),
            Message("run harness on the machine of the engine itself; Linux is needed there"),
        )
    folder.mkdir(parents=True, exist_ok=True)
    prefix = f"harness-{run_id}-{name}".replace("/", "-")
    internal = environment.link.egress == "deny"
    with ExitStack() as stack:
        stack.enter_context(network(engine, run_id=run_id, name=prefix, internal=internal))
        parts = Parts(
            engine=engine,
            run_id=run_id,
            prefix=prefix,
            isolated=internal,
            folder=folder,
            secrets=Secrets() if secrets is None else secrets,
            memory_bytes=environment.server.memory_bytes,
        )
        stack.callback(parts.remove)
        wanted = environment.server.services
        port = recipe.port or engine_images.exposed_port(engine, images["product"].tag)
        between = Crossings(port=port) if behind_gate else crossings(environment, port, parts.secrets, environ, rules)
        workers = 3 + len(wanted) + len(between.planned)
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=workers, thread_name_prefix=prefix))
        stack.callback(parts.stopping.set)  # first of all, so that nobody waits for a product that must go
        attending: dict[str, Future[tuple[Running, dict[str, Any]]]] = {
            ref.name: pool.submit(parts.start_service, ref, images[f"{OF_SERVICE}{ref.name}"]) for ref in wanted
        }
        give = variables or (lambda services: {})
        fronted = bool(between.before_product)
        starting = pool.submit(
            parts.start_product, images["product"], give, attending, behind_gate=behind_gate, fronted=fronted
        )
        crossing = {
            one.member: pool.submit(parts.start_link, one, images[f"{OF_LINK}{one.member}"]) for one in between.planned
        }
        wait = partial(parts.wait_for_product, starting, recipe.ready, port)
        ready = wait if behind_gate else pool.submit(wait).result
        browser = images.get("browser")
        seen = pool.submit(parts.start_browser, environment, browser, between.authority) if browser else None
        listening = starting.result(), port
        first = crossing[between.before_product[0].member].result() if fronted else starting.result()
        replica = _replica(environment, recipe, parts, listening, seen.result() if seen else None)
        entrance, url, problem = (first.address, between.port), f"{between.scheme}://{PRODUCT}:{between.port}", None
        if environment.client.browser.url:
            reached = reach(environment.client, between.scheme, entrance, stack, environ)
            url, problem = reached.url or url, reached.problem
        provisioned = Provisioned(
            replica=replace(
                replica,
                product_url=url,
                unreachable=problem,
                entrance=entrance,
                way=between.way,
            ),
            product=starting.result(),
            browser=seen.result() if seen else None,
            ready=ready,
            services={name: attended.result()[0] for name, attended in attending.items()},
            links={name: crossed.result() for name, crossed in crossing.items()},
            between=between,
            logged=parts.catch_up,
        )
        containers = masking.json_value([part.inspect() for part in parts.running], parts.secrets)
        (folder / "containers.json").write_text(json.dumps(containers, indent=1), "utf-8")
        yield provisioned


def _replica(
    environment: Environment,
    recipe: Recipe,
    parts: Parts,
    listening: tuple[Running, int],
    browser: Running | None,
) -> Replica:
    product, product_port = listening
    port = BROWSERS[environment.client.browser.name].port
    return Replica(
        run_id=parts.run_id,
        environment=environment,
        recipe=recipe,
        product_url=f"http://{PRODUCT}:{product_port}",
        product_address=(product.address, product_port),
        entrance=(product.address, product_port),
        webdriver_url=f"http://{browser.address}:{port}" if browser else "",
        network=parts.prefix,
        product_container=product.id,
        browser_container=browser.id if browser else "",
        log_path=parts.log_path,
        service_logs={ref.name: parts.service_log_path(ref.name) for ref in environment.server.services},
    )

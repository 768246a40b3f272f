"""Networks and containers of a replica, hardened and labelled; life cycle by Testcontainers."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from harness.engine.client import Engine
from harness.engine.owner import labels
from harness.errors import EngineError
from harness.language import Message

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

_decision = Lock()


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """What to start. Everything a stranger's code does not need is taken away by ``start``."""

    run_id: str
    role: str  # "product", "browser"
    name: str
    image: str
    network: str  # name
    alias: str  # host name inside the network
    environment: Mapping[str, str] = field(default_factory=dict)
    seccomp: str | None = None  # JSON of a seccomp profile; the engine's default without it
    memory_bytes: int = 2 * 1024**3
    processes: int = 512
    cpus: float = 2.0
    shared_memory_bytes: int = 64 * 1024**2
    isolated: bool = True  # nothing outside answers: a name that is not of its network is given up soon


@dataclass(frozen=True, kw_only=True)
class Running:
    """A started container."""

    id: str
    name: str
    address: str  # IP address in its network
    container: "DockerContainer"

    def exit_code(self) -> int | None:
        """None while it runs."""
        state = _state(self.container)
        return None if state["Running"] else int(state["ExitCode"])

    def log_tail(self, lines: int = 40) -> str:
        """The end of what it printed."""
        wrapped = self.container.get_wrapped_container()
        with _translated(Message("the engine did not give the log of {name}", name=self.name)):
            return b"".join(wrapped.logs(tail=lines, stream=True, follow=False)).decode("utf-8", "replace")

    def keep_log(self, path: Path) -> None:
        """Write what it prints to ``path`` as it comes, `<RFC 3339 time> <text>` a line, until
        it ends or is removed."""
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        wrapped = self.container.get_wrapped_container()
        with path.open("wb", buffering=0) as log, suppress(DockerException, RequestException):
            for chunk in wrapped.logs(stream=True, follow=True, timestamps=True):
                log.write(chunk)

    def inspect(self) -> dict[str, Any]:
        """The engine's own description of the container."""
        wrapped = self.container.get_wrapped_container()
        wrapped.reload()
        attributes: dict[str, Any] = wrapped.attrs
        return attributes

    def remove(self) -> None:
        """Stop and remove it with its anonymous volumes; it may be gone already."""
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        with suppress(DockerException, RequestException):
            self.container.stop(force=True, delete_volume=True)


@contextmanager
def network(engine: Engine, *, run_id: str, name: str, internal: bool) -> Iterator[str]:
    """A bridge network of its own, without a way out where ``internal``; yields its name."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    _testcontainers(engine)
    from testcontainers.core.network import Network

    settings = {"driver": "bridge", "internal": internal, "labels": labels(run_id, "network")}
    made = Network(docker_client_kw=_client(engine), docker_network_kw=settings)
    made.name = name
    with _translated(Message("the engine could not make the network {name}", name=name)):
        made.create()
    try:
        yield name
    finally:
        with suppress(DockerException, RequestException):
            made.remove()


def start(engine: Engine, spec: ContainerSpec) -> Running:
    """Create and start a container: no capabilities, no new privileges, limits on memory,
    processes and CPU, no published port. EngineError where the engine refuses."""
    _testcontainers(engine)
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.network import Network

    security = ["no-new-privileges:true"] + ([f"seccomp={spec.seccomp}"] if spec.seccomp else [])
    joined = Network(docker_client_kw=_client(engine))
    joined.name = spec.network
    container = (
        DockerContainer(spec.image, docker_client_kw=_client(engine))
        .with_name(spec.name)
        .with_envs(**spec.environment)
        .with_network(joined)
        .with_network_aliases(spec.alias)
        .with_kwargs(
            labels=labels(spec.run_id, spec.role),
            hostname=spec.alias,
            cap_drop=["ALL"],
            security_opt=security,
            mem_limit=spec.memory_bytes,
            memswap_limit=spec.memory_bytes,
            pids_limit=spec.processes,
            nano_cpus=int(min(spec.cpus, os.cpu_count() or 1) * 1e9),
            shm_size=spec.shared_memory_bytes,
            dns_opt=["timeout:1", "attempts:1"] if spec.isolated else None,
        )
    )
    with _translated(Message("the engine could not start the {role} container", role=spec.role)):
        try:
            container.start()
            wrapped = container.get_wrapped_container()
            wrapped.reload()
        except BaseException:
            container.stop(force=True)  # a container that was created but did not start
            raise
    address = wrapped.attrs["NetworkSettings"]["Networks"][spec.network]["IPAddress"]
    return Running(id=str(wrapped.id), name=spec.name, address=address, container=container)


def _state(container: "DockerContainer") -> dict[str, Any]:
    wrapped = container.get_wrapped_container()
    with _translated(Message("the engine did not say how the container is")):
        wrapped.reload()
    state: dict[str, Any] = wrapped.attrs["State"]
    return state


def _client(engine: Engine) -> dict[str, Any]:
    return {"environment": {**os.environ, "DOCKER_HOST": engine.endpoint}}


def _testcontainers(engine: Engine) -> None:
    """Let Testcontainers use its reaper only where the reaper's image is there already."""
    from docker.errors import DockerException
    from testcontainers.core.config import testcontainers_config

    with _decision:
        if testcontainers_config._ryuk_disabled is not None:
            return
        try:
            engine.client.images.get(testcontainers_config.ryuk_image)
        except DockerException:
            testcontainers_config.ryuk_disabled = True
        else:
            testcontainers_config.ryuk_disabled = False


@contextmanager
def _translated(what: Message) -> Iterator[None]:
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as exc:
        advice = Message("the engine said: {error}", error=str(exc))
        raise EngineError(what, advice) from exc

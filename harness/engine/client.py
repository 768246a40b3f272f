"""Finding the container engine and speaking to it: whatever answers the Docker API."""

import contextlib
import hashlib
import ipaddress
import json
import math
import os
import platform
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import EngineError, HarnessError
from harness.language import Message

if TYPE_CHECKING:
    import docker
    from docker.tls import TLSConfig

CONNECTIONS = 32  # kept open to the engine
CALL_TIMEOUT_S = 60  # of one request; waiting, building and pulling have their own


class Engine:
    """A container engine that answered. What takes another question is asked when it is wanted."""

    def __init__(self, *, client: "docker.DockerClient", endpoint: str, version: Mapping[str, Any]) -> None:
        components = {str(part.get("Name", "")) for part in version.get("Components") or ()}
        self.client = client
        self.calls: Any = client.api  # the SDK's plain requests, of which its types say too little
        self.endpoint = endpoint  # URL
        self.kind = "podman" if any(name.startswith("Podman") for name in components) else "docker"
        self.version = str(version.get("Version", ""))
        self.api = str(client.api.api_version)

    @cached_property
    def info(self) -> dict[str, Any]:
        """What ``docker info`` shows."""
        with translated(Message("the engine did not describe itself")):
            info: dict[str, Any] = self.client.info()
        return info

    @property
    def storage_driver(self) -> str:
        return str(self.info.get("Driver", ""))

    @cached_property
    def local(self) -> bool:
        """Whether the engine runs on this very machine, its containers under our kernel and as root."""
        if platform.system() != "Linux" or not self.endpoint.startswith("unix://"):
            return False
        options = [str(option) for option in self.info.get("SecurityOptions") or ()]
        rootless = any("rootless" in option for option in options) or bool(self.info.get("Rootless"))
        return not rootless and self.info.get("OperatingSystem") != "Docker Desktop"

    @cached_property
    def routes(self) -> bool:
        """Whether this process reaches container addresses."""
        return self.local and (self.bridge_address is not None or self.info.get("Name") == socket.gethostname())

    @cached_property
    def bridge_address(self) -> str | None:
        """Our own address on the engine's default bridge, by which containers reach this machine."""
        import psutil
        from docker.errors import NotFound

        try:
            with translated(Message("the engine did not describe its bridge")):
                network = self.calls.inspect_network("bridge" if self.kind == "docker" else "podman")
        except EngineError as exc:
            if isinstance(exc.__cause__, NotFound):
                return None
            raise
        subnets = [ipaddress.ip_network(row["Subnet"]) for row in network["IPAM"]["Config"] or () if row.get("Subnet")]
        ours = [address.address for addresses in psutil.net_if_addrs().values() for address in addresses]
        for text in ours:
            with contextlib.suppress(ValueError):
                address = ipaddress.ip_address(text)
                if any(address in subnet for subnet in subnets):
                    return text
        return None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where an engine may answer, and where we know that from."""

    url: str
    origin: str
    certificates: Path | None = None  # folder with ca.pem, cert.pem and key.pem


def connect(timeout_s: float = 5) -> Engine:
    """The engine of ``DOCKER_HOST``, of the current Docker context, or behind a usual socket.

    EngineError, with what to do, where none answers within ``timeout_s``.
    """
    import docker
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    tried = []
    for endpoint in endpoints(os.environ, Path.home()):
        try:
            client = docker.DockerClient(
                base_url=endpoint.url,
                version="auto",
                timeout=math.ceil(timeout_s),
                tls=_tls(endpoint.certificates),
                max_pool_size=CONNECTIONS,
                use_ssh_client=endpoint.url.startswith("ssh://"),
            )
            version = client.version()
        except (DockerException, RequestException, OSError, ValueError) as exc:
            tried.append((endpoint, _cause(exc)))
            continue
        client.api.timeout = CALL_TIMEOUT_S
        return Engine(client=client, endpoint=endpoint.url, version=version)
    raise _no_engine(tried)


def endpoints(environment: Mapping[str, str], home: Path) -> tuple[Endpoint, ...]:
    """Where to look, the likeliest first. A place that somebody named is the only one."""
    if host := environment.get("DOCKER_HOST"):
        folder = environment.get("DOCKER_CERT_PATH") or str(home / ".docker")
        tls = Path(folder) if environment.get("DOCKER_TLS_VERIFY") else None
        return (Endpoint(url=host, origin="DOCKER_HOST", certificates=tls),)
    if context := _context(environment, home):
        return (context,)
    if platform.system() == "Windows":
        return (Endpoint(url="npipe:////./pipe/docker_engine", origin="pipe"),)
    runtime = environment.get("XDG_RUNTIME_DIR")
    sockets = [
        Path("/var/run/docker.sock"),
        *([Path(runtime) / "docker.sock"] if runtime else []),
        home / ".docker" / "run" / "docker.sock",
        home / ".docker" / "desktop" / "docker.sock",
        Path("/run/podman/podman.sock"),
        *([Path(runtime) / "podman" / "podman.sock"] if runtime else []),
    ]
    return tuple(Endpoint(url=f"unix://{path}", origin="socket") for path in sockets if path.is_socket())


def chosen(environment: Mapping[str, str], home: Path) -> str | None:
    """What names an engine, ``DOCKER_HOST`` or a context, where something does; then no other may take its place."""
    if environment.get("DOCKER_HOST"):
        return "DOCKER_HOST"
    context = _context(environment, home)
    return context.origin if context else None


def _context(environment: Mapping[str, str], home: Path) -> Endpoint | None:
    """The current context of the Docker command, unless it is the default one."""
    folder = Path(environment.get("DOCKER_CONFIG") or home / ".docker")
    name = environment.get("DOCKER_CONTEXT") or _json(folder / "config.json").get("currentContext")
    if not name or name == "default":
        return None
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = _json(folder / "contexts" / "meta" / key / "meta.json")
    url = meta.get("Endpoints", {}).get("docker", {}).get("Host")
    if not url:
        raise EngineError(
            Message("the Docker context {name} does not exist", name=name),
            Message("choose one with `docker context use`, or unset DOCKER_CONTEXT"),
        )
    tls = folder / "contexts" / "tls" / key / "docker"
    return Endpoint(url=url, origin=f"context {name}", certificates=tls if tls.is_dir() else None)


def _tls(folder: Path | None) -> "TLSConfig | bool":
    if folder is None:
        return False
    from docker.tls import TLSConfig

    pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
    return TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=True)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _cause(exc: BaseException) -> BaseException:
    """The innermost reason, which says most."""
    seen = {id(exc)}
    while (inner := exc.__cause__ or exc.__context__ or _inner(exc)) is not None and id(inner) not in seen:
        seen.add(id(inner))
        exc = inner
    return exc


def _inner(exc: BaseException) -> BaseException | None:
    return next((arg for arg in exc.args if isinstance(arg, BaseException)), None)


def _no_engine(tried: list[tuple[Endpoint, BaseException]]) -> EngineError:
    if not tried:
        return EngineError(
            Message("no container engine was found: no DOCKER_HOST, no Docker context, no socket of Docker or Podman"),
            Message("run `harness doctor --fix`"),
        )
    endpoint, why = tried[0]
    if isinstance(why, PermissionError):
        return EngineError(
            Message("this user may not use the container engine at {endpoint}", endpoint=endpoint.url),
            Message("run as root, or add the user to the group of the socket (`docker`) and log in again"),
        )
    rows = "; ".join(f"{place.url} ({place.origin}): {reason}" for place, reason in tried)
    return EngineError(
        Message("no container engine answers: {tried}", tried=rows),
        Message("run `harness doctor --fix`"),
    )


@contextlib.contextmanager
def translated(what: Message, error: type[HarnessError] = EngineError) -> Iterator[None]:
    """Turn what the Docker SDK and its transport raise into ``error``; a full disk is an EngineError."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (DockerException, RequestException, HTTPError, ConnectionError) as exc:
        raise failure(what, str(getattr(exc, "explanation", None) or exc), error) from exc


def failure(what: Message, said: str, error: type[HarnessError] = EngineError) -> HarnessError:
    """Our error for what the engine said."""
    return disk_full(said) or error(what, Message("the engine said: {said}", said=said))


def disk_full(said: str) -> EngineError | None:
    """The error for a full disk, if that is what the engine said."""
    if "no space left on device" not in said.lower():
        return None
    return EngineError(
        Message("the engine's disk is full: {said}", said=said),
        Message("run `harness clean --images`, or give the engine's data folder more room"),
    )

"""Networks and containers of a replica, hardened and labelled; life cycle by Testcontainers."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from harness.engine import images
from harness.engine.archive import tar
from harness.engine.client import Engine
from harness.engine.owner import labels
from harness.errors import EngineError
from harness.language import Message

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

    from harness.model import File

LINE_BYTES = 64 << 10  # of a log, at least; of a longer line no more is kept
OVERLAP_BYTES = 64 << 10  # no spelling of a secret is longer
MEMORY_BYTES = 2 * 1024**3  # of a container of which nothing else is said
KILLED = 128 + 9  # the exit code of what SIGKILL ended
STOP_S = 3  # that a container has to end
ASKED = 5  # times for an answer that may get lost
GATE = "/tmp/.harness-gate"
SECCOMP = "seccomp="
CUT = " … (the rest of this line was left out)\n"

_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d) ")
_OOM_FILES = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")  # of cgroup v2, and of v1
_OOM_KILLS = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_decision = Lock()


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """What to start. Everything a stranger's code does not need is taken away by ``start``."""

    run_id: str
    role: str  # "product", "browser", "service"
    name: str
    image: str
    network: str  # name
    alias: str  # host name inside the network
    environment: Mapping[str, str] = field(default_factory=dict)
    seccomp: str | None = None  # JSON of a seccomp profile; the engine's default without it
    memory_bytes: int = MEMORY_BYTES
    processes: int = 512
    cpus: float = 2.0
    shared_memory_bytes: int = 64 * 1024**2
    command: tuple[str, ...] = ()  # in place of that of the image
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

    def ended_at(self) -> str:
        """RFC 3339; what the engine says of one that runs is no time of it."""
        return str(_state(self.container)["FinishedAt"])

    def out_of_memory(self) -> bool:
        """Whether the kernel ended it, or a process in it, because its memory was used up.

        Engines miss that now and then, so that one that was killed, and by nobody in it, counts too: what a container
        begins with cannot be killed from inside (pid_namespaces(7)). EngineError.
        """
        error: EngineError | None = None
        for _ in range(ASKED):
            state = _state(self.container)
            if state.get("OOMKilled") or not state["Running"]:
                return bool(state.get("OOMKilled")) or state["ExitCode"] == KILLED
            try:
                counts = _OOM_KILLS.findall(self.execute("cat", *_OOM_FILES, user="root")[1])
            except EngineError as exc:  # it may be ending just now
                error = exc
                continue
            if counts:
                return any(map(int, counts))
        if error:
            raise error
        return False  # nor does every kernel count

    def log_tail(self, lines: int | Literal["all"] = 40) -> str:
        """The end of what it printed, or all of it."""
        wrapped = self.container.get_wrapped_container()
        with _translated(Message("the engine did not give the log of {name}", name=self.name)):
            return b"".join(wrapped.logs(tail=lines, stream=True, follow=False)).decode("utf-8", "replace")

    def execute(self, *command: str, user: str = "") -> tuple[int, str]:
        """Run a command in it to its end, as the image's user or another: exit code, and both streams
        in one, as the engine mixes them. EngineError where the container has ended or the engine refuses."""
        wrapped = self.container.get_wrapped_container()
        with _translated(Message("the engine could not run a command in {name}", name=self.name)):
            code, output = wrapped.exec_run(list(command), user=user)
        assert isinstance(output, bytes)  # it is an iterator where one is asked for
        return int(code or 0), output.decode("utf-8", "replace")

    def open_gate(self) -> None:
        """Let one that was started with ``gated`` become what it is for. EngineError as ``execute``."""
        self.execute("sh", "-c", f"until [ -p {GATE} ]; do :; done; : > {GATE}")

    def put(self, files: Iterable["File"], to: str) -> None:
        """Copy files into a folder of it, for its user, who also gets the folder where it is not there. EngineError
        where the engine refuses."""
        owner = self._id("-u"), self._id("-g")
        there = PurePosixPath(to)
        while there.name and self.execute("test", "-d", str(there))[0]:
            there = there.parent
        below = PurePosixPath(to).relative_to(there)
        placed = [replace(file, path=str(below / file.path)) for file in files]
        wrapped = self.container.get_wrapped_container()
        with _translated(Message("the engine did not copy files to {path} of {name}", path=to, name=self.name)):
            content: Any = tar(placed, owner=owner)  # as it is sent: a dump may be large
            wrapped.put_archive(str(there), content)

    def _id(self, option: str) -> int:
        """A number of its user. An engine that is busy may lose the answer of a command that ends at once."""
        for _ in range(ASKED):
            if (said := self.execute("id", option)[1].strip()).isdecimal():
                return int(said)
        raise EngineError(Message("the engine could not run a command in {name}", name=self.name))

    def folder(self, path: str) -> Iterator[bytes]:
        """A tar of a folder in it; the folder's own name begins each path. EngineError where there is none."""
        wrapped = self.container.get_wrapped_container()
        with _translated(Message("the engine did not give {path} of {name}", path=path, name=self.name)):
            yield from wrapped.get_archive(path)[0]

    def stop(self) -> None:
        """Ask it to end, and end it where it does not. EngineError where the engine fails."""
        wrapped = self.container.get_wrapped_container()
        with _translated(Message("the engine did not stop {name}", name=self.name)):
            wrapped.stop(timeout=STOP_S)

    def newest_line_at(self) -> bytes:
        """When the engine got the newest line that it printed, as RFC 3339 with nine digits; empty where there is
        none. EngineError."""
        wrapped = self.container.get_wrapped_container()
        with _translated(Message("the engine did not give the log of {name}", name=self.name)):
            stamp = _STAMP.match(b"".join(wrapped.logs(tail=1, timestamps=True, stream=True, follow=False)))
        return stamp[0].strip() if stamp else b""

    def keep_log(
        self, path: Path, mask: Callable[[str], str] = str, kept: Callable[[bytes], None] = lambda at: None
    ) -> None:
        """Write what it prints to ``path`` as it comes, `<RFC 3339 time> <text>` a line, until
        it ends or is removed; ``mask`` takes out of a line what must not be kept. Of a line that is longer
        than ``LINE_BYTES`` the end is left out, so that memory is bounded. ``kept`` is told of each line when the
        engine got it."""
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        wrapped = self.container.get_wrapped_container()
        with path.open("wb", buffering=0) as log, suppress(DockerException, RequestException):
            for line, whole in _lines(wrapped.logs(stream=True, follow=True, timestamps=True)):
                log.write(_kept(line, whole, mask))
                if stamp := _STAMP.match(line):
                    kept(stamp[0].strip())

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


def gated(engine: Engine, image: str) -> tuple[str, ...]:
    """A command that waits for ``open_gate``, and then becomes that of the image. EngineError."""
    return "sh", "-c", f'mkfifo {GATE} && read -r _ < {GATE}; exec "$@"', "sh", *images.command(engine, image)


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


def restrictions(spec: ContainerSpec) -> dict[str, Any]:
    """What a container may do and use, and what it is called in its network, as docker-py's ``run`` takes it."""
    return {
        "hostname": spec.alias,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"] + ([f"{SECCOMP}{spec.seccomp}"] if spec.seccomp else []),
        "mem_limit": spec.memory_bytes,
        "memswap_limit": spec.memory_bytes,
        "pids_limit": spec.processes,
        "nano_cpus": int(min(spec.cpus, os.cpu_count() or 1) * 1e9),
        "shm_size": spec.shared_memory_bytes,
        "dns_opt": ["timeout:1", "attempts:1"] if spec.isolated else None,
    }


def start(engine: Engine, spec: ContainerSpec) -> Running:
    """Create and start a container: no capabilities, no new privileges, limits on memory,
    processes and CPU, no published port. EngineError where the engine refuses."""
    _testcontainers(engine)
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.network import Network

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
            entrypoint=list(spec.command) or None,
            **restrictions(spec),
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


def _lines(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Lines, each with its end where it has one, and whether it is whole: no more of a line than
    ``LINE_BYTES + OVERLAP_BYTES`` is kept."""
    line, whole = bytearray(), True
    for chunk in chunks:
        for piece in re.split(rb"(?<=\n)", chunk):
            room = LINE_BYTES + OVERLAP_BYTES - len(line)
            line += piece[:room]
            whole = whole and len(piece) <= room
            if piece.endswith(b"\n"):
                yield _one(bytes(line)), whole
                line, whole = bytearray(), True
    if line:
        yield _one(bytes(line)), whole


def _one(line: bytes) -> bytes:
    """A line as it was printed: the engine sends one of more than 16 KiB in parts, each with the time of the first."""
    stamp = _STAMP.match(line)
    return stamp[0] + line[stamp.end() :].replace(stamp[0], b"") if stamp else line


def _kept(line: bytes, whole: bool, mask: Callable[[str], str]) -> bytes:
    """What is kept of a line: without secrets, nor half of one where it was cut."""
    text = mask(line.decode("utf-8", "surrogateescape"))
    return (text if whole else text[:-OVERLAP_BYTES] + CUT).encode("utf-8", "surrogateescape")


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

"""Starting a Docker daemon that outlives us, and waiting until it answers."""

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

from harness.engine.locks import only_one
from harness.engine.owner import start_of
from harness.engine.polling import until
from harness.engine.process import detach, found, run
from harness.errors import EngineError
from harness.language import Message

START_S = 90
LOG_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """Where a Docker daemon keeps its things; the defaults are dockerd's own."""

    socket: Path = Path("/var/run/docker.sock")
    pid_file: Path = Path("/var/run/docker.pid")
    exec_root: Path = Path("/var/run/docker")
    log: Path = Path("/var/log/harness-dockerd.log")
    arguments: tuple[str, ...] = ()  # more of them


def answers(path: Path, timeout_s: float = 5) -> bool:
    """Whether an engine speaks HTTP behind a socket."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        connection.connect(str(path))
        connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        return b" 200 " in connection.recv(64)
    return False


def start(daemon: Daemon, *, timeout_s: float = START_S) -> None:
    """Start dockerd, unless it runs, and wait until it answers. EngineError, with its log, where it does not."""
    if answers(daemon.socket):
        return
    # each of two would take the pid file of the other for a dead one's, and its socket for its own
    with only_one("dockerd", folder=daemon.pid_file.parent):
        _start(daemon, timeout_s)


def _start(daemon: Daemon, timeout_s: float) -> None:
    if answers(daemon.socket):  # somebody else has started it meanwhile
        return
    if Path("/run/systemd/system").is_dir() and not daemon.arguments:
        _start_by_systemd()
        pid = None
    else:
        pid = _running(daemon.pid_file, "dockerd") or _start_detached(daemon)

    def decided() -> bool:
        # Ours may have given way to one that somebody else started: then that one is waited for.
        gone = pid is not None and start_of(pid) is None and _running(daemon.pid_file, "dockerd") is None
        return answers(daemon.socket) or gone

    until(decided, timeout_s)
    if not answers(daemon.socket):
        raise EngineError(
            Message("the Docker daemon does not answer at {socket}", socket=daemon.socket),
            Message("it said at last:\n{log}", log=_end_of(daemon.log) if pid else _journal()),
        )


def installed() -> bool:
    """Whether the daemon is here; its client alone is no engine."""
    return found("dockerd") is not None


def _start_by_systemd() -> None:
    done = run(["systemctl", "start", "docker"], timeout_s=START_S)
    if done.code:
        raise EngineError(
            Message("systemd could not start the Docker daemon: {said}", said=done.tail),
            Message("see `journalctl --unit docker`"),
        )


def _start_detached(daemon: Daemon) -> int:
    for file, program in (
        (daemon.pid_file, "dockerd"),
        (daemon.exec_root / "containerd" / "containerd.pid", "containerd"),
    ):
        if _running(file, program) is None:  # of a daemon that was killed; its id may be somebody else's by now
            file.unlink(missing_ok=True)
    return detach(["dockerd", *daemon.arguments], log=daemon.log)


def _running(pid_file: Path, program: str) -> int | None:
    """The process of a pid file, if it runs that program."""
    try:
        pid = int(pid_file.read_text("utf-8").strip())
        name = Path(f"/proc/{pid}/comm").read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return pid if name == program and start_of(pid) is not None else None


def _end_of(log: Path) -> str:
    try:
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-LOG_LINES:])
    except OSError:
        return ""


def _journal() -> str:
    done = run(["journalctl", "--unit", "docker", "--no-pager", "--lines", str(LOG_LINES)], timeout_s=10)
    return done.stdout.strip()

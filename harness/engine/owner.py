"""Who owns what: labels that name the process that made a thing, and whether that process still lives.

A process is known by its machine and boot, its PID namespace, its id and its start
time, because ids are used again. A thing whose owner cannot be judged from here
(another machine, another namespace) counts as owned by the living.
"""

import contextlib
import hashlib
import os
import platform
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from harness.cache import cache_folder

PREFIX = "org.harness."
RUN = PREFIX + "run"
ROLE = PREFIX + "role"
OWNER_HOST = PREFIX + "owner-host"
OWNER_PID = PREFIX + "owner-pid"
OWNER_START = PREFIX + "owner-start"
CREATED = PREFIX + "created"

_FOLDER = re.compile(r"(?P<purpose>[a-z0-9-]+)\.(?P<host>[0-9a-f-]+)\.(?P<pid>\d+)\.(?P<start>\d+)\.\w+")


def labels(run_id: str, role: str) -> dict[str, str]:
    """Labels of a container, network or volume that this process owns."""
    pid = os.getpid()
    return {
        RUN: run_id,
        ROLE: role,
        OWNER_HOST: _host(),
        OWNER_PID: str(pid),
        OWNER_START: start_of(pid) or "",
        CREATED: now(),
    }


def image_labels(role: str = "image") -> dict[str, str]:
    """Labels of an image: nobody owns it, so what runs from it inherits no owner either."""
    return {RUN: "", ROLE: role, OWNER_HOST: "", OWNER_PID: "", OWNER_START: "", CREATED: now()}


def now() -> str:
    """The time in RFC 3339."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def owned(labels: Mapping[str, str]) -> bool:
    """Whether the labels name an owner; those of an image, and of what strangers run from it, do not."""
    return bool(labels.get(OWNER_PID))


def alive(labels: Mapping[str, str]) -> bool:
    """Whether the owner still runs, or cannot be judged from here; True where there is none."""
    if not owned(labels):
        return True
    host, pid, start = labels.get(OWNER_HOST, ""), labels[OWNER_PID], labels.get(OWNER_START, "")
    if host == _host():
        return pid.isdigit() and start_of(int(pid)) == start
    machine, boot, _ = (*host.split("-"), "", "", "")[:3]
    our_machine, our_boot, _ = _host().split("-")
    # Clones of one virtual machine may share an engine: judge only what is older than this boot.
    older = _seconds(labels.get(CREATED, "")) < _booted_s()
    return not (machine == our_machine and boot != our_boot and older)


@contextlib.contextmanager
def temporary_folder(purpose: str) -> Iterator[Path]:
    """A new folder in the cache folder, removed at the end, or swept when this process is dead.

    ``purpose`` is a word of small letters, digits and hyphens.
    """
    pid = os.getpid()
    parent = temporary_root()
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{purpose}.{_host()}.{pid}.{start_of(pid)}.", dir=parent))
    try:
        yield folder
    finally:
        remove_tree(folder)


def temporary_root() -> Path:
    """Where temporary folders are."""
    return cache_folder() / "tmp"


def folder_labels(folder: Path) -> dict[str, str] | None:
    """The labels that a temporary folder's name stands for; None where it is not one of ours."""
    match = _FOLDER.fullmatch(folder.name)
    if match is None:
        return None
    created = datetime.fromtimestamp(folder.stat().st_mtime, UTC).isoformat(timespec="milliseconds")
    owner = {OWNER_HOST: match["host"], OWNER_PID: match["pid"], OWNER_START: match["start"]}
    return {RUN: "", ROLE: match["purpose"], **owner, CREATED: created}


def remove_tree(folder: Path) -> bool:
    """Remove a folder; False where something was left, as it is where a file system is mounted in it."""
    mounts = Path("/proc/self/mountinfo")
    if mounts.exists() and any(f" {folder}/" in line for line in mounts.read_text("utf-8", "replace").splitlines()):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def start_of(pid: int) -> str | None:
    """When a process began, as this machine counts; None where it does not run (a zombie does not)."""
    if platform.system() == "Linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        except OSError:
            return None
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in "ZX" else fields[18]  # clock ticks since boot, proc_pid_stat(5)
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(round(process.create_time() * 1000))
    except psutil.NoSuchProcess:
        return None


@cache
def _host() -> str:
    """``<machine>-<boot>-<PID namespace>`` in hexadecimal; zeros where a system has no such thing."""
    machine = _read("/etc/machine-id") or _read("/var/lib/dbus/machine-id") or f"{platform.node()}{uuid.getnode()}"
    boot = _read("/proc/sys/kernel/random/boot_id")
    try:
        namespace = f"{Path('/proc/self/ns/pid').stat().st_ino:x}"
    except OSError:
        namespace = "0"
    return f"{_digest(machine)}-{_digest(boot) if boot else '0'}-{namespace}"


@cache
def _booted_s() -> float:
    import psutil

    return float(psutil.boot_time())


def _seconds(rfc3339: str) -> float:
    try:
        return datetime.fromisoformat(rfc3339).timestamp()
    except ValueError:
        return float("inf")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError:
        return ""

"""What ``doctor --fix`` does: the distribution's packages, and a running engine."""

import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.engine import daemon
from harness.engine.client import chosen, connect
from harness.engine.locks import only_one
from harness.engine.polling import until
from harness.engine.process import found, run
from harness.errors import EngineError
from harness.language import Message

INSTALL_S = 1800
LOCK_S = 600  # for another package manager to finish
APT = ("apt-get", "--yes", "--quiet", "-o", f"DPkg::Lock::Timeout={LOCK_S}")


def possible() -> bool:
    """Whether we may install packages here: Debian, Ubuntu and their kin, as root."""
    return _is_debian() and hasattr(os, "geteuid") and os.geteuid() == 0


def repair(on_line: Callable[[str], None]) -> None:
    """Install what is missing and start the engine; does nothing where all is well. EngineError where it fails."""
    folder = Path("/run") if Path("/run").is_dir() else None
    with only_one("doctor", folder=folder, timeout_s=INSTALL_S):
        if packages := missing_packages():
            _install(packages, on_line)
        if _wants_engine():
            daemon.start(daemon.Daemon())


def missing_packages() -> tuple[str, ...]:
    """The distribution's packages that are needed and not here."""
    wanted = []
    if _wants_engine():
        wanted += [] if daemon.installed() else ["docker.io"]
        wanted += [] if found("iptables") else ["iptables"]
    if not found("mmdebstrap"):
        wanted.append("mmdebstrap")
    if not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists():
        wanted.append("debian-archive-keyring")
    return tuple(wanted)


def by_hand(packages: tuple[str, ...] = ("docker.io", "iptables", "mmdebstrap")) -> Message:
    """The commands that do on this machine what ``repair`` may not."""
    if "docker.io" in packages and (name := chosen(os.environ, Path.home())):
        return Message("start the engine that {name} names, or unset it so that the usual sockets are tried", name=name)
    if platform.system() == "Darwin":
        return Message(
            "install Docker Desktop, Colima or Podman and start it: `brew install colima docker && colima start`"
        )
    if platform.system() == "Windows":
        return Message("install Docker Desktop and start it: `winget install Docker.DockerDesktop`")
    if _is_debian():
        return Message(
            "run `harness doctor --fix` as root, or: `sudo apt-get update && sudo apt-get install --yes "
            "--no-install-recommends {packages} && sudo systemctl start docker`",
            packages=" ".join(packages),
        )
    if found("dnf"):
        return Message("run `sudo dnf install --assumeyes podman mmdebstrap && sudo systemctl start podman.socket`")
    return Message("install Docker or Podman with this system's package manager and start it")


def _wants_engine() -> bool:
    """No engine answers, and it is ours to start one."""
    return not _engine_answers() and chosen(os.environ, Path.home()) is None


def _engine_answers() -> bool:
    try:
        connect()
    except EngineError:
        return False
    return True


def _is_debian() -> bool:
    release = _os_release()
    return found("apt-get") is not None and bool(
        {"debian", "ubuntu"} & {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    )


def _os_release(path: Path = Path("/etc/os-release")) -> Mapping[str, str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return {}
    return {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines)}


def _install(packages: tuple[str, ...], on_line: Callable[[str], None]) -> None:
    """By apt, which goes on when we are killed: half installed packages would be worse."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}

    def apt(*arguments: str) -> tuple[int, str]:
        done = run([*APT, *arguments], timeout_s=INSTALL_S, env=env, on_line=on_line, outlive=True)
        return done.code, done.tail

    def update() -> bool:
        """False while another apt holds the lists, for which apt has no option to wait."""
        code, said = apt("update")
        return code == 0 or "Could not get lock" not in said

    run(["dpkg", "--configure", "-a"], timeout_s=INSTALL_S, env=env, on_line=on_line, outlive=True)
    until(update, LOCK_S)
    code, said = apt("install", "--no-install-recommends", *packages)
    if code:
        raise EngineError(
            Message("apt-get could not install {packages} (exit code {code})", packages=" ".join(packages), code=code),
            Message("what it printed at last:\n{log}", log=said),
        )

"""A second Docker daemon beside the one that all other tests use, with everything of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.engine import daemon
from harness.engine.daemon import Daemon
from harness.engine.owner import start_of
from harness.engine.polling import until

DOCKER0 = Path("/sys/class/net/docker0")
POOL = "172.29.0.0/17"  # of the networks of that daemon
INNER, OUTER = "172.29.251", "172.29.252"  # where the bridge of one without, and of one with, a way out is
needs_daemon = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not daemon.installed(),
    reason="starting a Docker daemon needs Linux, root and dockerd",
)


@contextmanager
def second_daemon(tmp_path: Path, *, connected: bool = False, outward: bool = False) -> Iterator[Daemon]:
    """A daemon that is not started yet, with its data in ``tmp_path`` and without a way out to a network; it
    is killed at the end. The containers of one that is ``connected`` reach each other; it may be started only once.
    Those of one that is ``outward`` reach the registries when they are on its default bridge."""
    folder = Path("/run") / f"harness-test-{os.getpid()}-{time.time_ns() % 10**9}"  # sockets want short paths
    bridge, subnet = f"hb{os.getpid()}", OUTER if outward else INNER
    it = Daemon(
        socket=folder / "docker.sock",
        pid_file=folder / "docker.pid",
        exec_root=folder / "exec",
        log=tmp_path / "dockerd.log",
        arguments=(
            *("--host", f"unix://{folder}/docker.sock", "--pidfile", str(folder / "docker.pid")),
            *("--exec-root", str(folder / "exec"), "--data-root", str(tmp_path / "data")),
            # A daemon deletes docker0, also that of the machine's own daemon, where it is told `--bridge none`, and
            # where it has address pools and finds the networks of its killed predecessor.
            *("--bridge", bridge, "--iptables=false", "--ip-masq=false"),
            *(("--default-address-pool", f"base={POOL},size=24") if connected else ()),
        ),
    )
    folder.mkdir()
    had_docker0 = DOCKER0.exists()
    for words in (("link", "add", bridge, "type", "bridge"), ("addr", "add", f"{subnet}.1/24", "dev", bridge)):
        subprocess.run(["ip", *words], check=True)
    # the machine's own daemon lets nothing through that it does not know
    rules: list[tuple[str, ...]] = [("filter", "FORWARD", "--source", POOL, "--destination", POOL, "--jump", "ACCEPT")]
    if outward:
        rules += [
            ("filter", "FORWARD", way, bridge, "--jump", "ACCEPT") for way in ("--in-interface", "--out-interface")
        ]
        own = ("--source", f"{subnet}.0/24", "!", "--out-interface", bridge)
        rules += [("nat", "POSTROUTING", *own, "--jump", "MASQUERADE")]
    for table, *rule in rules:
        subprocess.run(["iptables", "--wait", "--table", table, "--insert", *rule], check=True)
    try:
        yield it
    finally:
        for table, *rule in rules:
            subprocess.run(["iptables", "--wait", "--table", table, "--delete", *rule], check=True)
        _remove(it, tmp_path / "data", bridge)
        assert DOCKER0.exists() == had_docker0, "the second daemon took the bridge of the machine's own"


def _remove(it: Daemon, data: Path, bridge: str) -> None:
    if pid := pid_of(it):
        os.kill(pid, signal.SIGTERM)
        assert until(lambda: start_of(pid) is None, 30)
    subprocess.run(["ip", "link", "del", bridge], check=True)
    for place in (data, it.socket.parent):
        unmount(place)
        shutil.rmtree(place, ignore_errors=True)
        assert not place.exists()


def unmount(folder: Path) -> None:
    """A daemon that was killed leaves mounts in its folders."""
    rows = [row.split()[4] for row in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in [row for row in rows if Path(row).is_relative_to(folder)][::-1]:
        subprocess.run(["umount", "--lazy", mount], check=True)


def pid_of(it: Daemon) -> int | None:
    return int(it.pid_file.read_text()) if it.pid_file.exists() else None

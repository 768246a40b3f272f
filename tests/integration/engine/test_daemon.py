"""Starting Docker daemons of our own, beside the one that all other tests use."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from harness.engine import daemon
from harness.engine.daemon import Daemon
from harness.engine.owner import start_of
from harness.engine.polling import until
from harness.errors import EngineError

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or not daemon.installed(),
        reason="starting a Docker daemon needs Linux, root and dockerd",
    ),
]


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon with everything of its own and without a network; it is killed at the end."""
    folder = Path("/run") / f"harness-test-{os.getpid()}-{time.time_ns() % 10**9}"  # sockets want short paths
    bridge = f"hb{os.getpid()}"
    it = Daemon(
        socket=folder / "docker.sock",
        pid_file=folder / "docker.pid",
        exec_root=folder / "exec",
        log=tmp_path / "dockerd.log",
        arguments=(
            *("--host", f"unix://{folder}/docker.sock", "--pidfile", str(folder / "docker.pid")),
            *("--exec-root", str(folder / "exec"), "--data-root", str(tmp_path / "data")),
            # never `--bridge none`: a daemon told so deletes docker0, also that of the machine's own daemon
            *("--bridge", bridge, "--iptables=false", "--ip-masq=false"),
        ),
    )
    folder.mkdir()
    for words in (("link", "add", bridge, "type", "bridge"), ("addr", "add", "172.29.251.1/24", "dev", bridge)):
        subprocess.run(["ip", *words], check=True)
    yield it
    if pid := pid_of(it):
        os.kill(pid, signal.SIGTERM)
        assert until(lambda: start_of(pid) is None, 30)
    subprocess.run(["ip", "link", "del", bridge], check=True)
    for place in (tmp_path / "data", folder):
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


def test_it_starts_and_a_second_start_finds_it(second: Daemon) -> None:
    daemon.start(second)
    client = docker.DockerClient(base_url=f"unix://{second.socket}")
    assert client.ping()
    client.close()
    first = pid_of(second)
    daemon.start(second)
    assert pid_of(second) == first


def test_after_a_kill_the_next_one_starts_over_stale_files(second: Daemon) -> None:
    daemon.start(second)
    first = pid_of(second)
    assert first
    os.kill(first, signal.SIGKILL)
    assert until(lambda: start_of(first) is None, 5)
    assert second.socket.exists()
    assert second.pid_file.exists()
    daemon.start(second)
    assert pid_of(second) not in (None, first)


def test_pid_files_that_name_somebody_else_do_not_stop_it(second: Daemon) -> None:
    containerd = second.exec_root / "containerd" / "containerd.pid"
    containerd.parent.mkdir(parents=True)
    for file in (second.pid_file, containerd):
        file.write_text(str(os.getpid()))
    daemon.start(second)
    assert daemon.answers(second.socket)


def test_a_caller_with_pipes_gets_its_end_at_once(second: Daemon, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.engine.daemon import Daemon, start\n"
        "socket, pid_file, exec_root, log, *arguments = sys.argv[1:]\n"
        "start(Daemon(socket=Path(socket), pid_file=Path(pid_file), exec_root=Path(exec_root), log=Path(log),"
        " arguments=tuple(arguments)))\n"
        "print('started')"
    )
    places = (second.socket, second.pid_file, second.exec_root, second.log)
    argv = [sys.executable, "-c", code, *map(str, places), *second.arguments]
    # It would not end where the daemon held the pipes.
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout == "started\n", done.stderr
    assert daemon.answers(second.socket)


def test_two_starts_at_once_end_in_one_daemon(second: Daemon) -> None:
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(daemon.start, second) for _ in range(2)]:
            future.result()
    assert daemon.answers(second.socket)


def test_one_that_does_not_come_up_shows_its_log(second: Daemon) -> None:
    broken = replace(second, arguments=(*second.arguments, "--storage-driver", "no-such-driver"))
    with pytest.raises(EngineError) as failed:
        daemon.start(broken, timeout_s=30)
    assert "no-such-driver" in failed.value.into("en")

"""Starting Docker daemons of our own, beside the one that all other tests use."""

import os
import signal
import subprocess
import sys
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
from tests.integration.engine.second import needs_daemon, pid_of, second_daemon

pytestmark = [pytest.mark.engine, needs_daemon]


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Daemon]:
    with second_daemon(tmp_path) as it:
        yield it


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
    assert until(lambda: start_of(first) is None, 60)
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

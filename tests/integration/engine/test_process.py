"""Processes: output, input, time limits, and that none outlives us."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from harness.engine.owner import start_of
from harness.engine.polling import until
from harness.engine.process import detach, process, run
from harness.errors import EngineError, FetchError
from tests.integration.engine.ours import child, until_it_says


def gone(pid: int) -> bool:
    return until(lambda: start_of(pid) is None, 60)


def test_output_input_environment_and_exit_code(tmp_path: Path) -> None:
    script = 'cat; echo "$WORD" >&2; pwd; exit 3'
    done = run(["sh", "-c", script], timeout_s=10, input="two\nlines\n", env={"WORD": "wörd"}, cwd=tmp_path)
    assert (done.stdout, done.stderr, done.code) == (f"two\nlines\n{tmp_path}\n", "wörd\n", 3)


def test_without_input_it_reads_nothing() -> None:
    assert run(["cat"], timeout_s=10).stdout == ""


def test_lines_come_as_they_are_printed() -> None:
    came: list[tuple[str, float]] = []
    script = "echo one; sleep 0.2; echo two >&2; printf three"
    done = run(["sh", "-c", script], timeout_s=10, on_line=lambda line: came.append((line, time.monotonic())))
    assert [line for line, _ in came] == ["one", "two", "three"]
    assert came[1][1] - came[0][1] > 0.1
    assert done.stdout.splitlines() == ["one", "two", "three"]


def test_a_daemon_that_keeps_the_pipe_does_not_keep_us() -> None:
    done = run(["sh", "-c", "sleep 600 & echo $!"], timeout_s=300, on_line=lambda line: None)
    assert gone(int(done.stdout))


def test_one_that_takes_too_long_is_killed_with_all_it_started(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="did not end within"):
        run(["sh", "-c", f"sleep 60 & echo $! >{tmp_path}/pid; wait"], timeout_s=0.3, error=FetchError)
    assert gone(int((tmp_path / "pid").read_text()))


def test_one_that_does_not_listen_is_killed_all_the_same() -> None:
    with pytest.raises(EngineError):
        run(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], timeout_s=0.1)


def test_an_interrupt_kills_it(tmp_path: Path) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(["sh", "-c", f"echo $$ >{tmp_path}/pid; echo x; sleep 60"], timeout_s=30, on_line=interrupt)
    assert gone(int((tmp_path / "pid").read_text()))


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(EngineError, match="no-such-program is not installed"):
        run(["no-such-program"], timeout_s=1)


def test_none_outlives_a_kill_of_ours() -> None:
    code = """
from harness.engine.process import run
run(["sh", "-c", "sleep 60 & echo $! $$; wait"], timeout_s=60, on_line=lambda line: print("pids", line, flush=True))
"""
    with child(code) as us:
        pids = [int(word) for word in until_it_says(us, "pids").split()[1:]]
        assert not any(gone_now(pid) for pid in pids)
        us.kill()
        us.wait()
    assert all(gone(pid) for pid in pids)


def gone_now(pid: int) -> bool:
    return start_of(pid) is None


def test_one_that_must_not_be_interrupted_outlives_a_kill(tmp_path: Path) -> None:
    code = """
import sys
from harness.engine.process import run
script = f"echo started; sleep 0.5; echo finished >{sys.argv[1]}/done"
run(["sh", "-c", script], timeout_s=60, on_line=lambda line: print(line, flush=True), outlive=True)
"""
    with child(code, tmp_path) as us:
        until_it_says(us, "started")
        us.kill()
        us.wait()
    assert until((tmp_path / "done").exists, 60)


def test_children_of_several_threads_do_not_keep_each_other() -> None:
    def one() -> None:
        run(["sh", "-c", "exec sleep 0.2"], timeout_s=50)

    threads = [threading.Thread(target=one) for _ in range(8)]
    with process(["sleep", "60"]) as longer:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert longer.poll() is None


def test_a_detached_one_has_nothing_of_ours_and_stays(tmp_path: Path) -> None:
    pid = detach(["sh", "-c", "ls -l /proc/$$/fd; echo said >&2; exec sleep 60"], log=tmp_path / "log")
    try:
        assert until(lambda: "said" in (tmp_path / "log").read_text(), 60)
        files = {link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()}
        assert files == {Path("/dev/null"), tmp_path / "log"}
        assert os.getsid(pid) != os.getsid(0)
    finally:
        os.kill(pid, signal.SIGKILL)

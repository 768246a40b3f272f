"""Processes of other programs: the only place that starts them.

A child runs in a session of its own. A guard, a small shell in the same session,
waits on a pipe that only we hold; when it closes, because the child is done or
because we were killed (also by ``kill -9``), the guard kills the whole process group.
So neither a child nor what it started outlives us, and that without ``preexec_fn``,
which is not safe among threads, and without ``PR_SET_PDEATHSIG``, which is bound to
the thread that started the child and does not reach grandchildren.
"""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.engine.polling import POLL_S
from harness.errors import EngineError, HarnessError
from harness.language import Message

_PATIENCE_S = 3  # between asking a child to end and killing it
_POSIX = os.name == "posix"

# Standard input is the pipe; $1 is what the program reads instead.
_GUARD = (
    'exec 4<"$1" 3<&0 <&4 4<&-; shift; (exec >/dev/null 2>&1; read -r gone <&3; kill -KILL 0) & exec 3<&-; exec "$@"'
)


@dataclass(frozen=True, kw_only=True)
class Completed:
    """How a process ended. Output is decoded as UTF-8, with U+FFFD for what is not."""

    stdout: str
    stderr: str
    code: int  # 0 and above: exit code; negative: the signal that killed it

    @property
    def tail(self) -> str:
        """The last 20 lines of what it said, for an error message."""
        return "\n".join((self.stdout + "\n" + self.stderr).strip().splitlines()[-20:])


def found(program: str | Path) -> str | None:
    """The path of a program, also where the administrator's folders are not in PATH."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(program, path=os.pathsep.join([path, "/usr/local/sbin", "/usr/sbin", "/sbin"]))


def run(
    argv: Sequence[str | Path],
    *,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input: str | bytes | None = None,
    error: type[HarnessError] = EngineError,
    on_line: Callable[[str], None] | None = None,
    outlive: bool = False,
) -> Completed:
    """Run a program to its end.

    ``env`` is its whole environment (None: ours). With ``on_line`` every line of
    output is handed over as it comes, and ``stdout`` holds both streams. ``outlive``
    lets it finish although we are killed, for package managers that must not be
    interrupted. Raises ``error`` where it cannot be started or takes longer than
    ``timeout_s``; the exit code is for the caller to judge.
    """
    merge = subprocess.STDOUT if on_line else subprocess.PIPE
    late = threading.Event()
    with process(argv, env=env, cwd=cwd, input=input, error=error, stderr=merge, outlive=outlive) as child:

        def stop() -> None:
            late.set()
            _end(child)

        timer = threading.Timer(timeout_s, stop)
        timer.daemon = True
        timer.start()
        try:
            stdout, stderr = _lines(child, on_line) if on_line else child.communicate()
            code = child.wait()
        finally:
            timer.cancel()
    if late.is_set():
        raise error(Message("{program} did not end within {seconds} s", program=argv[0], seconds=round(timeout_s)))
    return Completed(stdout=_text(stdout), stderr=_text(stderr), code=code)


@contextlib.contextmanager
def process(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input: str | bytes | None = None,
    error: type[HarnessError] = EngineError,
    stderr: int | IO[bytes] = subprocess.PIPE,
    outlive: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running program with a pipe for its output; at the end it and all it started are gone.

    Raises ``error`` where it cannot be started.
    """
    program = found(argv[0])
    if program is None:
        raise error(Message("{program} is not installed", program=argv[0]))
    command = [program, *map(str, argv[1:])]
    with contextlib.ExitStack() as stack:
        given = stack.enter_context(tempfile.TemporaryFile()) if input else None
        if given and input:
            given.write(input.encode() if isinstance(input, str) else input)
            given.seek(0)
        stdin: int | IO[bytes] = given or subprocess.DEVNULL
        passed: tuple[int, ...] = ()
        if _POSIX and not outlive:
            stdin, ours = os.pipe()
            theirs = stack.enter_context(os.fdopen(stdin, "rb"))
            stack.callback(os.close, ours)  # the guard kills what is left of the group
            command = ["/bin/sh", "-c", _GUARD, "sh", f"/dev/fd/{given.fileno()}" if given else os.devnull, *command]
            passed = (given.fileno(),) if given else ()
        try:
            child = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
                pass_fds=passed,
            )
        except OSError as exc:
            raise error(Message("{program} cannot be started: {why}", program=argv[0], why=exc)) from exc
        if _POSIX and not outlive:
            theirs.close()
        stack.enter_context(child)
        stack.callback(_end, child)
        yield child


def detach(argv: Sequence[str | Path], *, log: Path) -> int:
    """Start a daemon that has nothing of ours: its own session, no open file, output to ``log``.

    Returns its process id. EngineError where it cannot be started.
    """
    program = found(argv[0])
    if program is None:
        raise EngineError(Message("{program} is not installed", program=argv[0]))
    log.parent.mkdir(parents=True, exist_ok=True)
    script = 'exec 3>&1 >>"$1" 2>&1 </dev/null; shift; "$@" 3>&- & echo $! >&3'
    with process(["/bin/sh", "-c", script, "sh", log, program, *argv[1:]], cwd=Path("/"), outlive=True) as shell:
        told, said = shell.communicate()
    if not told.strip().isdigit():
        raise EngineError(Message("{program} cannot be started: {why}", program=argv[0], why=_text(said).strip()))
    return int(told)


def _lines(child: subprocess.Popen[bytes], on_line: Callable[[str], None]) -> tuple[bytes, bytes]:
    """Hand over lines until the program has ended, even where a daemon it started keeps the pipe open."""
    kept, rest = [], b""
    for data in _output(child):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            kept.append(line)
            on_line(_text(line).rstrip("\r"))
    if rest:
        kept.append(rest)
        on_line(_text(rest))
    return b"\n".join([*kept, b""]) if kept else b"", b""


def _output(child: subprocess.Popen[bytes]) -> Iterator[bytes]:
    assert child.stdout is not None
    if not _POSIX:
        yield from child.stdout
        return
    descriptor = child.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            ended = child.poll() is not None
            if selector.select(0 if ended else POLL_S):
                if not (data := os.read(descriptor, 1 << 16)):
                    return
                yield data
            elif ended:
                return


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask the process group to end, then kill it; nothing where it has ended."""
    if child.poll() is not None:
        return
    _signal(child, signal.SIGTERM)
    try:
        child.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        _signal(child, getattr(signal, "SIGKILL", signal.SIGTERM))
        child.wait()


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if _POSIX:
            os.killpg(child.pid, number)
        else:
            child.terminate()


def _text(output: bytes | None) -> str:
    return (output or b"").decode("utf-8", "replace")

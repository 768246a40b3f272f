"""trial: what a stranger wrote is read in a process of its own first, which may take neither long nor much memory.

A template can loop, and a few lines can stand for more than a machine holds. Reading is always the
same: what came to its end there comes to its end here, too.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

import harness
from harness.bundle.inputs import fill_in, inputs
from harness.engine import run
from harness.errors import EngineError, InputError
from harness.language import Message

PROCESSOR_S = 20
MEMORY_BYTES = 2 << 30
TIMEOUT_S = 120.0  # of a machine that is busy


def stand(folder: Path, *, processor_s: int = PROCESSOR_S, memory_bytes: int = MEMORY_BYTES) -> None:
    """Read the inputs in ``folder`` elsewhere. InputError where that takes more than the limits, or reading fails in
    a way that nobody foresaw; what is wrong with them otherwise is for ``inputs`` to say."""
    path = os.pathsep.join(filter(None, [str(Path(harness.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    argv = [sys.executable, "-P", "-m", __name__, str(folder), str(processor_s), str(memory_bytes)]
    try:
        done = run(argv, timeout_s=TIMEOUT_S, env={**os.environ, "PYTHONPATH": path})
    except EngineError as exc:
        raise _refused(exc.what) from exc
    if done.code:
        last = done.stderr.strip().rpartition("\n")[2]
        raise _refused(Message("{reason}", reason=last if done.code > 0 and last else f"signal {-done.code}"))


def _refused(why: Message) -> InputError:
    return InputError(
        Message("what the bundle holds takes too long or too much memory to read, or cannot be read: {why}", why=why),
        Message("ask its sender how it was made"),
    )


def main(folder: Path, processor_s: int, memory_bytes: int) -> None:
    _limit(processor_s, memory_bytes)
    with suppress(InputError):
        fill_in(*inputs(folder))


def _limit(processor_s: int, memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the time alone is limited
        return
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s, processor_s + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))

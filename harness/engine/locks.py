"""Locks that several harness processes share; the kernel lets go of them when a process dies."""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from harness.cache import cache_folder
from harness.engine.polling import POLL_S


@contextlib.contextmanager
def only_one(*key: str, folder: Path | None = None, timeout_s: float = -1) -> Iterator[None]:
    """Wait until no other thread or process holds the lock of that key, then hold it.

    ``folder`` is where it lies, the cache folder without it. A negative time waits
    for ever; ``TimeoutError`` after a positive one.
    """
    from filelock import FileLock

    folder = folder or cache_folder() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256("\0".join(key).encode()).hexdigest()[:24]
    with FileLock(folder / f"harness-{name}.lock", timeout=timeout_s, poll_interval=POLL_S):
        yield

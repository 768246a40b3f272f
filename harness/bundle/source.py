"""Source: the file of a bundle, open from the first check to the last byte that is taken out of it."""

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from harness.errors import InputError
from harness.language import Message

CHUNK_BYTES = 1 << 20
_ADVICE = Message("name a file that is there and that you may read")


class Source:
    """The bytes of a file by their place; several threads may read it."""

    def __init__(self, path: Path) -> None:
        """InputError where it cannot be opened."""
        self.path = path
        self.file = opened(path)
        self.size_bytes = os.fstat(self.file.fileno()).st_size
        self._lock = threading.Lock()

    def read(self, start: int, count: int) -> bytes:
        """``count`` bytes, fewer only at the end of the file. InputError where it cannot be read."""
        with self._lock, readable(self.path):
            self.file.seek(start)
            data = self.file.read(count)
        if len(data) < min(count, self.size_bytes - start):
            raise InputError(
                Message("{path} was cut while it was read", path=self.path),
                Message("let nothing write to it, and try again"),
            )
        return data

    def close(self) -> None:
        self.file.close()


def opened(path: Path) -> IO[bytes]:
    """A regular file, to read from. InputError where it is none, or cannot be opened."""
    with readable(path):
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise InputError(Message("{path} is not a regular file", path=path), _ADVICE)
        return path.open("rb")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """InputError where what the block reads cannot be read."""
    try:
        yield
    except OSError as exc:
        raise InputError(Message("{path} cannot be read: {why}", path=path, why=exc.strerror or exc), _ADVICE) from exc

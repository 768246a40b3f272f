"""The user's cache folder: fetched files by checksum, and small records by key.

Everything in it can be fetched or computed again. Files appear complete or not at
all, so that several processes may share it.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import platformdirs

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KIND = re.compile(r"[a-z][a-z-]*")


def cache_folder() -> Path:
    """``$HARNESS_CACHE``, else the platform's cache folder of the user."""
    return Path(os.environ.get("HARNESS_CACHE") or platformdirs.user_cache_dir("harness"))


class Cache:
    """Files named by their SHA-256 under ``files/``, JSON records under ``records/``."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder()

    def find(self, sha256: str) -> Path | None:
        """The file with that checksum (64 hex digits), if it is here."""
        if not _SHA256.fullmatch(str(sha256)):  # what a record says may be anything
            return None
        path = self._file(sha256)
        return path if path.exists() else None

    def add(self, chunks: Iterable[bytes]) -> tuple[str, Path]:
        """Keep a file; returns its SHA-256 and its place."""
        digest = hashlib.sha256()
        with _complete(self.folder / "files") as part:
            with part.open("wb") as out:
                for chunk in chunks:
                    digest.update(chunk)
                    out.write(chunk)
            path = self._file(digest.hexdigest())
            path.parent.mkdir(parents=True, exist_ok=True)
            part.replace(path)
        return digest.hexdigest(), path

    def record(self, *key: str) -> Any | None:
        """What ``remember`` kept under that key, or None."""
        try:
            return json.loads(self._record(key).read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def remember(self, *key: str, value: Any) -> None:
        """Keep a JSON-able value under a key of several words; the first, of ``a-z`` and hyphens, is its kind."""
        path = self._record(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _complete(path.parent) as part:
            part.write_text(json.dumps(value), "utf-8")
            part.replace(path)

    def _file(self, sha256: str) -> Path:
        return self.folder / "files" / sha256[:2] / sha256

    def _record(self, key: tuple[str, ...]) -> Path:
        if not key or not _KIND.fullmatch(key[0]):
            raise ValueError(f"no kind of record: {key[:1]}")
        return self.folder / "records" / key[0] / (hashlib.sha256("\0".join(key).encode()).hexdigest() + ".json")


class Witness(Cache):
    """A cache that knows what was taken out of it: files by SHA-256, and records by key."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        self.files: dict[str, Path] = {}
        self.records: dict[tuple[str, ...], Any] = {}

    def find(self, sha256: str) -> Path | None:
        path = super().find(sha256)
        if path is not None:
            self.files[sha256] = path
        return path

    def record(self, *key: str) -> Any | None:
        value = super().record(*key)
        if value is not None:
            self.records[key] = value
        return value


class _complete:
    """A temporary file beside the place it will be moved to; gone if it was not moved."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def __enter__(self) -> Path:
        handle, name = tempfile.mkstemp(prefix=".part-", dir=self.folder)
        os.close(handle)
        self.path = Path(name)
        return self.path

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)

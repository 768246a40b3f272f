"""Tar streams: what goes to the engine is made as it is sent, what comes from it is read as it comes."""

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from harness.errors import EngineError
from harness.language import Message

if TYPE_CHECKING:
    from harness.model import File

_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1 << 20


def tar(
    files: "Iterable[File]",
    *,
    folders: Iterable[str] = (),
    folder_mode: int = 0o755,
    owner: tuple[int, int] = (0, 0),
) -> Iterator[bytes]:
    """A tar of files, sorted, with time 0, modes 644 and 755 and one ``owner`` (user, group): same files, same
    bytes.

    ``folders`` are more (empty) folders, made with ``folder_mode``. Never holds more
    than a mebibyte of a file that is on disk. EngineError where such a file is not
    what its checksum says.
    """
    members = {file.path: file for file in files}
    parents = {str(parent) for path in members for parent in PurePosixPath(path).parents if str(parent) != "."}
    for path in sorted(parents | set(folders)):
        info = tarfile.TarInfo(path)
        info.type, info.mode = tarfile.DIRTYPE, folder_mode if path in folders else 0o755
        info.uid, info.gid = owner
        yield info.tobuf(tarfile.PAX_FORMAT)
    for path in sorted(members):
        file = members[path]
        info = tarfile.TarInfo(path)
        info.mode = 0o755 if file.executable else 0o644
        info.uid, info.gid = owner
        info.size = len(file.content) if isinstance(file.content, bytes) else file.content.stat().st_size
        yield info.tobuf(tarfile.PAX_FORMAT)
        yield from _content(file)
        yield bytes(-info.size % _BLOCK)
    yield bytes(2 * _BLOCK)


def _content(file: "File") -> Iterator[bytes]:
    if isinstance(file.content, bytes):
        yield file.content
        return
    digest = hashlib.sha256()
    with file.content.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != file.sha256:
        raise EngineError(
            Message("{path} is not what was fetched: its checksum differs", path=file.content),
            Message("remove the file, or all that was fetched with `harness clean --cache`, and try again"),
        )


class Incoming:
    """A file to read from, made of chunks that arrive."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end."""
        parts, have = [self._rest], len(self._rest)
        while have < size and (chunk := next(self._chunks, b"")):
            parts.append(chunk)
            have += len(chunk)
        joined = b"".join(parts)
        self._rest = joined[size:]
        return joined[:size]


def members(chunks: Iterable[bytes]) -> Iterator[tuple[Path, "Iterator[bytes] | Path"]]:
    """The regular files of a tar stream: path and content, or the path of the file it is a hard link to."""
    stream: Any = Incoming(chunks)
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for info in archive:
            if info.islnk():
                yield Path(info.name), Path(info.linkname)
            elif info.isreg() and (content := archive.extractfile(info)) is not None:
                yield Path(info.name), _chunks(content)


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    while chunk := content.read(_CHUNK):
        yield chunk

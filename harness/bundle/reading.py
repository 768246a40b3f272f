"""Bundle: a stranger's bundle, checked from end to end before anything of it is used."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from harness.bundle.content import content
from harness.bundle.describing import compare, manifest
from harness.bundle.layout import Entry, entries
from harness.bundle.names import MANIFEST
from harness.bundle.refusals import DAMAGED, TOO_MUCH, refused, shown
from harness.bundle.source import Source
from harness.errors import InputError, nearest
from harness.evidence import whole_folder
from harness.language import Message
from harness.limits import LIMITS, Limits
from harness.model import Manifest


class Bundle:
    """A bundle that is open; all of it was found to be what its manifest says.

    What is taken out is checked again on its way, as the file may change meanwhile.
    Several threads may read.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        """A bundle whose headers and manifest were checked; ``open`` checks the rest."""
        found = entries(source, limits)
        described = b"".join(content(source, found[0]))
        self.manifest: Manifest = manifest(described, source.path, limits)
        compare(self.manifest.files, found[1:], source.path)
        self._source = source
        self._limits = limits
        self._entries = {entry.name: entry for entry in found}
        self._checksums = {file.path: file.sha256 for file in self.manifest.files}
        self._executable = {file.path for file in self.manifest.files if file.executable}
        self._checksums[MANIFEST] = hashlib.sha256(described).hexdigest()

    @classmethod
    def open(cls, path: Path, limits: Limits = LIMITS) -> "Bundle":
        """The bundle at ``path``, to be closed (``with Bundle.open(path) as bundle``).

        Reads and unpacks all of it once, in constant memory, and writes nothing.
        InputError where any of it is not as the format has it.
        """
        source = Source(path)
        try:
            bundle = cls(source, limits)
            for name in bundle.names:
                for _ in bundle.open_member(name):
                    pass
        except BaseException:
            source.close()
            raise
        return bundle

    @property
    def names(self) -> tuple[str, ...]:
        """All members, ``manifest.json`` first."""
        return tuple(self._entries)

    def open_member(self, name: str) -> Iterator[bytes]:
        """A member in pieces of a mebibyte at the most.

        InputError where there is none of that name, and at its end where it is not what was checked.
        """
        entry = self._entry(name)
        return self._checked(entry)

    def read(self, name: str) -> bytes:
        """A member, whole. InputError as ``open_member``, and where it is too large for that."""
        entry = self._entry(name)
        if fault := self._limits.member_fault(entry.size_bytes, entry.packed_bytes, self._limits.read_bytes):
            raise refused(self._source.path, fault, TOO_MUCH, member=name)
        return b"".join(self._checked(entry))

    def extract(self, folder: Path, only: str | Callable[[str], bool] = "") -> None:
        """Write all members, or those whose name begins with ``only`` or for which it is true, to a new folder.

        It is there whole or not at all. InputError where it cannot be written or is there already.
        """
        with _new(folder) as part:
            for name in self.names:
                if only(name) if callable(only) else name.startswith(only):
                    path = part.joinpath(*name.split("/"))
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("xb") as out:
                        out.writelines(self.open_member(name))
                    if name in self._executable:
                        path.chmod(0o755)

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> "Bundle":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _entry(self, name: str) -> Entry:
        entry = self._entries.get(name)
        if entry is None:
            what = Message("there is no `{name}` in {bundle}", name=shown(name), bundle=self._source.path)
            raise InputError(what, nearest(name, self._entries))
        return entry

    def _checked(self, entry: Entry) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in content(self._source, entry):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != self._checksums[entry.name]:
            raise refused(self._source.path, Message("has another SHA-256 than it should"), DAMAGED, member=entry.name)


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A folder to write to, which is at ``folder`` once the block ends, or gone."""
    if os.path.lexists(folder):
        raise InputError(
            Message("{path} is there already", path=folder), Message("name a folder that is not there yet")
        )
    with whole_folder(folder) as part:
        yield part

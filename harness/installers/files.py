"""files: a folder beside the recipe, copied in."""

import hashlib
import os
import posixpath
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.errors import InputError
from harness.language import Message
from harness.model import File, Frozen, Package
from harness.model.recipe import Beside
from harness.protocols import Contents, Site
from harness.systems import System


class FilesArguments(Frozen):
    """``{from: site, to: /srv}``: what is in the folder comes to lie in ``to``."""

    source: Annotated[str, Beside()] = Field(alias="from", min_length=1)
    to: str = Field(pattern=r"^/[^\x00-\x1f\"\\$]*$")  # in the image


class Files:
    Arguments = FilesArguments
    drifts = False

    def needs(self, system: System) -> tuple[str, ...]:
        return ()

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        raise InputError(
            Message("files have no versions of their own"), Message("write the versions that there are, as a list")
        )

    def resolve(
        self, wanted: Sequence[FilesArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        return ()

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        return True

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        return ()

    def contents(
        self, wanted: Sequence[FilesArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        files: list[File] = []
        instructions = []
        for number, arguments in enumerate(wanted, start=1):
            place = f"files-{number}"
            found = list(_files(site.folder, arguments.source, place))
            if not found:
                raise InputError(Message("there is no file in {folder}", folder=site.folder / arguments.source))
            files += found
            to = posixpath.normpath(arguments.to).rstrip("/") + "/"
            instructions.append(f'COPY --chown={site.user} ["{place}", "{to}"]')
        return Contents(files=tuple(files), instructions=tuple(instructions))


def _files(home: Path, source: str, place: str) -> Iterator[File]:
    """All files below ``source``, sorted. InputError where it, or a link in it, leads out of ``home``."""
    root = home / source
    if not root.is_dir():
        raise InputError(Message("there is no folder {folder}", folder=root))
    if not root.resolve().is_relative_to(home.resolve()):
        raise InputError(Message("{folder} lies outside of the recipe", folder=root))
    inside = root.resolve()
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted([*names, *(one for one in folders if (Path(folder) / one).is_symlink())]):
            path = Path(folder) / name
            if not path.resolve().is_relative_to(inside):
                raise InputError(Message("the link {path} leads out of the folder that is copied", path=path))
            if path.is_dir():
                raise InputError(Message("{path} is a link to a folder, which cannot be copied", path=path))
            yield _file(path, f"{place}/{path.relative_to(root).as_posix()}")


def _file(path: Path, place: str) -> File:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise InputError(Message("{path} is no ordinary file", path=path))
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as exc:
        raise InputError(Message("{path} cannot be read: {reason}", path=path, reason=exc.strerror)) from exc
    return File(path=place, sha256=digest, content=path, executable=bool(mode & stat.S_IXUSR))

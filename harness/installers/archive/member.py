"""The installer itself."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness import beside
from harness.errors import InputError
from harness.installers.archive.repacking import repacked
from harness.model import File, Frozen, Package
from harness.model.recipe import Beside
from harness.model.tokens import FileSum
from harness.protocols import Contents, Site
from harness.unpublished import Unpublished

FORMAT = "1"  # of the tar that an image gets


class ArchiveArguments(Frozen):
    """``{from: shop-2.1.tar.gz, sha256: 9f86…, to: /srv/shop, strip: 1}``: what is in the archive comes to lie in
    ``to``, without the first ``strip`` folders of each path, and belongs to the user of the recipe."""

    source: Annotated[str, Beside(is_file=True)] = Field(alias="from", min_length=1)
    sha256: FileSum
    to: str = Field(pattern=r"^/[^\x00-\x1f\"\\$]*$")  # in the image
    strip: int = Field(default=0, ge=0, le=20)


class Archive(Unpublished):
    """The archive is read on this machine and written anew, with nothing in it that an image should not get;
    tar in the image unpacks that."""

    Arguments = ArchiveArguments

    def resolve(
        self, wanted: Sequence[ArchiveArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        return tuple(dict.fromkeys(map(_package, wanted)))

    def contents(
        self, wanted: Sequence[ArchiveArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        files, lines = [], []
        for number, arguments in enumerate(wanted, start=1):
            path = _repacked(arguments, site)
            place = f"archives/{number}.tar"
            files.append(File(path=place, sha256=path.name, content=path))
            user, to = shlex.quote(site.user), shlex.quote(posixpath.normpath(arguments.to))
            lines += [
                f"COPY {place} /tmp/{number}.tar",
                f"RUN test -d {to} || install -d -o {user} -g {user} {to}; "
                f"tar -xf /tmp/{number}.tar -C {to} --no-overwrite-dir && rm /tmp/{number}.tar",
            ]
        return Contents(files=tuple(files), instructions=tuple(lines))


def _package(arguments: ArchiveArguments) -> Package:
    name = re.sub(r"[^A-Za-z0-9_.+~-]", "-", posixpath.basename(arguments.source)).lstrip(".+-")
    sha256 = arguments.sha256
    return Package(installer="archive", name=name or "archive", version=sha256[:12], checksum=f"sha256:{sha256}")


def _repacked(arguments: ArchiveArguments, site: Site) -> Path:
    """The tar for the image, in the cache. InputError where the archive is not what it should be."""
    wrong = next(beside.faults(arguments, site.folder), None)
    if wrong:
        raise InputError(wrong.what, wrong.advice)
    key = ("archives", FORMAT, arguments.sha256, str(arguments.strip), site.user)
    cache = site.registry.cache
    known = cache.record(*key)
    path = cache.find(known) if known else None
    if path is None:
        sha256, path = cache.add(repacked(site.folder / arguments.source, strip=arguments.strip, owner=site.user))
        cache.remember(*key, value=sha256)
    return path

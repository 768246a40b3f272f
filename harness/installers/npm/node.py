"""node: Node.js itself, in any version there ever was.

It comes from the npm registry, whose package ``node`` is made of one package for each
processor, with the program that nodejs.org has. The image gets that program alone.
"""

import io
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from harness.engine import temporary_folder
from harness.errors import FetchError, InputError, nearest
from harness.installers.npm import registry
from harness.language import Message
from harness.model import File, Frozen, Package
from harness.model.packages import is_open
from harness.model.refs import checked_version
from harness.protocols import Contents, Site
from harness.systems import System

NAME = "node"
FORMAT = "1"  # of the tar that an image gets
_CPU = {"x86_64": "x64", "aarch64": "arm64"}
_KEPT = {("bin", "node"): 0o755, ("LICENSE",): 0o644}
_RELEASE = re.compile(r"\d+\.\d+\.\d+")


class NodeArguments(Frozen):
    """``"20"``, ``18.20.8``, ``">=16,<17"``: the version of Node.js that comes to lie in ``/usr/local/bin``."""

    version: str = Field(json_schema_extra={"type": ["string", "number"]})

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"version": value} if isinstance(value, str) else value

    @field_validator("version")
    @classmethod
    def _is_version(cls, value: str, info: ValidationInfo) -> str:
        return value if is_open(value, info) else checked_version(value)


class Node:
    Arguments = NodeArguments
    drifts = False

    def needs(self, system: System) -> tuple[str, ...]:
        return ()

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        if package != NAME:
            raise InputError(Message("there is no package `{name}` here", name=package), nearest(package, [NAME]))
        return tuple(version for version in registry.versions(_package_of(site)) if _RELEASE.fullmatch(version))

    def resolve(
        self, wanted: Sequence[NodeArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        from harness.versions import choose

        asked = list(dict.fromkeys(arguments.version for arguments in wanted))
        if len(asked) > 1:
            raise InputError(Message("an image has one Node.js, not {versions}", versions=" and ".join(asked)))
        known = {package.version: package for package in preferred}
        try:
            return (known[choose(asked[0], list(known))],)
        except InputError:
            return (_locked(choose(asked[0], self.versions(NAME, site)), site),)

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        return all(_kept(package, site) or registry.known(package, site.registry.cache) for package in packages)

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        return tuple(_file(package, site) for package in packages)

    def contents(
        self, wanted: Sequence[NodeArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        files = self.fetch(packages, below, site)
        return Contents(files=files, instructions=tuple(f"ADD {file.path} /usr/local/" for file in files))


def _package_of(site: Site) -> str:
    return f"node-linux-{_CPU.get(site.machine, site.machine)}"


def _locked(version: str, site: Site) -> Package:
    with temporary_folder("npm") as folder:
        integrity = registry.run(["view", f"{_package_of(site)}@{version}", "dist.integrity", "--json"], folder)
    return Package(installer=NAME, name=NAME, version=version, checksum=integrity)


def _file(package: Package, site: Site) -> File:
    cache = site.registry.cache
    path = _kept(package, site)
    if path is None:
        if registry.known(package, cache) is None:
            registry.download({f"{_package_of(site)}@{package.version}": package}, cache)
        tarball = registry.known(package, cache)
        assert tarball is not None  # it was just fetched
        sha256, path = cache.add(_program(tarball, package))
        cache.remember("node-programs", FORMAT, package.checksum, value=sha256)
    return File(path=f"node-{package.version}.tar", sha256=path.name, content=path)


def _kept(package: Package, site: Site) -> Path | None:
    sha256 = site.registry.cache.record("node-programs", FORMAT, package.checksum)
    return site.registry.cache.find(sha256) if sha256 else None


def _program(tarball: Path, package: Package) -> Iterator[bytes]:
    """A tar with the program and its licence, owned by root, all times 0. FetchError where it is broken."""
    buffer = io.BytesIO()
    try:
        with tarfile.open(tarball) as whole, tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as out:
            found = {PurePosixPath(one.name).parts[1:]: one for one in whole if one.isfile()}
            for parts, mode in _KEPT.items():
                content = whole.extractfile(found[parts])
                place = "/".join(parts) if len(parts) > 1 else f"share/doc/node/{parts[0]}"
                member = tarfile.TarInfo(place)
                member.size, member.mode = found[parts].size, mode
                out.addfile(member, content)
    except (tarfile.TarError, EOFError, OSError, zlib.error, KeyError) as exc:
        what = Message("the npm package at {path} cannot be unpacked: {why}", path=package.name, why=exc)
        raise FetchError(what) from exc
    yield buffer.getvalue()

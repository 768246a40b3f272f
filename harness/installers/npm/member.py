"""The installer itself: packages of an npm registry, put under ``node_modules`` of the working folder.

npm resolves and downloads on this machine. The image gets the unpacked packages as one
archive, so it needs no Node.
"""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.cache import Cache
from harness.engine import temporary_folder
from harness.errors import InputError, Mistake
from harness.installers.npm import registry
from harness.installers.npm.archive import archive, name_of
from harness.language import Message
from harness.model import File, Package
from harness.model.packages import LocalFile, PackagesAndFiles
from harness.protocols import Contents, Site
from harness.systems import System

_ENTRY = re.compile(r"(?P<name>(?:@[a-z0-9~][\w.~-]*/)?[A-Za-z0-9~][\w.~-]*)(?:@(?P<version>[\w.~^<>=|*+ -]+))?")
_CPU = {"x86_64": "x64", "aarch64": "arm64"}


class NpmArguments(PackagesAndFiles):
    """``[jquery@1.12.4, "@babel/core@^7"]``, or a mapping with ``packages`` and ``files``, the archives of packages
    beside the recipe, as ``npm pack`` makes them."""

    @classmethod
    def check(cls, entry: str) -> None:
        super().check(entry)
        if not _ENTRY.fullmatch(entry):
            raise Mistake(
                Message("`{entry}` names no package of an npm registry", entry=entry),
                Message("write a name, or name@version"),
            )

    @classmethod
    def check_file(cls, file: LocalFile) -> None:
        if not file.path.endswith((".tgz", ".tar.gz")):
            raise Mistake(
                Message("`{path}` is named like no npm package", path=file.path), Message("write it as name-1.2.3.tgz")
            )


class Npm:
    Arguments = NpmArguments
    drifts = False

    def needs(self, system: System) -> tuple[str, ...]:
        return ()

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        return registry.versions(package)

    def resolve(
        self, wanted: Sequence[NpmArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        asked = dict(_split(entry) for arguments in wanted for entry in arguments.packages)
        given = _given([file for arguments in wanted for file in arguments.files], site)
        asked |= {name: f"file:given/{path.name}.tgz" for name, path in given.items()}
        manifest = {
            "name": "harness",
            "version": "0.0.0",
            "private": True,
            "dependencies": asked | {name: held[name] for name in held if name in asked and name not in given},
            "overrides": {name: version for name, version in held.items() if name not in given},
        }
        with temporary_folder("npm") as folder:
            (folder / "given").mkdir()
            for path in given.values():
                shutil.copy(path, folder / "given" / f"{path.name}.tgz")
            (folder / "package.json").write_text(json.dumps(manifest), "utf-8")
            if tree := site.registry.cache.record("npm-trees", _digest(preferred)):
                (folder / "package-lock.json").write_text(json.dumps(tree), "utf-8")
            registry.run(["install", "--package-lock-only", "--json"], folder)
            tree = json.loads((folder / "package-lock.json").read_text("utf-8"))
        packages = tuple(_packages(tree["packages"], site.machine))
        site.registry.cache.remember("npm-trees", _digest(packages), value=tree)
        return packages

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        cache = site.registry.cache
        return not packages or _kept(packages, cache) is not None or len(_known(packages, cache)) == len(packages)

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        if not packages:
            return ()
        cache = site.registry.cache
        name = f"node_modules-{_digest(packages)[:16]}.tar"
        path = _kept(packages, cache)
        if path is None:
            sha256, path = cache.add(archive(_tarballs(packages, site)))
            cache.remember("npm-archives", _digest(packages), value=sha256)
        return (File(path=name, sha256=path.name, content=path),)

    def contents(
        self, wanted: Sequence[NpmArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        files = self.fetch(packages, below, site)
        return Contents(files=files, instructions=tuple(f"ADD {file.path} {site.workdir}/" for file in files))


def _split(entry: str) -> tuple[str, str]:
    match = _ENTRY.fullmatch(entry)
    assert match is not None  # the arguments were validated
    return match["name"], match["version"] or "latest"


def _packages(entries: Mapping[str, Mapping[str, Any]], machine: str) -> Iterable[Package]:
    """What ``package-lock.json`` (version 3) says to install on Linux with glibc and this processor."""
    for path, entry in sorted(entries.items()):
        if not path or entry.get("inBundle") or not _runs_here(entry, machine):
            continue
        name = entry.get("name") or path.rpartition("node_modules/")[2]
        if "integrity" not in entry:
            raise InputError(
                Message("the npm package {package} does not come from a registry, so it cannot be locked", package=name)
            )
        yield Package(installer="npm", name=name, version=entry["version"], checksum=entry["integrity"], path=path)


def _runs_here(entry: Mapping[str, Any], machine: str) -> bool:
    return all(
        _allows(entry.get(key, ()), value)
        for key, value in (("os", "linux"), ("cpu", _CPU.get(machine, machine)), ("libc", "glibc"))
    )


def _allows(listed: Sequence[str] | str, value: str) -> bool:
    names = [listed] if isinstance(listed, str) else list(listed)
    if f"!{value}" in names:
        return False
    wanted = [name for name in names if not name.startswith("!")]
    return not wanted or value in wanted or "any" in wanted


def _kept(packages: Sequence[Package], cache: Cache) -> Path | None:
    """The archive of exactly these packages, where it was made before."""
    sha256 = cache.record("npm-archives", _digest(packages))
    return cache.find(sha256) if sha256 else None


def _known(packages: Sequence[Package], cache: Cache) -> dict[str, Path]:
    """The registry's file of every package that the cache has, by the path it is unpacked at."""
    return {package.path: path for package in packages if (path := registry.known(package, cache))}


def _given(wanted: Iterable[LocalFile], site: Site) -> dict[str, Path]:
    """The archives beside the recipe, copied to the cache, by the names of their packages."""
    cache, found = site.registry.cache, dict[str, Path]()
    for file in wanted:
        content = (site.folder / file.path).read_bytes()
        sha256, path = cache.add([content])
        if sha256 != file.sha256:
            raise InputError(Message("{path} has changed just now", path=site.folder / file.path))
        digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
        cache.remember("npm-files", f"sha512-{digest}", value=sha256)  # as npm writes it into its lock
        found[name_of(path, site.folder / file.path)] = path
    return found


def _tarballs(packages: Sequence[Package], site: Site) -> dict[str, Path]:
    """The file of every package, by the path it is unpacked at; each is fetched once, ever."""
    cache = site.registry.cache
    known = _known(packages, cache)
    if len(known) < len(packages):
        _given([file for arguments in site.asked for file in arguments.files], site)
        known = _known(packages, cache)
    if missing := {f"{one.name}@{one.version}": one for one in packages if one.path not in known}:
        registry.download(missing, cache)
    return _known(packages, cache) if missing else known


def _digest(packages: Sequence[Package]) -> str:
    rows = sorted((package.path, package.name, package.version, package.checksum) for package in packages)
    return hashlib.sha256(json.dumps(["2", rows]).encode()).hexdigest()

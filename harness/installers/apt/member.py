"""The installer itself.

Packages are chosen and downloaded in a throwaway container of the base image, so
that apt itself decides; the image installs the downloaded files without a network.
Only the packages that a recipe names are locked, each with the suite that it was asked of.
A distribution drops old versions within days, so what else they need is kept in the cache
but not in the lock.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, Self

from pydantic import Field, ValidationInfo, model_validator

from harness.cache import Cache
from harness.errors import FetchError, GoneError, InputError, Mistake, nearest
from harness.installers.apt import script
from harness.installers.apt.script import Take
from harness.language import Message
from harness.model import Base, File, Package
from harness.model.packages import PackageList, is_open
from harness.protocols import Contents, Site
from harness.systems import SUITES, System

_ENTRY = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)(?:=(?P<version>[A-Za-z0-9.+~:-]+))?")  # Debian Policy 5.6
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~:%_-]*\.deb")
_FIELD = re.compile(r"^(Package|Version|SHA256): (\S+)$", re.MULTILINE)

# Nothing is synced to disk, and no manual pages: the image is thrown away before they could matter.
_INSTALL = (
    "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "
    "-o Dpkg::Options::=--force-unsafe-io "
    "-o 'Dpkg::Options::=--path-exclude=/usr/share/doc/*' -o 'Dpkg::Options::=--path-exclude=/usr/share/man/*'"
)
_LEFT_BEHIND = "/var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log"


class AptArguments(PackageList):
    """``[python3, chromium=156.0.8078.73-1~deb12u1]``, or ``{packages: […], suite: bookworm-backports}``: these
    packages, and nothing else but what comes of the same sources, are taken from that suite of the
    distribution; ``pocket`` is the same for the system's own release."""

    suite: str = Field(default="", json_schema_extra={"anyOf": [{"enum": list(SUITES)}, {"pattern": r"\{[{%]"}]})
    pocket: Literal["release", "updates", "security", "backports"] | None = None

    @model_validator(mode="after")
    def _is_suite(self, info: ValidationInfo) -> Self:
        if self.suite and self.suite not in SUITES and not is_open(self.suite, info):
            raise Mistake(Message("there is no suite `{suite}`", suite=self.suite), nearest(self.suite, SUITES))
        if self.suite and self.pocket:
            raise Mistake(
                Message("`suite` and `pocket` both say where the packages come from"), Message("keep one of the two")
            )
        return self

    def origin(self, system: System) -> str:
        """The suite that the packages come from; empty where that is for apt to choose."""
        pocket = "" if self.pocket == "release" else f"-{self.pocket}"
        return f"{system.suite}{pocket}" if self.pocket else self.suite

    @classmethod
    def check(cls, entry: str) -> None:
        super().check(entry)
        if not _ENTRY.fullmatch(entry):
            raise Mistake(
                Message("`{entry}` names no package of the distribution", entry=entry),
                Message("write a name, or name=version"),
            )


class Apt:
    Arguments = AptArguments
    drifts = True

    def needs(self, system: System) -> tuple[str, ...]:
        return ()

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        from harness.versions import in_order

        out = site.registry.fetch(site.base, script.versions(package))
        versions = _madison(_text(out, "versions"))
        if not versions:
            raise _unknown(package, _text(out, "near").split(), site.system)
        return in_order(versions)

    def resolve(
        self, wanted: Sequence[AptArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        known = {(package.name, package.path): package.version for package in preferred}
        takes: dict[str, Take] = {}
        for arguments in wanted:
            origin = arguments.origin(site.system)
            for name, asked in map(_split, arguments.packages):
                version = held.get(name, asked)
                kind: Literal["must", "may"] = "must" if version else "may"
                take = Take(kind=kind, name=name, version=version or known.get((name, origin), ""), origin=origin)
                takes[name] = _both(takes.get(name), take)
        found = _download([takes[name] for name in sorted(takes)], site)
        return found.packages if isinstance(found, _Fetched) else _refuse(found, site.system, takes)

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        layers = ([*below, *packages], below)
        return all(_recorded(_exactly(layer), site) is not None for layer in layers if packages and layer)

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        if not packages:
            return ()
        under = {name for name, _ in self._kept(below, site).files} if below else set()
        cache = site.registry.cache
        files = []
        for name, sha256 in self._kept([*below, *packages], site).files:
            path = cache.find(sha256)
            assert path is not None  # `_kept` looked
            if name not in under:
                files.append(File(path=f"debs/{name}", sha256=sha256, content=path))
        return tuple(files)

    def contents(
        self, wanted: Sequence[AptArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        files = self.fetch(packages, below, site)
        if not files:  # the base image has them all
            return Contents()
        return Contents(
            files=files,
            instructions=("COPY debs /tmp/debs", f"RUN {_INSTALL} /tmp/debs/*.deb && rm -rf /tmp/debs {_LEFT_BEHIND}"),
        )

    def _kept(self, packages: Sequence[Package], site: Site) -> "_Fetched":
        """Everything the packages need, from the cache or fetched now. FetchError where a version is gone."""
        takes = _exactly(packages)
        fetched = _recorded(takes, site)
        if fetched is None:
            found = _download(takes, site)
            fetched = found if isinstance(found, _Fetched) else _miss(found, site.system)
        checksums = {package.name: package.checksum for package in fetched.packages}
        for package in packages:
            if checksums.get(package.name) != package.checksum:
                raise FetchError(
                    Message(
                        "{package} is not the file that was locked: its checksum differs",
                        package=f"{package.name} {package.version}",
                    )
                )
        return fetched


@dataclass(frozen=True, kw_only=True)
class _Fetched:
    """Named packages, and all files that install them: (file name, SHA-256)."""

    packages: tuple[Package, ...]
    files: tuple[tuple[str, str], ...]


def _split(entry: str) -> tuple[str, str]:
    match = _ENTRY.fullmatch(entry)
    assert match is not None  # the arguments were validated
    return match["name"], match["version"] or ""


def _sorted(packages: Sequence[Package]) -> list[Package]:
    return sorted({package.name: package for package in packages}.values(), key=lambda package: package.name)


def _exactly(packages: Sequence[Package]) -> list[Take]:
    return [Take(kind="must", name=one.name, version=one.version, origin=one.path) for one in _sorted(packages)]


def _key(base: Base, packages: Iterable[Package | Take]) -> tuple[str, ...]:
    def words(one: Package | Take) -> str:
        origin = one.path if isinstance(one, Package) else one.origin
        return f"{one.name}={one.version}" + (f"/{origin}" if origin else "")

    return ("apt", base.model_dump_json(), *map(words, sorted(packages, key=lambda one: one.name)))


def _recorded(takes: Sequence[Take], site: Site) -> _Fetched | None:
    """What was fetched for exactly these versions, where all of it is still in the cache."""
    cache = site.registry.cache
    record: Any = cache.record(*_key(site.base, takes))
    origins = {take.name: take.origin for take in takes}
    try:
        packages = tuple(_package(name, version, sha256, origins[name]) for name, version, sha256 in record["packages"])
        files = tuple((str(name), str(sha256)) for name, sha256 in record["files"])
    except (TypeError, KeyError, ValueError):  # there is none, or it came out of a stranger's bundle
        return None
    there = all(_FILE.fullmatch(name) and cache.find(sha256) for name, sha256 in files)
    return _Fetched(packages=packages, files=files) if there else None


@dataclass(frozen=True, kw_only=True)
class _Missing:
    """Why nothing was fetched, as the script writes it."""

    gone: str
    no_suite: str
    unmet: str


def _download(takes: Sequence[Take], site: Site) -> _Fetched | _Missing:
    """Choose and fetch in a container."""
    cache = site.registry.cache
    known = {name: sha256 for name, sha256 in _known(site, cache).items() if cache.find(sha256)}
    out = site.registry.fetch(site.base, script.download(takes, site.system.suite, sorted(known)))
    missing = _Missing(gone=_text(out, "gone"), no_suite=_text(out, "no-suite"), unmet=_text(out, "unmet"))
    if missing.gone or missing.no_suite or missing.unmet:
        return missing
    origins = {take.name: take.origin for take in takes}
    packages = []
    for stanza in _text(out, "chosen").strip().split("\n\n"):
        fields = dict(reversed(_FIELD.findall(stanza)))
        name = fields["Package"]
        packages.append(_package(name, fields["Version"], fields["SHA256"], origins[name]))
    known |= {name: _added(path, cache) for name, path in out.items() if name.endswith(".deb")}
    files = tuple((name, known[name]) for name in sorted(_text(out, "files").split()))
    fetched = _Fetched(packages=tuple(_sorted(packages)), files=files)
    _remember(fetched, site, cache)
    return fetched


def _known(site: Site, cache: Cache) -> dict[str, str]:
    """Files of the distribution that were fetched before: name, which has the version in it → SHA-256."""
    record = cache.record("apt-files", site.system.name, site.machine)
    return dict(record) if isinstance(record, dict) else {}  # a stranger's bundle may say anything


def _remember(fetched: _Fetched, site: Site, cache: Cache) -> None:
    # Two processes that do this at once may lose a file's entry; it is fetched again then.
    cache.remember("apt-files", site.system.name, site.machine, value=_known(site, cache) | dict(fetched.files))
    packages = [[one.name, one.version, one.checksum.removeprefix("sha256:")] for one in fetched.packages]
    cache.remember(*_key(site.base, fetched.packages), value={"packages": packages, "files": fetched.files})


def _package(name: str, version: str, sha256: str, origin: str) -> Package:
    return Package(installer="apt", name=name, version=version, checksum=f"sha256:{sha256}", path=origin)


def _added(path: Path, cache: Cache) -> str:
    """Keep a file in the cache, unless that is where it lies."""
    if cache.find(path.name) == path:
        return path.name
    with path.open("rb") as file:
        return cache.add(iter(lambda: file.read(1 << 20), b""))[0]


def _text(out: Mapping[str, Path], name: str) -> str:
    return out[name].read_text("utf-8") if name in out else ""


def _madison(text: str) -> list[str]:
    """Versions in the table of ``apt-cache madison``: package | version | origin."""
    return [row[1].strip() for line in text.splitlines() if len(row := line.split("|")) == 3]


def _both(first: Take | None, second: Take) -> Take:
    """What is asked for twice: where one says more, as it says."""
    if first is None or (first.kind == "may" and not first.origin):
        return second
    if second.origin and first.origin != second.origin:
        what = Message(
            "{package} is to come from {first} and from {second}",
            package=first.name,
            first=first.origin or Message("its own release"),
            second=second.origin,
        )
        raise InputError(what, Message("name it once"))
    return second if second.kind == "must" and second.origin == first.origin else first


def _refuse(missing: _Missing, system: System, takes: Mapping[str, Take]) -> NoReturn:
    """A recipe or an environment file asks for what the distribution does not have."""
    if missing.no_suite:
        what = Message(
            "the mirror of {system} has no suite {suite}", system=system.name, suite=missing.no_suite.strip()
        )
        raise InputError(what, Message("take another suite, or another system under `os`"))
    if missing.unmet:
        said = "\n".join(line for line in missing.unmet.splitlines() if line.startswith(" "))
        raise InputError(
            Message("the packages of {system} do not go together:\n{said}", system=system.name, said=said),
            Message("what is needed from the same suite has to be named there, too"),
        )
    rows = [_row(line) for line in missing.gone.splitlines()]
    name, _, version = next(line for line in missing.gone.splitlines() if "|" not in line).partition("=")
    published = [row for row in rows if row and row[0].strip() == name]
    if (take := takes[name]).origin:
        there = ", ".join(f"{row[1].strip()} ({row[2].split()[1].partition('/')[0]})" for row in published)
        raise InputError(
            Message("{suite} has no {package}", suite=take.origin, package=f"{name} {version}".strip()),
            Message("there is: {versions}", versions=there) if there else None,
        )
    if version and published:
        from harness.versions import choose

        try:
            choose(version, [row[1].strip() for row in published])
        except InputError as exc:
            what = Message("{system} has no {package}", system=system.name, package=f"{name} {version}")
            raise InputError(what, exc.advice) from exc
    raise _unknown(name, [row[0].strip() for row in rows if row], system)


def _unknown(name: str, near: Sequence[str], system: System) -> InputError:
    """``near`` are names that begin in the same way."""
    what = Message("{system} has no package named {package}", system=system.name, package=name)
    return InputError(what, nearest(name, near))


def _miss(missing: _Missing, system: System) -> NoReturn:
    """What was locked cannot be had any more."""
    names = [line.replace("=", " ") for line in missing.gone.splitlines() if "|" not in line]
    raise GoneError(
        Message(
            "{system} no longer has {packages}",
            system=system.name,
            packages=", ".join([*names, *missing.no_suite.split()]),
        ),
        Message("`harness lock` finds versions that are there now"),
    )


def _row(line: str) -> list[str]:
    return line.split("|") if "|" in line else []

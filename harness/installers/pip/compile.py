"""Resolving with uv, for the Python and the platform of a system, whatever runs here."""

import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from harness.engine import process, temporary_folder, tools
from harness.errors import FetchError, InputError
from harness.installers.pip import index, sdist
from harness.installers.pip.given import Given
from harness.language import Message
from harness.model import Package
from harness.protocols import Site
from harness.systems import System
from harness.versions import in_order

BUILD = "build"  # `path` of packages that are only there to install others
TIMEOUT_S = 300
UV_GLIBC = (*range(28, 41), 17)  # the minor versions of glibc 2 that uv has platforms for
_UNBUILT = re.compile(r"Wheels are required for `([^`]+)`")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be installed together."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()  # in the place of what packages say of what they need
    held: Mapping[str, str] = field(default_factory=dict)  # package -> exact version
    given: Mapping[str, Given] = field(default_factory=dict)  # package -> the file that is taken for it
    indexes: tuple[str, ...] = ()  # asked before those of this machine

    def limits(self) -> str:
        """As uv and pip read constraints."""
        held = [f"{name}=={version}" for name, version in sorted(self.held.items())]
        return "".join(f"{line}\n" for line in (*self.constraints, *held))


def compiled(
    question: Question, preferred: Sequence[Package], site: Site
) -> tuple[tuple[Package, ...], tuple[Package, ...]]:
    """All that is asked for and what it needs as exact files: what is installed, and those of it
    that have to be built. InputError where nothing satisfies them together."""
    with temporary_folder("pip") as folder:
        (folder / "stand-ins").mkdir()
        (folder / "given").mkdir()
        requirements = [*question.requirements, *(_put(one, folder / "given") for one in question.given.values())]
        (folder / "requirements.in").write_text("\n".join([*requirements, ""]), "utf-8")
        (folder / "constraints.txt").write_text(question.limits(), "utf-8")
        (folder / "overrides.txt").write_text("".join(f"{line}\n" for line in question.overrides), "utf-8")
        sources = {name: given.package for name, given in question.given.items() if given.source}
        while True:
            _write_preferred(folder / "pylock.toml", preferred)
            argv = _argv(site, question.indexes)
            done = process.run(argv, env=index.environment(), cwd=folder, timeout_s=TIMEOUT_S, error=FetchError)
            if done.code == 0:
                break
            unbuilt = {str(canonicalize_name(name)) for name in _UNBUILT.findall(done.stderr)} - sources.keys()
            if done.code != 1 or not unbuilt:
                raise _failure(done.code, done.stderr)
            for name in unbuilt:
                sources[name] = _stand_in(name, question, folder / "stand-ins", site)
        found = tomllib.loads((folder / "pylock.toml").read_text("utf-8"))
    return _packages(found.get("packages", ()), sources, question.given, site.system, site.machine)


def _put(given: Given, folder: Path) -> str:
    """Put a file, or what stands in for one that has to be built, where uv can read it; the requirement for it."""
    package = given.package
    if given.source:
        path = sdist.stand_in(folder, package.name, package.version, given.source)
    else:
        path = folder / package.file
        shutil.copy(given.path, path)
    return f"{package.name} @ {path.as_uri()}"


def _argv(site: Site, indexes: Iterable[str]) -> list[str]:
    return [
        *(tools.uv(), "pip", "compile", "requirements.in", "--constraints", "constraints.txt"),
        *("--overrides", "overrides.txt"),
        *("--find-links", "stand-ins", *(word for one in indexes for word in ("--index", one))),
        *("--python-version", site.system.python, "--python-platform", _platform(site.system, site.machine)),
        *("--format", "pylock.toml", "--output-file", "pylock.toml"),
        *("--resolution", "highest", "--prerelease", "if-necessary-or-explicit", "--index-strategy", "first-index"),
        *("--no-build", "--no-sources", "--no-python-downloads", "--no-progress", "--no-header", "--quiet"),
    ]


def _platform(system: System, machine: str) -> str:
    minor = next(minor for minor in sorted(UV_GLIBC, reverse=True) if minor <= system.glibc[1])
    return f"{machine}-manylinux_2_{minor}"


def _write_preferred(path: Path, preferred: Sequence[Package]) -> None:
    """uv keeps the versions of a lock file that is there already, where they fit."""
    lines = ['lock-version = "1.0"', 'created-by = "harness"']
    for package in preferred:
        if package.path != BUILD:
            lines += ["[[packages]]", f'name = "{package.name}"', f'version = "{package.version}"']
    if len(lines) > 2:
        path.write_text("\n".join([*lines, ""]), "utf-8")


def _failure(code: int, output: str) -> InputError | FetchError:
    words = re.sub(r"https?://[^/\s]*@", "https://", output).strip()
    if code == 1:
        return InputError(
            Message("the Python packages do not fit together:\n{output}", output=words),
            Message(
                "where the customer has them together all the same, as pip leaves them after an upgrade, say so in the "
                "recipe: `pip: {example}`",
                example='{packages: […], overrides: ["name==1.2.3"]}',
            ),
        )
    return FetchError(
        Message("the Python packages could not be resolved:\n{output}", output=words),
        Message("`harness doctor` shows which registries can be reached"),
    )


def _stand_in(name: str, question: Question, folder: Path, site: Site) -> Package:
    """Let uv see the newest source distribution that may be meant."""
    asked = [Requirement(line) for line in (*question.requirements, *question.limits().splitlines())]
    limit = SpecifierSet(",".join(str(one.specifier) for one in asked if canonicalize_name(one.name) == name))
    usable = {
        version: file
        for file in index.files(name, question.indexes)
        if not file.name.endswith(".whl")
        and file.runs_on(site.system.python)
        and file.sha256
        and (version := file.version) is not None
        and (not file.yanked or f"=={version}" in str(limit))
    }
    fitting = list(limit.filter(usable))
    if not fitting:
        raise InputError(Message("no version of {package} can be installed", package=name))
    version = in_order(fitting)[-1]
    file = usable[version]
    path = index.download([(name, file.name, file.sha256)], site.registry.cache, question.indexes)[file.sha256]
    sdist.stand_in(folder, name, version, sdist.read(path, file.name))
    return _package(name, version, file.name, file.sha256)


def _packages(
    entries: Sequence[Mapping[str, Any]],
    sources: Mapping[str, Package],
    given: Mapping[str, Given],
    system: System,
    machine: str,
) -> tuple[tuple[Package, ...], tuple[Package, ...]]:
    rank = {tag: number for number, tag in enumerate(_tags(system, machine))}
    chosen, unbuilt = [], []
    for entry in sorted(entries, key=lambda entry: entry["name"]):
        own = given.get(entry["name"])
        if own and not own.source:
            if _rank(own.package.file, rank) is None:
                raise InputError(Message("{package} has no file for this system", package=own.package.file))
            chosen.append(own.package)
            continue
        source = sources.get(entry["name"])
        if source is not None and (own or source.version == entry["version"]):
            chosen.append(source)
            unbuilt.append(source)
            continue
        wheel = min(
            ((r, f) for f in entry.get("wheels", ()) if (r := _rank(_file(f), rank)) is not None),
            default=None,
            key=lambda pair: pair[0],
        )
        if wheel is None:
            raise InputError(
                Message("{package} has no file for this system", package=f"{entry['name']} {entry['version']}")
            )
        chosen.append(_package(entry["name"], entry["version"], _file(wheel[1]), wheel[1]["hashes"]["sha256"]))
    return tuple(chosen), tuple(unbuilt)


def _package(name: str, version: str, file: str, sha256: str) -> Package:
    return Package(installer="pip", name=name, version=version, file=file, checksum=f"sha256:{sha256}")


def _file(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or unquote(urlsplit(entry["url"]).path.rpartition("/")[2]))


def _rank(file: str, rank: Mapping[Tag, int]) -> int | None:
    """How well a wheel fits; smaller is better, None where it does not."""
    try:
        tags = parse_wheel_filename(file)[3]
    except InvalidWheelFilename:
        return None
    return min((rank[tag] for tag in tags if tag in rank), default=None)


def _tags(system: System, machine: str) -> Iterator[Tag]:
    """The wheel tags of the system's CPython, best first."""
    python = tuple(map(int, system.python.split(".")))
    platforms = list(_platforms(system, machine))
    yield from cpython_tags(python, platforms=platforms)
    yield from compatible_tags(python, interpreter=f"cp{''.join(map(str, python))}", platforms=platforms)


def _platforms(system: System, machine: str) -> Iterator[str]:
    """PEP 600, with the older names of PEP 513, 571 and 599."""
    older = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    for minor in range(system.glibc[1], 4 if machine == "x86_64" else 16, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in older:
            yield f"{older[minor]}_{machine}"
    yield f"linux_{machine}"

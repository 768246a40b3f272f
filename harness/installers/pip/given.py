"""What the owner of a recipe put beside it: wheels, source distributions, constraints."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from harness.errors import InputError, Problem
from harness.installers.pip import sdist
from harness.installers.pip.names import distribution
from harness.language import Message
from harness.model import Package
from harness.model.packages import LocalFile
from harness.protocols import Site

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Given:
    """A distribution beside the recipe. ``path`` is its copy in the cache; ``source`` is what one asks for that
    has to be built."""

    package: Package
    path: Path
    source: sdist.Source | None


def files(wanted: Iterable[LocalFile], site: Site) -> dict[str, Given]:
    """The distributions, by the names of their packages. InputError where one is not what it is named after,
    or not the file that is asked for."""
    found: dict[str, Given] = {}
    for file in wanted:
        named = distribution(file.name)
        assert named is not None  # the arguments were validated
        with (site.folder / file.path).open("rb") as content:
            sha256, path = site.registry.cache.add(iter(lambda: content.read(CHUNK_BYTES), b""))
        if sha256 != file.sha256:
            raise InputError(Message("{path} has changed just now", path=site.folder / file.path))
        name, version = named
        checksum = f"sha256:{sha256}"
        package = Package(installer="pip", name=name, version=version, file=file.name, checksum=checksum)
        source = None if file.name.endswith(".whl") else sdist.read(path, file.name)
        _refuse_addresses(source.requires if source else sdist.requirements_of_wheel(path, file.name), file.name)
        found[name] = Given(package=package, path=path, source=source)
    return found


def _refuse_addresses(requires: Iterable[str], file: str) -> None:
    """uv would fetch whatever an address leads to, also on this machine."""
    for entry in requires:
        try:
            is_address = Requirement(entry).url is not None
        except InvalidRequirement:
            is_address = "@" in entry
        if is_address:
            raise InputError(
                Message("{file} needs `{entry}`: only packages of an index can be locked", file=file, entry=entry),
                Message("put that package beside the recipe, too, and build the file without the address"),
            )


def constraints(wanted: LocalFile | tuple[str, ...], site: Site) -> Iterator[str]:
    """Requirements that hold for whatever is installed. InputError, with the place, where a file has others."""
    if not isinstance(wanted, LocalFile):
        yield from wanted
        return
    path = site.folder / wanted.path
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(Message("{path} cannot be read: {reason}", path=path, reason=type(exc).__name__)) from exc
    for number, line in enumerate(lines, start=1):
        entry = line.partition(" #")[0].strip()
        if not entry or entry.startswith("#"):
            continue
        try:
            is_plain = Requirement(entry).url is None
        except InvalidRequirement:
            is_plain = False
        if not is_plain:
            what = Message("`{entry}` is no requirement", entry=entry)
            advice = Message("a file of constraints holds lines such as name<3, without options and addresses")
            raise InputError.of((Problem(path=path, line=number, column=1, what=what, advice=advice),))
        yield entry

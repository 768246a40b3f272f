"""Source distributions: what one asks for, read without running anything of it.

uv is never let to build on this machine, because a package's build script is a
stranger's code. Where there is no wheel, a stand-in wheel with nothing but metadata
takes its place while versions are resolved; the build itself happens in the image.
"""

import tarfile
import tomllib
import zipfile
import zlib
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from packaging.utils import canonicalize_name

from harness.errors import InputError
from harness.language import Message

LARGEST_BYTES = 4 << 20  # of a file in it that we read
DEFAULT_BUILD = ("setuptools", "wheel")  # PEP 518, and what old set-up scripts take for granted
_READ = ("PKG-INFO", "pyproject.toml", "requires.txt")


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a source distribution asks for, as requirements of PEP 508."""

    requires: tuple[str, ...]
    build_requires: tuple[str, ...]
    extras: tuple[str, ...]
    requires_python: str


def read(path: Path, name: str) -> Source:
    """Read the source distribution at ``path`` whose file name is ``name``. InputError where it is broken."""
    try:
        texts = _zipped(path) if name.endswith(".zip") else _tarred(path)
        metadata = HeaderParser().parsestr(_nearest(texts, "PKG-INFO"))
        declared = metadata.get_all("Requires-Dist")
        requires, extras = _of_setuptools(_nearest(texts, "requires.txt"))
        project = tomllib.loads(_nearest(texts, "pyproject.toml"))
    except (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile, ValueError) as exc:
        raise InputError(Message("{file} is no source distribution that can be read", file=name)) from exc
    return Source(
        requires=tuple(declared) if declared else requires,
        build_requires=(*project.get("build-system", {}).get("requires", ()), *DEFAULT_BUILD),
        extras=tuple(metadata.get_all("Provides-Extra") or extras),
        requires_python=metadata.get("Requires-Python") or "",
    )


def requirements_of_wheel(path: Path, name: str) -> tuple[str, ...]:
    """What the wheel at ``path`` whose file name is ``name`` asks for. InputError where it is broken."""
    try:
        with zipfile.ZipFile(path) as wheel:
            metadata = [one for one in wheel.infolist() if one.filename.endswith(".dist-info/METADATA")]
            if len(metadata) != 1 or metadata[0].file_size > LARGEST_BYTES:
                raise zipfile.BadZipFile
            text = wheel.read(metadata[0]).decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
        raise InputError(Message("{file} is no wheel that can be read", file=name)) from exc
    return tuple(map(str, HeaderParser().parsestr(text).get_all("Requires-Dist") or ()))


def stand_in(folder: Path, package: str, version: str, source: Source) -> Path:
    """Write a wheel into ``folder`` that has the metadata of ``source`` and no code; returns its path."""
    stem = f"{canonicalize_name(package).replace('-', '_')}-{version}"
    lines = ["Metadata-Version: 2.1", f"Name: {package}", f"Version: {version}"]
    lines += [f"Requires-Python: {source.requires_python}"] if source.requires_python else []
    lines += [f"Requires-Dist: {requirement}" for requirement in source.requires]
    lines += [f"Provides-Extra: {extra}" for extra in source.extras]
    path = folder / f"{stem}-py2.py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{stem}.dist-info/METADATA", "\n".join([*lines, "", ""]))
        wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{stem}.dist-info/RECORD", "")
    return path


def _of_setuptools(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``requires.txt`` of setuptools: requirements under headings ``[extra:marker]``."""
    found, extras, extra, marker = [], [], "", ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            extra, _, marker = line.strip("[]").partition(":")
            extras += [extra] if extra else []
            continue
        conditions = [f"({marker})"] if marker else []
        conditions += [f'extra == "{extra}"'] if extra else []
        found.append(f"{line} ; {' and '.join(conditions)}" if conditions else line)
    return tuple(found), tuple(dict.fromkeys(extras))


def _nearest(texts: dict[str, str], name: str) -> str:
    """The file of that name that is nearest to the top."""
    paths = [path for path in texts if path.rpartition("/")[2] == name]
    return texts[min(paths, key=lambda path: (path.count("/"), path))] if paths else ""


def _tarred(path: Path) -> dict[str, str]:
    texts = {}
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and member.size <= LARGEST_BYTES and member.name.endswith(_READ):
                content = archive.extractfile(member)
                texts[member.name] = content.read().decode("utf-8", "replace") if content else ""
    return texts


def _zipped(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {
            member.filename: archive.read(member).decode("utf-8", "replace")
            for member in archive.infolist()
            if member.file_size <= LARGEST_BYTES and member.filename.endswith(_READ)
        }

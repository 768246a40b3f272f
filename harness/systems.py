"""The operating systems a container can have, as data. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, kw_only=True)
class System:
    """One release of a distribution."""

    name: str  # as in an environment file, and the image's name in a registry
    suite: str  # the release's code name, as the package manager knows it
    python: str  # X.Y of the distribution's python3
    glibc: tuple[int, int]
    pythons: Mapping[str, "Python"] = field(default_factory=dict, compare=False)  # X.Y: older ones, which run on it

    def with_python(self, version: str | None) -> "System":
        """The same system whose ``python3`` has another version; it must be one of ``pythons``."""
        return replace(self, python=version) if version else self


@dataclass(frozen=True, kw_only=True)
class Python:
    """An older release's Python: the packages that are taken from that release, and it has all else that they need."""

    suite: str
    packages: tuple[str, ...]


_PYTHON_3_9 = Python(
    suite="bullseye",
    packages=("python3", "python3.9", "python3-distutils", "python3-lib2to3", "libssl1.1", "libffi7", "libmpdec3"),
)
_PYTHON_3_11 = Python(suite="bookworm", packages=("python3", "python3.11"))


SYSTEMS = {
    system.name: system
    for system in (
        System(name="debian:11", suite="bullseye", python="3.9", glibc=(2, 31)),
        System(name="debian:12", suite="bookworm", python="3.11", glibc=(2, 36), pythons={"3.9": _PYTHON_3_9}),
        System(
            name="debian:13",
            suite="trixie",
            python="3.13",
            glibc=(2, 41),
            pythons={"3.11": _PYTHON_3_11, "3.9": _PYTHON_3_9},
        ),
    )
}
POCKETS = ("", "-updates", "-security", "-backports")
SUITES = tuple(f"{system.suite}{pocket}" for system in SYSTEMS.values() for pocket in POCKETS)  # of their mirrors

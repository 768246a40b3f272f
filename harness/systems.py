"""The operating systems a container can have, as data. Imports nothing of ours."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class System:
    """One release of a distribution."""

    name: str  # as in an environment file, and the image's name in a registry
    suite: str  # the release's code name, as the package manager knows it
    python: str  # X.Y of the distribution's python3
    glibc: tuple[int, int]


SYSTEMS = {
    system.name: system
    for system in (
        System(name="debian:11", suite="bullseye", python="3.9", glibc=(2, 31)),
        System(name="debian:12", suite="bookworm", python="3.11", glibc=(2, 36)),
        System(name="debian:13", suite="trixie", python="3.13", glibc=(2, 41)),
    )
}

"""Lock: the exact versions and checksums that an environment file resolved to."""

from typing import Literal

from harness.model.base import Frozen


class Package(Frozen):
    """One file of a registry.

    ``path`` is where npm puts it (``node_modules/a/node_modules/b``), empty elsewhere.
    ``checksum`` is ``sha256:<hex>`` (pip, apt) or a subresource-integrity string (npm).
    """

    installer: str
    name: str
    version: str
    file: str = ""
    checksum: str
    path: str = ""


class Base(Frozen):
    """The base image of an operating system.

    ``source`` says whether it comes from a registry, pinned by ``digest``
    (``sha256:…``), or is bootstrapped from the distribution's packages, which has
    no digest that two machines share.
    """

    os: str
    source: Literal["registry", "bootstrap"]
    digest: str = ""


class LockedSet(Frozen):
    """Packages installed together in one image, in the layer they belong to."""

    product: tuple[Package, ...] = ()
    plugins: tuple[Package, ...] = ()


class LockedEnvironment(Frozen):
    """One set-up: what each version in it became, and what is installed."""

    versions: dict[str, str]  # dotted path of the spec -> exact version
    server: LockedSet
    browser: LockedSet


class Drift(Frozen):
    """A package that the lock names and its registry no longer has: what took its place."""

    package: str
    locked: str
    used: str


class Lock(Frozen):
    """``<environment>.lock.yaml``; ``digest`` is of what was resolved, so that a stale lock is seen."""

    digest: str
    bases: tuple[Base, ...]
    environments: tuple[LockedEnvironment, ...]
    drifts: tuple[Drift, ...] = ()  # only in the lock a run leaves behind

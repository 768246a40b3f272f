"""Lock: the exact versions and checksums that an environment file resolved to."""

from typing import Literal

from harness.model.base import Frozen, Side
from harness.model.environment import Environment, Ref


class Package(Frozen):
    """One file of a registry.

    ``path`` is where npm puts it (``node_modules/a/node_modules/b``); for pip ``build``
    where it is only there to install others; empty elsewhere.
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
    """One set-up: what each version in it became, and what is installed.

    ``versions`` is by dotted path of the spec (``server.product``, ``server.plugins.<name>``,
    ``server.dependencies.<name>``, ``server.compat.<name>``, ``client.browser``). In ``server``
    the lower layer is the product, in ``browser`` the browser.
    """

    versions: dict[str, str]
    server: LockedSet
    browser: LockedSet

    def exact(self, environment: Environment) -> Environment:
        """``environment`` with every version as it is locked."""
        paths = wanted_versions(environment)

        def locked(path: str) -> Ref:
            return paths[path].model_copy(update={"version": self.versions[path]})

        server = environment.server
        kinds = {
            kind: tuple(locked(f"server.{kind}.{ref.name}") for ref in getattr(server, kind)) for kind in SERVER_PARTS
        }
        client = environment.client.model_copy(update={"browser": locked("client.browser")})
        server = server.model_copy(update={"product": locked("server.product"), **kinds})
        return environment.model_copy(update={"client": client, "server": server})


SERVER_PARTS = ("plugins", "dependencies", "compat")


def wanted_versions(environment: Environment) -> dict[str, Ref]:
    """The paths of ``LockedEnvironment.versions``, with what is asked for there."""
    server = environment.server
    paths = {"server.product": server.product, "client.browser": environment.client.browser}
    for kind in SERVER_PARTS:
        paths |= {f"server.{kind}.{ref.name}": ref for ref in getattr(server, kind)}
    return paths


class Drift(Frozen):
    """Something that the lock names and that cannot be had any more: what took its place."""

    package: str
    locked: str
    used: str


class Lock(Frozen):
    """``<environment>.lock.yaml``: one locked environment for each of the file, in its order.

    ``digest`` is of what was resolved, so that a stale lock is seen; ``machine`` is the
    processor ("x86_64", "aarch64") whose packages were taken.
    """

    digest: str
    machine: str
    bases: tuple[Base, ...]
    environments: tuple[LockedEnvironment, ...]
    drifts: tuple[Drift, ...] = ()  # only in the lock a run leaves behind

    def side(self, side: Side) -> LockedEnvironment:
        return self.environments[0 if side == "before" else -1]

    def base(self, os: str) -> Base:
        return next(base for base in self.bases if base.os == os)

"""Lock: the exact versions and checksums that an environment file resolved to."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from harness.model.base import Frozen, Side
from harness.model.endpoint import Endpoint
from harness.model.environment import Environment
from harness.model.refs import Ref
from harness.model.tokens import Checksum, ExactVersion, FileName, PackageName, Place


class Package(Frozen):
    """One file of a registry.

    ``path`` is where npm puts it (``node_modules/a/node_modules/b``); for pip ``build``
    where it is only there to install others; empty elsewhere.
    ``checksum`` is ``sha256:<hex>`` (pip, apt) or a subresource-integrity string (npm).
    """

    installer: str
    name: PackageName
    version: ExactVersion
    file: FileName = ""
    checksum: Checksum
    path: Place = ""


class Base(Frozen):
    """The base image of an operating system.

    ``source`` says whether it comes from a registry, pinned by ``digest``
    (``sha256:…``), or is bootstrapped from the distribution's packages, which has
    no digest that two machines share. One that a bundle brought is known by a ``digest``
    of that bundle, so that nothing else is built on it.
    """

    os: str = Field(pattern=r"^[a-z]+:[a-z0-9.]+$")
    source: Literal["registry", "bootstrap", "bundle"]
    digest: str = Field(default="", pattern=r"^(sha256:[0-9a-f]{64}|[0-9a-f]{16})?$")


class Inventory(Frozen):
    """What is installed in a base image that was bootstrapped, and so has no digest that machines share."""

    os: str = Field(pattern=r"^[a-z]+:[a-z0-9.]+$")
    checksum: Checksum  # SHA-256 of what dpkg knows about its packages, in the order of their names
    packages: dict[PackageName, ExactVersion]


class LockedSet(Frozen):
    """Packages installed together in one image, in the layer they belong to."""

    product: tuple[Package, ...] = ()
    plugins: tuple[Package, ...] = ()


class LockedEnvironment(Frozen):
    """One set-up: what each version in it became, and what is installed.

    ``versions`` is by dotted path of the spec (``server.product``, ``server.plugins.<name>``,
    ``server.dependencies.<name>``, ``server.compat.<name>``, ``server.services.<name>``, ``server.node``,
    ``client.browser``, ``client.extensions.<name>`` of those that come from a registry). In ``server``
    the lower layer is the product, in ``browser`` the browser, in each of ``services`` (by name) the service; in each
    of ``links`` it is all there is.
    """

    versions: dict[str, ExactVersion]
    server: LockedSet
    browser: LockedSet
    services: dict[str, LockedSet] = {}
    links: dict[str, LockedSet] = {}
    endpoint: Endpoint | None = None  # of a browser that runs elsewhere, which has no version here and no image

    @property
    def images(self) -> tuple[str, ...]:
        """Everything that ``packages`` takes."""
        services, links = (f"{SERVICES}{name}" for name in self.services), (f"{LINKS}{name}" for name in self.links)
        return ("server", "browser", *services, *links)

    def packages(self, image: str) -> LockedSet:
        """What is installed in an image: ``server``, ``browser``, ``services.<name>`` or ``links.<name>``."""
        if name := service_of(image):
            return self.services[name]
        if name := link_of(image):
            return self.links[name]
        return self.server if image == "server" else self.browser

    def with_packages(self, image: str, packages: LockedSet) -> "LockedEnvironment":
        """The same with other packages in an image."""
        if name := service_of(image):
            return self.model_copy(update={"services": {**self.services, name: packages}})
        if name := link_of(image):
            return self.model_copy(update={"links": {**self.links, name: packages}})
        return self.model_copy(update={image: packages})

    def exact(self, environment: Environment) -> Environment:
        """``environment`` with every version as it is locked."""
        paths = wanted_versions(environment)

        def locked(path: str) -> Ref:
            return paths[path].model_copy(update={"version": self.versions[path]})

        def of_kind(kind: str) -> Iterator[Ref]:
            for ref in getattr(server, kind):
                path = f"server.{kind}.{ref.name}"
                yield locked(path) if path in paths else ref  # an image that is given is what it is

        server = environment.server
        kinds = {kind: tuple(of_kind(kind)) for kind in SERVER_PARTS}
        client = environment.client
        extensions = tuple(
            one.model_copy(update={"version": self.versions[path]}) if (path := EXTENSION + one.name) in paths else one
            for one in client.extensions
        )
        browser = locked(BROWSER) if BROWSER in paths else client.browser
        client = client.model_copy(update={"browser": browser, "extensions": extensions})
        node = self.versions["server.node"] if server.node else None
        server = server.model_copy(update={"product": locked("server.product"), "node": node, **kinds})
        return environment.model_copy(update={"client": client, "server": server})


SERVER_PARTS = ("plugins", "dependencies", "compat", "services")
BROWSER = "client.browser"
EXTENSION = "client.extensions."
SERVICES = "services."  # what the names of services' images begin with
LINKS = "links."  # … and those of what stands between browser and product


def service_of(image: str) -> str:
    """The service whose image it is; empty for those of product and browser."""
    return image.removeprefix(SERVICES) if image.startswith(SERVICES) else ""


def link_of(image: str) -> str:
    """The member of ``links/`` whose image it is; empty for others."""
    return image.removeprefix(LINKS) if image.startswith(LINKS) else ""


def wanted_versions(environment: Environment) -> dict[str, Ref]:
    """The paths of ``LockedEnvironment.versions``, with what is asked for there: nothing of a given image."""
    server = environment.server
    given = {ref.name for ref in server.services if ref.image}
    paths: dict[str, Ref] = {"server.product": server.product}
    if not environment.client.browser.url:
        paths[BROWSER] = environment.client.browser
    if server.node:
        paths["server.node"] = Ref(name="node", version=server.node)
    for kind in SERVER_PARTS:
        refs = [ref for ref in getattr(server, kind) if kind != "services" or ref.name not in given]
        paths |= {f"server.{kind}.{ref.name}": ref for ref in refs}
    paths |= {
        EXTENSION + one.name: Ref(name=one.name, version=one.version)
        for one in environment.client.extensions
        if one.source != "file"
    }
    return paths


class Drift(Frozen):
    """Something that the lock names and that cannot be had any more: what took its place."""

    package: str
    locked: str
    used: str


class Lock(Frozen):
    """``<environment>.lock.yaml``: one locked environment for each of the file, in its order.

    ``digest`` is of what was resolved, so that a stale lock is seen; ``machine`` is the
    processor ("x86_64", "aarch64") whose packages were taken. ``recipes`` are SHA-256 of the
    folders of recipes, by product: what is in them is not in the lock.
    """

    digest: str
    machine: str
    bases: tuple[Base, ...]
    environments: tuple[LockedEnvironment, ...]
    inventories: tuple[Inventory, ...] = ()  # of bases that were bootstrapped
    recipes: dict[str, str] = {}
    drifts: tuple[Drift, ...] = ()  # only in the lock a run leaves behind

    def side(self, side: Side) -> LockedEnvironment:
        return self.environments[0 if side == "before" else -1]

    def base(self, os: str) -> Base:
        return next(base for base in self.bases if base.os == os)

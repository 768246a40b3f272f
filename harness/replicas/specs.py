"""The containers of a replica as data, for whoever starts them and whoever writes them down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.browsers import BROWSERS
from harness.client import desktop
from harness.engine.containers import ContainerSpec
from harness.model import Client

PRODUCT = "product"  # its name in the network
BROWSER = "browser"
ORIGIN = "origin"  # the product's name where something answers in its place
BROWSER_SHARED_MEMORY_BYTES = 512 * 1024**2
TEMPLATES = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, kw_only=True)
class Specs:
    """The containers of one replica in its network, which has no way out where it is ``isolated``."""

    run_id: str
    prefix: str  # of their names; the name of the network
    isolated: bool
    memory_bytes: int | None = None  # that the product has, where it is said

    def product(self, image: str, variables: Mapping[str, str], *, fronted: bool = False) -> ContainerSpec:
        """Of the product, given ``variables`` beside those of its image; ``fronted`` where something else has its
        name in the network."""
        spec = self._named(PRODUCT, image, variables)
        spec = replace(spec, memory_bytes=self.memory_bytes) if self.memory_bytes else spec
        return replace(spec, alias=ORIGIN) if fronted else spec

    def link(self, name: str, image: str, alias: str, command: tuple[str, ...]) -> ContainerSpec:
        """Of something between browser and product."""
        return replace(self._named(name, image, {}), role="link", alias=alias, command=command)

    def service(self, name: str, image: str, variables: Mapping[str, str]) -> ContainerSpec:
        """Of a service, with the variables that say its password."""
        return ContainerSpec(
            run_id=self.run_id,
            role="service",
            name=f"{self.prefix}-{name}",
            image=image,
            network=self.prefix,
            alias=name,
            isolated=self.isolated,
            environment=variables,
        )

    def browser(self, image: str, client: Client) -> ContainerSpec:
        """Of the browser."""
        browser = BROWSERS[client.browser.name]
        return replace(
            self._named(BROWSER, image, browser.environment(client) | desktop.variables(client)),
            seccomp=(TEMPLATES / browser.seccomp).read_text("utf-8") if browser.seccomp else None,
            shared_memory_bytes=BROWSER_SHARED_MEMORY_BYTES,
        )

    def _named(self, name: str, image: str, variables: Mapping[str, str]) -> ContainerSpec:
        """The role, and the name in the network, are the same."""
        return ContainerSpec(
            run_id=self.run_id,
            role=name,
            name=f"{self.prefix}-{name}",
            image=image,
            network=self.prefix,
            alias=name,
            isolated=self.isolated,
            environment=variables,
        )

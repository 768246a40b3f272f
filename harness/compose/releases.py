"""The set-ups that a side of a project has lived through, as far as a project must know them."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from harness.compose.credentials import Credentials
from harness.compose.images import ProjectImage, last, merged, started
from harness.engine import Engine, images
from harness.engine.containers import ContainerSpec
from harness.errors import InputError
from harness.language import Message
from harness.masking import Secrets
from harness.model import Context, Environment, Recipe, Rendering, Side
from harness.replicas.crossings import Crossings, crossings
from harness.replicas.specs import BROWSER, Specs
from harness.services import terms

HELPER_MEMORY_BYTES, HELPER_PROCESSES = 256 * 1024**2, 128


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One set-up: what it is, what is built for it, and how its product runs."""

    environment: Environment  # with exact versions
    recipe: Recipe
    rendering: Rendering
    user: str  # of the product
    port: int
    command: tuple[str, ...]
    rules: tuple[Mapping[str, Any], ...] = ()  # of the gateways before it
    users: Mapping[str, str] = field(default_factory=dict)  # of services that are given as images

    @classmethod
    def of(
        cls,
        environment: Environment,
        recipe: Recipe,
        rendering: Rendering,
        engine: Engine,
        rules: Sequence[Mapping[str, Any]] = (),
    ) -> "Exported":
        """Looks at an image that is given for what nothing else says. InputError where it does not say it, either;
        EngineError."""
        lines, parent = merged(rendering.server), rendering.server[0].parent
        return cls(
            environment=environment,
            recipe=recipe,
            rendering=rendering,
            user=last(lines, "USER") or images.user(engine, parent),
            port=recipe.port or _exposed(lines) or images.exposed_port(engine, parent),
            command=started(lines) or images.command(engine, parent),
            rules=tuple(rules),
            users={ref.name: terms(ref).user or images.user(engine, rendering.services[ref.name][0].parent)
                   for ref in environment.server.services if ref.image},
        )  # fmt: skip


def _exposed(lines: Sequence[str]) -> int:
    """The one port that instructions name; 0 where they name none. InputError where they name several, or others."""
    named = " ".join(line.partition(" ")[2] for line in lines if line.upper().startswith("EXPOSE "))
    match = re.fullmatch(r"(\d+)(/tcp)?", named.strip())
    if named and not match:
        raise InputError(
            Message("the image of the product exposes the ports {ports}", ports=named),
            Message("say in the recipe which `port` is the product's"),
        )
    return int(match[1]) if match else 0


@dataclass(kw_only=True)
class Images:
    """All images of a project, each once, by what is in it."""

    found: dict[str, ProjectImage] = field(default_factory=dict)

    def of(self, chain: Sequence[Context], folder: str, user: str, variant: str = "") -> ProjectImage:
        """The image of a chain; ``folder`` where it is new. One of another ``variant`` gets other files."""
        key = f"{chain[-1].tag} {variant}"
        if key not in self.found:
            self.found[key] = ProjectImage(chain=tuple(chain), folder=folder, user=user)
        return self.found[key]


class Unknown(dict[str, str]):
    """Variables of our environment whose values are not looked at: each has one that no other has."""

    def __missing__(self, name: str) -> str:
        return self.setdefault(name, secrets.token_hex(16))


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """One side: its set-ups, the oldest first, and what they are made of."""

    side: Side
    releases: tuple[Exported, ...]
    images: Images
    credentials: Credentials
    asked: Unknown = field(default_factory=Unknown)

    def folder(self, number: int) -> str:
        """Of the images of a set-up."""
        return self.side if number == len(self.releases) - 1 else f"{self.side}/{stage(number)}"

    @property
    def newest(self) -> Exported:
        return self.releases[-1]

    @property
    def isolated(self) -> bool:
        return self.newest.environment.link.egress == "deny"

    @property
    def specs(self) -> Specs:
        memory_bytes = self.newest.environment.server.memory_bytes
        return Specs(run_id="", prefix="", isolated=self.isolated, memory_bytes=memory_bytes)

    @cached_property
    def between(self) -> Crossings:
        """What stands between browser and product; its passwords are not those that it is started with."""
        return crossings(self.newest.environment, self.newest.port, Secrets(), self.asked, self.newest.rules)

    def product(self, number: int) -> tuple[ProjectImage, ContainerSpec]:
        """Image and container of the product of a set-up."""
        one = self.releases[number]
        image = self.images.of(one.rendering.server, f"{self.folder(number)}/server", one.user)
        for folder in one.recipe.data:
            image.keeps(folder)
        return image, self.specs.product("", self.credentials.variables(one.environment, one.recipe))

    @cached_property
    def helper(self) -> ProjectImage:
        """What has our own programs, and nothing of the product."""
        chain = self.newest.rendering.browser
        base = Context(name="door", parent=chain[0].parent, dockerfile=f"FROM {chain[0].parent}\nUSER nobody\n")
        image = self.images.of((base,), f"{self.side}/door", "nobody", self.side)
        image.add_templates("door.pl", "ask.pl")
        return image

    @property
    def helper_spec(self) -> ContainerSpec:
        """The container of something of our own."""
        spec = self.specs.link("door", "", "door", ())
        return replace(spec, memory_bytes=HELPER_MEMORY_BYTES, processes=HELPER_PROCESSES)

    def browser(self) -> ProjectImage:
        """The image of the browser; one that trusts the authority of its replica is like no other."""
        chain = self.newest.rendering.browser
        user = last(merged(chain), "USER") or "root"
        return self.images.of(chain, f"{self.side}/{BROWSER}", user, self.side if self.between.authority else "")


def stage(number: int) -> str:
    """What begins the names of all that prepares a set-up."""
    return f"hop-{number}" if number else "seed"


def data_volumes(recipe: Recipe) -> dict[str, str]:
    """The folders of a product that outlive its container, by volume."""
    return {f"product{folder.replace('/', '-').lower()}": folder for folder in recipe.data}

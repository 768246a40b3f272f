"""Lineages for tests of what becomes of them as projects: images are made of a few lines, and no engine is asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.compose.credentials import Credentials
from harness.compose.releases import Exported, Images, Lineage
from harness.model import Client, Context, Environment, Link, Recipe, Ref, Rendering, Server, ServiceRef

BASE = "harness/base:debian-12-0123456789ab"


def chain(*lines: str, name: str = "plugins") -> tuple[Context, ...]:
    """An image that these lines make."""
    return (Context(name=name, parent=BASE, dockerfile="\n".join([f"FROM {BASE}", *lines, ""])),)


def recipe(folder: Path, **fields: Any) -> Recipe:
    (folder / "recipe.yaml").touch()
    said = {"name": "shop", "folder": folder, "product": {"version": ["1"]}, "start": ["shop"], "port": 8000}
    return Recipe.model_validate(said | fields)


def release(
    one: Recipe, number: int = 1, services: Mapping[str, str] | None = None, *, link: Link | None = None, **client: Any
) -> Exported:
    """A set-up in which the product has that number as its version; ``services`` have theirs."""
    versions = services or {}
    server = Server(
        product=Ref(name="shop", version=f"{number}.0"),
        services=tuple(ServiceRef(name=name, version=version) for name, version in versions.items()),
    )
    environment = Environment(client=Client(**client), link=link or Link(), server=server)
    links = {name: chain("USER link", name="link") for name in ("proxy", "front")}
    return Exported(
        environment=environment,
        recipe=one,
        rendering=Rendering(
            server=chain(f"RUN install {number}", "USER app", 'CMD ["shop"]'),
            browser=chain("USER browser", 'CMD ["chromedriver"]', name="client"),
            services={
                name: chain(f"RUN install {name}={version}", "USER db", 'CMD ["sh", "-eu", "/srv/start"]', name=name)
                for name, version in versions.items()
            },
            links=links if environment.link != Link() else {},
        ),
        user="app",
        port=8000,
        command=("shop",),
    )


def lineage(*releases: Exported) -> Lineage:
    return Lineage(side="after", releases=releases, images=Images(), credentials=Credentials())

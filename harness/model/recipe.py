"""Recipe: how a product and its plug-ins are installed, started and seeded. Data, never Python."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from harness.model.base import Frozen


class Installation(Frozen):
    """One entry of ``install``: an installer's name and its arguments, which are
    validated by that installer's own model; strings in it may be Jinja2 templates."""

    installer: str
    arguments: Any


class VersionSource(Frozen):
    """Where a part's versions are published: ``{pip: datasette}``, ``{npm: jquery}`` …"""

    installer: str
    package: str


class Part(Frozen):
    """A product, a plug-in or a compat layer: where its versions come from and how it is installed."""

    title: str = ""
    version: VersionSource | tuple[str, ...]  # a registry's package, or the versions that there are
    install: tuple[Installation, ...] = ()


class Template(Frozen):
    """A file made by Jinja2: ``source`` is beside the recipe, ``to`` is a path in the image."""

    source: str
    to: str


class Ready(Frozen):
    """The product is ready when an HTTP GET of ``path`` answers so."""

    path: str = "/"
    status: int = 200
    text: str | None = None  # must be part of the body
    timeout_s: float = Field(default=60, gt=0, le=600)


class Recipe(Frozen):
    """``environments/recipes/<name>/recipe.yaml``."""

    name: str
    folder: Path
    title: str = ""
    product: Part
    plugins: dict[str, Part] = {}
    compat: dict[str, Part] = {}
    dependencies: Literal["pip", "npm"] | None = None  # whose packages `server.dependencies` names
    templates: tuple[Template, ...] = ()
    setup: tuple[tuple[str, ...], ...] = ()  # commands run once, as `user`, when the image is built
    start: tuple[str, ...]
    port: int = Field(ge=1, le=65535)
    ready: Ready = Ready()
    user: str = "app"
    workdir: str = "/srv"
    environment: dict[str, str] = {}

"""Recipe: how a product and its plug-ins are installed, started and seeded. Data, never Python."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen


class Beside:
    """Marks text that names a folder beside the recipe: ``Annotated[str, Beside()]``."""


class Installation(Frozen):
    """One entry of ``install``, ``{pip: [flask==3.0.3]}``: an installer's name and its arguments, which are
    validated by that installer's own model; strings in it may be Jinja2 templates."""

    installer: str
    arguments: Any

    @model_validator(mode="before")
    @classmethod
    def _file_form(cls, value: Any) -> Any:
        return _one_key(value, "installer", "arguments")


class VersionSource(Frozen):
    """Where a part's versions are published: ``{pip: datasette}``, ``{npm: jquery}`` …"""

    installer: str
    package: str

    @model_validator(mode="before")
    @classmethod
    def _file_form(cls, value: Any) -> Any:
        return _one_key(value, "installer", "package")


def _one_key(value: Any, key: str, rest: str) -> Any:
    """``{pip: x}`` as ``{key: "pip", rest: x}``."""
    if not isinstance(value, dict) or set(value) == {key, rest}:
        return value
    if len(value) != 1:
        raise Mistake(
            Message("expected one key, the name of an installer, found {count}", count=len(value)),
            Message("write it as `pip: …`; several entries make a list"),
        )
    name, argument = next(iter(value.items()))
    return {key: name, rest: argument}


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
    lines: dict[str, int] = Field(default={}, exclude=True)  # template -> its line in recipe.yaml

    @property
    def path(self) -> Path:
        return self.folder / "recipe.yaml"

    def line(self, template: str) -> int:
        """Where a template text stands in ``recipe.yaml``, from 1."""
        return self.lines.get(template, 1)

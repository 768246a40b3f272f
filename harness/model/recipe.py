"""Recipe: how a product and its plug-ins are installed, started and seeded. Data, never Python."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from harness import references
from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen
from harness.model.scenario import Scenario
from harness.model.seed import LATE, Command, Folder, Seed
from harness.model.tokens import ExactVersion, PackageName

_OF_SERVICES = re.compile(r"\{[{%](?:(?!\}\}|%\}).)*(?<![\w.])services\b", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Marks text that names a folder, or a file, beside the recipe: ``Annotated[str, Beside()]``. A field
    ``sha256`` of the same model is that of the file."""

    is_file: bool = False


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
    package: PackageName

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
    version: VersionSource | tuple[ExactVersion, ...]  # a registry's package, or the versions that there are
    install: tuple[Installation, ...] = ()
    serves: tuple[Annotated[str, Field(pattern="^/")], ...] = Field(
        default=(), description="Paths of pages and files whose code is its own; `*` stands for anything"
    )


class Template(Frozen):
    """A file made by Jinja2: ``source`` is beside the recipe, ``to`` is a path in the image."""

    source: str
    to: str


class Ready(Frozen):
    """The product is ready when an HTTP GET of ``path`` answers so."""

    path: str = Field(default="/", pattern="^/")  # or it would name another host
    status: int = 200
    text: str | None = None  # must be part of the body
    timeout_s: float = Field(default=60, gt=0, le=600)


def _variable_schema(schema: dict[str, Any]) -> None:
    description = schema["description"]
    schema.clear()
    secret = {"type": "object", "properties": {"secret": {"type": "string"}}, "required": ["secret"]}
    schema |= {"description": description, "anyOf": [{"type": "string"}, secret | {"additionalProperties": False}]}


class Variable(Frozen):
    """An environment variable of the product: text, or ``{secret: text}``. One that is secret, or that
    takes its value from ``${env:NAME}`` or of ``services``, is given to the container that runs and is in no
    image."""

    model_config = ConfigDict(json_schema_extra=_variable_schema)

    value: str
    secret: bool = False

    @model_validator(mode="before")
    @classmethod
    def _file_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"value": value}
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            raise Mistake(
                Message("expected {expected}, found {found}", expected=Message("text"), found=Message("a number")),
                Message("put it in quotes: {text}", text=f'"{value}"'),
            )
        if isinstance(value, dict) and set(value) == {"secret"} and isinstance(value["secret"], str):
            return {"value": value["secret"], "secret": True}
        return value

    @property
    def is_secret(self) -> bool:
        return self.secret or bool(references.names(self.value)) or self.is_of_services

    @property
    def is_of_services(self) -> bool:
        """Whether it is made of what only a replica has."""
        return bool(_OF_SERVICES.search(self.value))


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
    start: tuple[str, ...] = ()  # empty where an image that is given says it
    port: int | None = Field(default=None, ge=1, le=65535)  # None likewise
    ready: Ready = Ready()
    user: str = "app"
    workdir: str = "/srv"
    environment: dict[str, Variable] = {}
    services: tuple[str, ...] = ()  # that it cannot do without
    data: tuple[Folder, ...] = ()  # folders that outlive an upgrade in place
    seed: tuple[Seed, ...] = ()
    migrate: tuple[Command, ...] = ()  # of an upgrade in place: run by the new version over the old data
    smoke: str = Field(
        default="", description="A scenario beside the recipe that shows the product at work without any plug-in"
    )
    lines: dict[str, int] = Field(default={}, exclude=True)  # template -> its line in recipe.yaml
    scenarios: dict[str, Scenario] = Field(default={}, exclude=True)  # of `seed`, by what it says there

    @field_validator("seed")
    @classmethod
    def _in_order(cls, seed: tuple[Seed, ...]) -> tuple[Seed, ...]:
        late = [entry.is_late for entry in seed]
        if late != sorted(late):
            raise Mistake(
                Message("an entry of `seed` that is done before the product starts comes after one that is done later"),
                Message("put all entries of these kinds last: {kinds}", kinds=", ".join(LATE)),
            )
        return seed

    @property
    def secrets(self) -> dict[str, str]:
        """Variables that are kept out of images: templates, and references to our own environment."""
        return {name: variable.value for name, variable in self.environment.items() if variable.is_secret}

    @property
    def path(self) -> Path:
        return self.folder / "recipe.yaml"

    def line(self, template: str) -> int:
        """Where a template text stands in ``recipe.yaml``, from 1."""
        return self.lines.get(template, 1)

"""Contrast: what differs between two set-ups, down to the last package."""

from typing import Literal

from pydantic import Field

from harness.model.base import Frozen, Layer


class Contrasted(Frozen):
    """One thing that differs: a field of the environment file, or a package below it."""

    layer: Layer
    how: Literal["added", "removed", "changed"]
    direct: bool = Field(description="A field of the environment, or what the recipe says; else a package below")
    source: str = Field(default="", description="Of a package: its installer, or `base`: the image of the system")
    name: str = Field(description="Dotted path of a field, or name of a package")
    before: str | None = Field(description="Version or value; null where it is not there")
    after: str | None


class Contrasting(Frozen):
    """One side of a contrast."""

    file: str
    upgrades: int = Field(ge=0, description="How many entries of `upgrade` are done")


class Contrast(Frozen):
    """What ``harness diff --json`` prints; its JSON Schema is ``docs/schemas/contrast.schema.json``."""

    schema_version: Literal[1] = 1
    before: Contrasting
    after: Contrasting
    equal: bool
    differences: tuple[Contrasted, ...]

    def of(self, layer: Layer, *, direct: bool) -> tuple[Contrasted, ...]:
        return tuple(one for one in self.differences if one.layer == layer and one.direct is direct)

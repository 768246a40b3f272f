"""Manifest: what a bundle says about itself, in its ``manifest.json``."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, FailFast, Field, field_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Captured, Frozen, Layer
from harness.model.verdict import VerdictName

BUNDLE_SCHEMA: Literal[1] = 1
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise Mistake(Message("there are characters in it that cannot be seen"))
    return text


def _a_time(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as exc:
        raise Mistake(
            Message("`{text}` is no time", text=text), Message("write it as RFC 3339 has it: 2026-11-22T23:08:15+08:00")
        ) from exc
    return text


Line = Annotated[str, Field(max_length=1000), AfterValidator(_one_line)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Time = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"),
    AfterValidator(_a_time),
]


class Expected(Captured):
    """What a replay of the bundle should come to. Control characters in ``reason``, which may
    quote a page, become U+FFFD."""

    verdict: VerdictName
    fingerprint: Line
    layer: Layer | None = Field(description="Where it shows; null where nothing broke")
    step: int | None = Field(ge=1, description="The step that fails, from 1")
    reason: str

    @field_validator("reason", mode="before")
    @classmethod
    def _without_controls(cls, value: Any) -> Any:
        return _CONTROL.sub("\ufffd", value) if isinstance(value, str) else value


class BundledFile(Frozen):
    """One file of a bundle; all but ``manifest.json`` are listed."""

    path: str = Field(min_length=1, description="Relative, with forward slashes")
    sha256: Sha256
    size_bytes: int = Field(ge=0)
    executable: bool = False


class BundledImage(Frozen):
    """A container image that a bundle brings along."""

    tag: str = Field(pattern=r"^harness/[a-z0-9][a-z0-9._/-]{0,100}:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
    id: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    role: Line


class Manifest(Frozen):
    """``manifest.json`` of a bundle; its JSON Schema is ``docs/schemas/bundle.schema.json``."""

    schema_version: Literal[1] = BUNDLE_SCHEMA
    tool_version: Line = Field(description="Of the harness that made it")
    created: Time = Field(description="RFC 3339")
    name: Line
    environment: Line = Field(description="Name of the environment file")
    scenario: Line = Field(description="Name of the scenario")
    expected: Expected
    contents: Annotated[tuple[Literal["packages", "images"], ...], FailFast()] = Field(
        default=(), description="What was added beside the usual"
    )
    files: Annotated[tuple[BundledFile, ...], FailFast()] = ()
    images: Annotated[tuple[BundledImage, ...], FailFast()] = ()

"""What a recipe asks package managers for: a list of packages, each in its manager's own words."""

import re
from typing import Any

from pydantic import ConfigDict, Field, RootModel, field_validator, model_validator

from harness.errors import Mistake
from harness.language import Message

LONGEST = 300  # characters of one entry


class PackageList(RootModel[tuple[str, ...]]):
    """``[a, b]``, or ``a`` for a list of one. Entries are what the manager takes on its command line
    for a package of a registry: no options, no addresses, no files."""

    model_config = ConfigDict(frozen=True)
    root: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("root")
    @classmethod
    def _entries(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            if not re.search(r"\{\{|\{%", entry):  # a template is looked at when it is filled in
                cls.check(entry)
        return entries

    @classmethod
    def check(cls, entry: str) -> None:
        """Mistake where ``entry`` names no package of a registry."""
        if not entry or entry.startswith("-") or len(entry) > LONGEST or not entry.isprintable():
            raise Mistake(Message("`{entry}` names no package", entry=entry[:LONGEST]))

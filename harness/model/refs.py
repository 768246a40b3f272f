"""References to what has a name and a version, and how both are written."""

import re
from typing import Any

from pydantic import ConfigDict, Field, field_validator, model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen

NAME = r"(@[A-Za-z0-9_][A-Za-z0-9_.-]*/)?[A-Za-z0-9_][A-Za-z0-9_.+-]*"
EXACT = r"v?[0-9][0-9A-Za-z.+~:_-]*"  # or a prefix of one
COMPARATOR = rf"(>=|<=|===|==|!=|~=|>|<|=|~|\^) *{EXACT}(\.\*)?"
VERSION = rf"({EXACT}(\.\*)?|{COMPARATOR}( *, *{COMPARATOR})*|latest|oldest)"


def checked_version(value: str) -> str:
    """The value itself. Mistake where it is not written as a version."""
    if not re.fullmatch(VERSION, value):
        raise Mistake(
            Message("`{version}` is no version", version=value),
            Message("write 1.2.3, a prefix (1.2), a range (>=1.2,<2), latest or oldest"),
        )
    return value


def short_form(pattern: str) -> Any:
    """JSON Schema of a value that has a short form: text of that pattern, or the long form."""

    def extra(schema: dict[str, Any]) -> None:
        long_form = {key: schema.pop(key) for key in list(schema) if key not in ("title", "description")}
        schema["anyOf"] = [{"type": "string", "pattern": f"^{pattern}$"}, long_form]

    return extra


class Ref(Frozen):
    """``name@version``, or ``{name: …, version: …}``. The version is exact, a prefix (``3.7``, ``3.*``), a
    range (PEP 440 or semver comparators joined by commas), ``latest`` or ``oldest``."""

    model_config = ConfigDict(json_schema_extra=short_form(rf"{NAME}(@{VERSION})?"))

    name: str = Field(pattern=f"^{NAME}$")
    version: str = Field(default="latest", json_schema_extra={"type": ["string", "number"], "pattern": f"^{VERSION}$"})

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return cls.split(value) if isinstance(value, str) else value

    @field_validator("version")
    @classmethod
    def _is_version(cls, value: str) -> str:
        if value == "none":
            raise Mistake(
                Message("`@none` takes away what is there, and nothing of that name is"),
                Message("it has a meaning under `upgrade` only"),
            )
        return checked_version(value)

    @staticmethod
    def split(text: str) -> dict[str, str]:
        """``name@version`` in its parts; a scoped npm name keeps its first ``@``."""
        at = text.rfind("@")
        return {"name": text[:at], "version": text[at + 1 :]} if at > 0 else {"name": text, "version": "latest"}

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

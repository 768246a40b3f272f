"""TextMatch: what a text must be like. ``text: Summer`` means that it contains “Summer”."""

import re
from typing import Any

from pydantic import GetJsonSchemaHandler, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen


class TextMatch(Frozen):
    """One of three comparisons. White space is collapsed on both sides, as a browser shows it."""

    equals: str | None = None
    contains: str | None = None
    matches: str | None = None  # a Python regular expression, found anywhere

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"contains": _text(value)} if isinstance(value, (str, int, float)) else value

    @field_validator("equals", "contains", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return _text(value) if isinstance(value, (int, float)) else value

    @field_validator("matches")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as exc:
            raise Mistake(Message("this is no regular expression: {problem}", problem=str(exc))) from exc
        return value

    @model_validator(mode="after")
    def _one(self) -> "TextMatch":
        if sum(choice is not None for choice in (self.equals, self.contains, self.matches)) != 1:
            raise Mistake(Message("give one of equals, contains and matches"))
        return self

    def holds(self, seen: str) -> bool:
        seen = collapsed(seen)
        if self.equals is not None:
            return seen == collapsed(self.equals)
        if self.contains is not None:
            return collapsed(self.contains) in seen
        return re.search(self.matches or "", seen) is not None

    def in_words(self) -> Message:
        """“contains …”, to be put after what is compared."""
        if self.equals is not None:
            return Message("is “{text}”", text=self.equals)
        if self.contains is not None:
            return Message("contains “{text}”", text=self.contains)
        return Message("matches “{pattern}”", pattern=self.matches)

    @property
    def words(self) -> str:
        """What is compared with, as it was written."""
        return next(text for text in (self.equals, self.contains, self.matches) if text is not None)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "anyOf": [{"type": ["string", "number", "boolean"]}, dict(handler.resolve_ref_schema(handler(core_schema)))]
        }


def _text(value: str | int | float) -> str:
    """YAML reads ``true`` and ``3`` as what they are; in a page they are words."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def collapsed(text: str) -> str:
    return " ".join(text.split())

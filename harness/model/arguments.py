"""What the arguments of all steps are built on: short forms, and words for a target."""

from typing import Any, ClassVar

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from harness.language import Message
from harness.model.base import Frozen
from harness.model.roles import ROLE_WORDS
from harness.model.scenario import Target


class StepArguments(Frozen):
    """Arguments of a step; ``short`` is the field that a value which is no mapping of fields fills;
    empty where there is no short form.

    With ``short = "target"``, ``click: "#show"``, ``click: {css: "#show"}``, ``click: ["#a", "#b"]``
    and ``click: {target: "#show"}`` mean the same.
    """

    short: ClassVar[str] = "target"

    @model_validator(mode="before")
    @classmethod
    def _long_form(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            return {cls.short: value} if cls.short else value
        is_target = cls.short == "target" and "target" not in value and value.keys() & SELECTOR_KEYS
        return {"target": value} if is_target and not value.keys() & cls.model_fields.keys() else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        long_form = handler.resolve_ref_schema(handler(core_schema))
        short_form = long_form.get("properties", {}).get(cls.short)
        if short_form is None:
            return long_form
        return {"anyOf": [{k: v for k, v in short_form.items() if k not in ("title", "default")}, dict(long_form)]}


SELECTOR_KEYS = frozenset({"css", "xpath", "id", "name", "text", "role", "link", "selectors"})


def in_words(target: Target) -> Message:
    """The element as a person would name it, by the first of its selectors."""
    selector = target.selectors[0]
    match selector.how:
        case "role" if selector.name is not None:
            return Message("the {role} “{name}”", role=_role(selector.value), name=selector.name)
        case "role":
            return Message("the {role}", role=_role(selector.value))
        case "text":
            return Message("“{text}”", text=selector.value)
        case "link":
            return Message("the link “{text}”", text=selector.value)
        case "name":
            return Message("the field {name}", name=selector.value)
        case "id":
            return Message("{selector}", selector=f"#{selector.value}")
        case _:
            return Message("{selector}", selector=selector.value)


def _role(role: str) -> Message | str:
    return ROLE_WORDS.get(role, role)

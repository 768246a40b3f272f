"""Scenario and Step: what the customer did, and what they expected to see."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ConfigDict, Field, model_validator

from harness.errors import Mistake, nearest
from harness.language import Message
from harness.model.base import Frozen, Text

How = Literal["css", "xpath", "id", "name", "text", "role", "link"]
HOWS: tuple[How, ...] = get_args(How)


def _selector_schema(schema: dict[str, Any]) -> None:
    ways = [
        {"type": "object", "properties": {how: _WORDS}, "required": [how], "additionalProperties": False}
        for how in HOWS
        if how != "role"
    ]
    role = {
        "type": "object",
        "properties": {"role": _WORDS, "name": _WORDS},
        "required": ["role"],
        "additionalProperties": False,
    }
    description = schema["description"]
    schema.clear()
    schema |= {"description": description, "anyOf": [_WORDS, *ways, role]}


_WORDS = {"type": "string", "minLength": 1}


class Selector(Frozen):
    """One way to find an element: text is CSS, else one of ``css``, ``xpath``, ``id``, ``name``,
    ``text``, ``link`` (its text) or ``role`` (with the accessible ``name`` that goes with it)."""

    model_config = ConfigDict(json_schema_extra=_selector_schema)

    how: How
    value: str = Field(min_length=1)
    name: str | None = None  # the accessible name, with `role`

    @model_validator(mode="before")
    @classmethod
    def _file_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"how": "css", "value": value}
        if not isinstance(value, dict) or "how" in value:
            return value
        unknown = next((key for key in value if key not in HOWS), None)
        if unknown is not None:
            raise Mistake(Message("`{key}` is no way to find an element", key=unknown), nearest(str(unknown), HOWS))
        if set(value) == {"role", "name"}:
            return {"how": "role", "value": value["role"], "name": value["name"]}
        if len(value) != 1:
            raise Mistake(
                Message("a selector has one way to find an element, here are {count}", count=len(value)),
                Message("make it a list of selectors, tried in order"),
            )
        how, words = next(iter(value.items()))
        return {"how": how, "value": words}

    def __str__(self) -> str:
        return f"{self.how}={self.value}" + (f'[name="{self.name}"]' if self.name else "")


def _target_schema(schema: dict[str, Any]) -> None:
    one = schema["properties"]["selectors"]["items"]
    description = schema["description"]
    schema.clear()
    schema |= {"description": description, "anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


class Target(Frozen):
    """Alternative selectors of one element, tried in order within the step's timeout: one, or a list."""

    model_config = ConfigDict(json_schema_extra=_target_schema)

    selectors: tuple[Selector, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _file_form(cls, value: Any) -> Any:
        if isinstance(value, dict) and "selectors" in value:
            return value
        if isinstance(value, (str, dict, Selector)):
            return {"selectors": [value]}
        if isinstance(value, (list, tuple)):
            return {"selectors": value}
        return value

    def __str__(self) -> str:
        return " | ".join(map(str, self.selectors))


class Step(Frozen):
    """One action or expectation. ``arguments`` is an instance of the model of that step's module."""

    number: int  # from 1
    action: str  # a key of steps.STEPS
    arguments: Any
    description: Text | None = None  # the author's words; without them the step describes itself
    timeout_s: float = Field(gt=0, le=600)


class Scenario(Frozen):
    path: Path
    name: str
    title: Text = ""
    product: str = ""  # name of the one it is about; empty where it goes with any
    steps: tuple[Step, ...] = Field(min_length=1)

    def only(self, numbers: Collection[int]) -> "Scenario":
        """With these steps alone, counted anew."""
        kept = (step for step in self.steps if step.number in numbers)
        counted = (step.model_copy(update={"number": number}) for number, step in enumerate(kept, 1))
        return self.model_copy(update={"steps": tuple(counted)})

    def fits(self, products: Collection[str]) -> bool:
        """Whether it goes with an environment that has these products."""
        return not self.product or self.product in products

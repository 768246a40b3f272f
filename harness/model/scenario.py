"""Scenario and Step: what the customer did, and what they expected to see."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from harness.model.base import Frozen, Text

How = Literal["css", "xpath", "id", "name", "text", "role", "link"]


class Selector(Frozen):
    """One way to find an element. ``name`` is the accessible name that goes with ``role``."""

    how: How
    value: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.how}={self.value}" + (f'[name="{self.name}"]' if self.name else "")


class Target(Frozen):
    """Alternative selectors of one element, tried in order within the step's timeout."""

    selectors: tuple[Selector, ...] = Field(min_length=1)

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
    steps: tuple[Step, ...] = Field(min_length=1)

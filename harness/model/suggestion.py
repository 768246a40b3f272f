"""Suggestion: a gateway that was written from a run, and what the case did with it."""

from typing import Literal

from pydantic import Field

from harness.model.base import Frozen, Said
from harness.model.conclusion import Control

FILE = "compat.json"  # in the folder of the run
Mending = Literal["mended", "worse", "not-mended", "no-answer", "nothing-to-try"]


class Recorded(Frozen):
    """One answer that was recorded after the upgrade, with the gateway's transforms done to it."""

    endpoint: str
    step: int
    shape: Literal["exact", "more", "other"] = Field(
        description="`exact`: the old shape; `more`: with fields that are new beside; `other`: not the old shape"
    )
    differences: tuple[Said, ...] = ()


class Unmended(Frozen):
    """A change of an answer that no transform takes back."""

    endpoint: str
    what: Said


class Suggestion(Frozen):
    """``compat.json`` of a run folder."""

    outcome: Mending = Field(
        description="`mended`: everything works and nothing else is worse; `worse`: every step works, but something "
        "is new; `not-mended`: it still fails; `no-answer`: it could not be told; `nothing-to-try`: no transform was "
        "found"
    )
    run: str = Field(description="The folder of the run that it is about")
    environment: str
    scenario: str
    gateway: str = Field(default="", description="Its file, from the run folder; empty where there is none")
    transforms: tuple[str, ...] = Field(default=(), description="What it does, a line each")
    control: Control | None = Field(default=None, description="The run of the case with the gateway")
    said: tuple[Said, ...] = Field(description="What was seen, in sentences")
    unmended: tuple[Unmended, ...] = Field(default=(), description="What no transform takes back")
    others: tuple[Said, ...] = Field(default=(), description="What else changed in the run with the gateway")
    recorded: tuple[Recorded, ...] = ()

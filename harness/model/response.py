"""ResponseChange and Chain: an answer that has another shape, and the error that follows from it."""

from typing import Literal

from pydantic import Field

from harness.model.base import Captured, Said

Weight = Literal["breaking", "maybe", "harmless"]
WEIGHTS: tuple[Weight, ...] = ("breaking", "maybe", "harmless")
Strength = Literal["established", "likely", "not-established"]
Sign = Literal["property", "step", "stack"]


class ResponseChange(Captured):
    """One thing in which the answers of an endpoint differ between two traces."""

    rule: str = Field(description="Which rule of docs/responses.md it is")
    weight: Weight
    endpoint: str = Field(description="Method, path with ids folded, names of the query: `GET /items/{id}?page`")
    part: Literal["body", "header", "status"]
    path: str = Field(description="Of a body an RFC 9535 JSONPath in the earlier answer; else the name of a header")
    other: str = Field(default="", description="Where it is in the later answer, if elsewhere")
    was: str = Field(default="", description="Kinds of value that were seen before, joined by `|`; empty: none")
    now: str = Field(default="", description="The same after")
    members: tuple[str, ...] = Field(default=(), description="Names of the fields that an object had before")
    before: str = Field(default="", description="An excerpt of an answer before")
    after: str = Field(default="", description="An excerpt of an answer after")
    step: int = Field(description="At which the first answer after the upgrade came")
    steps: tuple[int, ...] = Field(default=(), description="All steps with such an answer after the upgrade")
    time_s: float


class Chain(Captured):
    """How an error follows from an answer that changed, and how sure that is.

    ``established`` has all three signs: ``property`` (what the code read is what changed), ``step``
    (the answer came before the error, at its step or within a second), ``stack`` (the code is known to be
    of a plug-in or of the product). ``likely`` has the property and one more.
    """

    strength: Strength
    signs: tuple[Sign, ...]
    error: str
    error_step: int
    where: str = Field(description="url:line:column of the code that read it")
    read: str = Field(default="", description="The expression that was not what the code expected: `data.rows`")
    member: str = Field(default="", description="What was read of it: `map`")
    package: str = Field(default="", description="Whose code that is, `search-all@1.0`; empty where that is unknown")
    change: ResponseChange | None = Field(default=None, description="Null where none is established")
    said: Said = Field(description="All of it in one sentence")

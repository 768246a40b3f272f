"""What a run says to a customer and to a vendor: each a small object of texts, in one language."""

from typing import Literal

from pydantic import Field

from harness.language import Language
from harness.model.base import Frozen, Layer
from harness.model.response import Strength
from harness.model.verdict import VerdictName

Audience = Literal["customer", "vendor", "engineer"]
AUDIENCES: tuple[Audience, ...] = ("customer", "vendor", "engineer")
Basis = Literal["seen", "known", "before", "none"]


class CustomerReport(Frozen):
    """A plain paragraph: no stack, no path, nothing that one has to know of how it was found."""

    schema_version: Literal[1] = 1
    audience: Literal["customer"] = "customer"
    language: Language
    verdict: VerdictName
    title: str = Field(description="The verdict in a sentence")
    text: str = Field(description="The whole paragraph: what no longer works, since which change, what to do meanwhile")
    broken: str = Field(default="", description="The step that does not work, in words; empty where none is known")
    since: tuple[str, ...] = Field(default=(), description="The changes since which it is so: `gallery 1.12.4 → 3.7.1`")
    meanwhile: str = Field(description="What to do meanwhile: the end of `text`")
    basis: Basis = Field(
        description="On what `meanwhile` rests: a control run has `seen` it work again, it is the mend of a `known` "
        "issue and was not tried, the version `before` works, or there is nothing to do (`none`)"
    )
    mends: tuple[str, ...] = Field(
        default=(), description="Where it was `seen`, each of which mends it, as name@version; where `known`, in words"
    )


class Versioned(Frozen):
    """One part of the environment on both sides; empty where it is not there."""

    what: str
    before: str
    after: str


class Call(Frozen):
    """The call that an error follows from, or that fails itself."""

    endpoint: str = Field(description="Method and path; ids folded where its answers were compared")
    step: int
    strength: Strength = Field(description="How sure it is that the failure follows from it")


class Shape(Frozen):
    """One thing in which the answers of an endpoint differ."""

    endpoint: str
    what: str = Field(description="In words")
    before: str = Field(description="Where it is before, and the kinds of its values: `$.rows: array`")
    after: str
    part: Literal["body", "header", "status"]
    excerpt_before: str = ""
    excerpt_after: str = ""
    strength: Strength = Field(description="How sure it is that an error follows from it")


class VendorError(Frozen):
    """What only the failing side shows."""

    text: str
    where: str = Field(description="url:line:column, or method and URL")
    stack: str = ""
    step: int
    layer: Layer
    origin: str = Field(default="", description="Exception, file and whose code it is, in words; empty: not known")


class VendorStep(Frozen):
    number: int
    description: str
    before: Literal["passed", "failed", "not-run"]
    after: Literal["passed", "failed", "not-run"]
    reason: str = Field(default="", description="Why it failed")


class VendorReport(Frozen):
    """A paragraph, and what a vendor needs to see it: versions, the call, both shapes, the stack, the steps."""

    schema_version: Literal[1] = 1
    audience: Literal["vendor"] = "vendor"
    language: Language
    verdict: VerdictName
    title: str
    text: str = Field(description="The whole paragraph")
    versions: tuple[Versioned, ...] = ()
    call: Call | None = Field(default=None, description="null: not established")
    shapes: tuple[Shape, ...] = Field(default=(), description="Those that an error follows from first")
    errors: tuple[VendorError, ...] = ()
    errors_left_out: int = 0
    steps: tuple[VendorStep, ...] = Field(
        default=(), description="The fewest that show it, where they were looked for; else up to the one that decides"
    )
    steps_left_out: int = Field(default=0, description="Further steps of the scenario")
    fingerprint: str = ""

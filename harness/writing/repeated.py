"""The same error again and again is one line with its number. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.facts import identity
from harness.language import Message
from harness.model import Evidence


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """The first of what is said in the same words of the same place, and at which steps it came, each time."""

    error: Evidence
    steps: tuple[int, ...]

    def where(self) -> Message:
        """``http://product:8000/a.js:2:3 (step 1, client)``"""
        said = {"where": self.error.where, "step": self.error.step, "layer": self.error.layer}
        if len(self.steps) == 1:
            return Message("{where} (step {step}, {layer})", **said)
        return Message("{where} (first at step {step}, {layer}; {count} times)", count=len(self.steps), **said)


def folded(errors: Sequence[Evidence]) -> list[Repeated]:
    """In the order in which they came first."""
    steps: dict[tuple[str, ...], list[int]] = {}
    first: dict[tuple[str, ...], Evidence] = {}
    for error in errors:
        key = error.kind, error.layer, error.text, *_place(error)
        first.setdefault(key, error)
        steps.setdefault(key, []).append(error.step)
    return [Repeated(error=first[key], steps=tuple(steps[key])) for key in first]


def _place(error: Evidence) -> tuple[str, ...]:
    """A line of a script is one; a log is one by what stands in it."""
    match error.kind:
        case "error" | "console":
            return (error.where,)
        case "request":
            method, _, url = error.where.partition(" ")
            return method, identity.of_url(url)
        case _:
            return error.where, error.detail

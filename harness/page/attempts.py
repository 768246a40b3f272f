"""What became of each selector of a target, and in words what kept it from being used."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.language import Message
from harness.model import Attempt, Selector


def attempts(
    selectors: Sequence[Selector], said: Sequence[Mapping[str, Any]], earlier: Sequence[Attempt]
) -> tuple[Attempt, ...]:
    """What ``page.js`` said of each selector. One that only settles keeps what was said of it earlier."""
    found = [Attempt(selector=str(s), **_settled(a)) for s, a in zip(selectors, said, strict=True)]
    if not earlier:
        return tuple(found)
    keep = [a["state"] == "settling" for a in said]
    return tuple(old if kept else new for new, old, kept in zip(found, earlier, keep, strict=True))


def _settled(said: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**said, "state": "moving"} if said["state"] == "settling" else said


def unusable(tried: Sequence[Attempt]) -> Message:
    """What kept a target from being used: of the selector that came furthest."""
    order = ("covered", "moving", "disabled", "hidden", "missing", "invalid", "not-tried", "usable", "used")
    nearest = min(tried, key=lambda attempt: order.index(attempt.state))
    match nearest.state:
        case "covered":
            return Message("{selector} is covered by {cover}", selector=nearest.selector, cover=nearest.detail)
        case "moving":
            return Message("{selector} does not stop moving", selector=nearest.selector)
        case "disabled" if nearest.detail:
            return Message("{selector} is read-only", selector=nearest.selector)
        case "disabled":
            return Message("{selector} is disabled", selector=nearest.selector)
        case "hidden":
            return Message("{selector} is in the page and hidden", selector=nearest.selector)
        case "invalid":
            return Message("{selector} is no valid selector: {why}", selector=nearest.selector, why=nearest.detail)
        case _:
            return Message("{selector} is not in the page", selector=" | ".join(a.selector for a in tried))

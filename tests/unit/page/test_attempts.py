"""What kept a target from being used, in words."""

import pytest

from harness.model import Attempt, Selector
from harness.page.attempts import attempts, unusable

CSS = [Selector(how="css", value=value) for value in ("#a", "#b")]


def said(state: str, found: int = 1, detail: str = "") -> dict[str, object]:
    return {"state": state, "found": found, "detail": detail}


def test_each_selector_has_its_attempt() -> None:
    first, second = attempts(CSS, [said("missing", 0), said("covered", 2, "<div>")], ())
    assert first == Attempt(selector="css=#a", found=0, state="missing")
    assert second == Attempt(selector="css=#b", found=2, state="covered", detail="<div>")


def test_an_element_that_only_settles_keeps_what_was_said_of_it() -> None:
    earlier = attempts(CSS, [said("covered", 1, "<div>"), said("missing", 0)], ())
    assert attempts(CSS, [said("settling"), said("hidden")], earlier) == (
        earlier[0],
        Attempt(selector="css=#b", found=1, state="hidden"),
    )
    assert [a.state for a in attempts(CSS, [said("settling"), said("missing", 0)], ())] == ["moving", "missing"]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (("missing", "missing"), "css=#a | css=#b is not in the page"),
        (("missing", "hidden"), "css=#b is in the page and hidden"),
        (("disabled", "hidden"), "css=#a is disabled"),
        (("hidden", "covered"), "css=#b is covered by <div>"),
        (("moving", "missing"), "css=#a does not stop moving"),
        (("invalid", "missing"), "css=#a | css=#b is not in the page"),
        (("invalid", "invalid"), "css=#a is no valid selector: <div>"),
    ],
)
def test_the_selector_that_came_furthest_says_why(states: tuple[str, str], words: str) -> None:
    tried = attempts(
        CSS, [said(state, detail="<div>" if state in ("covered", "invalid") else "") for state in states], ()
    )
    assert str(unusable(tried)) == words


def test_read_only_is_said_as_such() -> None:
    assert str(unusable(attempts(CSS[:1], [said("disabled", detail="read-only")], ()))) == "css=#a is read-only"

"""What a text must be like."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.model.matching import TextMatch, collapsed


def match(raw: Any) -> TextMatch:
    return TextMatch.model_validate(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Summer", {"contains": "Summer"}),
        (200, {"contains": "200"}),
        (True, {"contains": "true"}),
        ({"equals": 3}, {"equals": "3"}),
        ({"matches": "^a+$"}, {"matches": "^a+$"}),
    ],
)
def test_short_forms(raw: Any, expected: dict[str, str]) -> None:
    assert match(raw).model_dump(exclude_none=True) == expected


@pytest.mark.parametrize("raw", [{}, {"equals": "a", "contains": "b"}, {"matches": "("}, {"like": "a"}, None, []])
def test_what_is_refused(raw: Any) -> None:
    with pytest.raises(ValidationError):
        match(raw)


@given(st.text(), st.text(), st.text())
def test_contained_is_what_is_between(before: str, wanted: str, after: str) -> None:
    assert match({"contains": wanted}).holds(before + " " + wanted + " " + after)


@given(st.text(alphabet=" \n\tab\u00a0", max_size=20))
def test_white_space_is_collapsed_on_both_sides(text: str) -> None:
    spread = re.sub(r"\s+", "  \n ", text)
    assert match({"equals": text}).holds(spread)
    assert collapsed(spread) == collapsed(text)


def test_each_comparison_can_fail() -> None:
    assert not match("b").holds("a")
    assert not match({"equals": "a"}).holds("ab")
    assert not match({"matches": "^b"}).holds("ab")


def test_it_says_what_it_compares() -> None:
    assert str(match("b").in_words()) == "contains “b”"
    assert str(match({"equals": "b"}).in_words()) == "is “b”"
    assert str(match({"matches": "b+"}).in_words()) == "matches “b+”"
    assert match({"matches": "b+"}).words == "b+"

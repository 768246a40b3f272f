"""``${env:NAME}`` in JSON-like data."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.references import expanded, names

NAME = st.from_regex("[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("${env:A}", ("A",)),
        ("a${env:A}b${env:_b1}c${env:A}", ("A", "_b1")),
        (["${env:B}", {"x": "${env:A}", "${env:KEY}": 1}, ("${env:C}",)], ("B", "A", "C")),
        ({"deep": {"deeper": [[{"deepest": "${env:A}"}]]}}, ("A",)),
        ("${env:1A} ${env:} ${env:A-B} ${env: A} $env:A {env:A} ${ENV:A} ${env:A", ()),
        ("$${env:A}", ("A",)),  # there is no way to write one that is not meant
        ("${env:Ä}", ()),
        (None, ()),
        (7, ()),
        (True, ()),
        ("", ()),
    ],
)
def test_which_variables_are_named(value: Any, found: tuple[str, ...]) -> None:
    assert names(value) == found


def test_values_take_their_places_everywhere_but_in_keys() -> None:
    value = {"a": "x${env:A}y", "b": ["${env:B}", 3, None, True], "${env:A}": ("${env:A}${env:A}",)}
    assert expanded(value, {"A": "1", "B": "2"}) == {"a": "x1y", "b": ["2", 3, None, True], "${env:A}": ["11"]}


@pytest.mark.parametrize("value", ["${env:B}", r"\1 \g<0> \\", "", "{{ 7 * 7 }}", "a\nb"])
def test_a_value_is_taken_as_it_is(value: str) -> None:
    assert expanded("<${env:A}>", {"A": value, "B": "never"}) == f"<{value}>"


def test_a_variable_that_is_not_set() -> None:
    with pytest.raises(KeyError, match="GONE"):
        expanded(["${env:A}", "${env:GONE}"], {"A": "1"})


@given(st.recursive(st.none() | st.integers() | st.text(max_size=20) | NAME.map("${{env:{}}}".format),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                    max_leaves=8))  # fmt: skip
def test_what_is_named_is_all_that_is_needed(value: Any) -> None:
    filled = expanded(value, dict.fromkeys(names(value), "x"))
    assert names(filled) == ()
    assert names(value) or filled == value

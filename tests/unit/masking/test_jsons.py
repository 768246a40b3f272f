"""JSON values without the secrets in them."""

import json
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.masking import MASK, Secrets, json_value

TOKEN = "9Xp-q3vT0LcN1_6m4K2jH7gF5dS8aZbR"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"token": TOKEN, "type": "bearer"}, {"token": MASK, "type": "bearer"}),
        ({"user": [{"apiKey": "abc", "name": "anna"}]}, {"user": [{"apiKey": MASK, "name": "anna"}]}),
        (
            {"session": {"id": "abc", "pages": [1, "x", {"y": 2.5}], "admin": False, "end": None}},
            {"session": {"id": MASK, "pages": [MASK, MASK, {"y": MASK}], "admin": False, "end": None}},
        ),
        (
            {"password": "", "otp": 123456, "secret": None, "csrf": True},
            {"password": "", "otp": MASK, "secret": None, "csrf": True},
        ),
        ({"name": "csrf_token", "value": "abc"}, {"name": "csrf_token", "value": MASK}),
        ({"key": "color", "value": "red"}, {"key": "color", "value": "red"}),
        ({"key": TOKEN, "code": 404, "state": "open"}, {"key": MASK, "code": 404, "state": "open"}),
        ({"max_tokens": 4096, "tokens": 12}, {"max_tokens": 4096, "tokens": 12}),
        ({"next": f"/cb?token={TOKEN}"}, {"next": f"/cb?token={MASK}"}),
        ({"log": 'sent {"password": "x"}'}, {"log": f'sent {{"password": "{MASK}"}}'}),
        (f"Bearer eyJhbGciOiJIUzI1NiJ9.e30.{TOKEN}", f"Bearer {MASK}"),
        ([1, 2.5, True, None, "a"], [1, 2.5, True, None, "a"]),
        ({"": {}}, {"": {}}),
    ],
)
def test_secrets_are_masked_and_shapes_stay(value: Any, masked: Any) -> None:
    secrets = Secrets()
    assert json_value(value, secrets) == masked
    assert json_value(masked, secrets) == masked


def test_what_comes_last_is_masked_in_what_came_first() -> None:
    assert json_value({"a": f"<{TOKEN}>", TOKEN: 1, "token": TOKEN}, Secrets()) == {
        "a": f"<{MASK}>",
        MASK: 1,
        "token": MASK,
    }


def test_a_number_that_holds_a_secret_is_masked() -> None:
    secrets = Secrets()
    secrets.add("4711", "env:PIN")
    assert json_value([4711, 47.11, 147110, -4711, 12], secrets) == [MASK, 47.11, MASK, MASK, 12]


def test_what_is_no_number_is_taken() -> None:
    for value in (nan, [nan], {"token": [nan], "a": nan}):
        assert str(json_value(value, Secrets())) == str(value).replace("'token': [nan]", f"'token': ['{MASK}']")


def test_what_was_given_is_not_changed() -> None:
    value = {"token": [TOKEN]}
    json_value(value, Secrets())
    assert value == {"token": [TOKEN]}


def test_what_is_nested_too_deeply_is_masked_as_a_whole() -> None:
    value: Any = TOKEN
    for _ in range(100_000):
        value = [value]
    assert json_value(value, Secrets()) == MASK


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["token", "a", "name", "value"]), inner)
    ),
)


@given(_JSON)
def test_any_value_is_taken_and_masking_it_twice_is_masking_it_once(value: Any) -> None:
    secrets = Secrets()
    once = json_value(value, secrets)
    assert json_value(once, secrets) == once
    json.dumps(once)


@given(_JSON)
def test_no_string_is_left_under_the_name_of_a_secret(value: Any) -> None:
    kept = json_value({"password": value}, Secrets())["password"]
    assert set(_leaves(kept)) <= {MASK, "", None, True, False}


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [leaf for item in value.values() for leaf in _leaves(item)] if isinstance(value, dict) else [value]

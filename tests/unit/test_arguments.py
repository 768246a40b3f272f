"""Short forms of steps, and words for a target."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.model import Target
from harness.model.arguments import StepArguments, in_words


class Example(StepArguments):
    target: Target
    times: int = 1


@pytest.mark.parametrize(
    "raw",
    ["#a", {"css": "#a"}, ["#a"], [{"css": "#a"}], {"target": "#a"}, {"target": {"css": "#a"}}, {"target": ["#a"]}],
)
def test_the_forms_of_a_target_mean_the_same_and_are_in_the_schema(raw: Any) -> None:
    assert Example.model_validate(raw) == Example(target=Target.model_validate("#a"))
    jsonschema.validate(raw, Example.model_json_schema())


def test_other_fields_go_with_the_long_form() -> None:
    assert Example.model_validate({"target": "#a", "times": 2}).times == 2
    for wrong in ({"css": "#a", "times": 2}, {"target": "#a", "time": 2}, {"times": 2}, {}, None, 3):
        with pytest.raises(ValidationError):
            Example.model_validate(wrong)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, Example.model_json_schema())


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_nothing_but_a_validation_error_comes_of_nonsense(raw: Any) -> None:
    try:
        Example.model_validate(raw)
    except ValidationError:
        return


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("#a", "#a"),
        ({"role": "button", "name": "Save"}, "the button “Save”"),
        ({"role": "alert"}, "the alert"),
        ({"text": "Save"}, "“Save”"),
        ({"link": "Save"}, "the link “Save”"),
        ({"name": "city"}, "the field city"),
        ({"id": "a"}, "#a"),
        ({"xpath": "//a"}, "//a"),
        (["#a", {"text": "Save"}], "#a"),
    ],
)
def test_a_target_is_named_as_a_person_would(raw: Any, words: str) -> None:
    assert str(in_words(Target.model_validate(raw))) == words


def test_a_role_is_named_in_the_readers_language() -> None:
    button = Target.model_validate({"role": "button", "name": "Save"})
    assert in_words(button).into("zh") == "按钮“Save”"
    assert in_words(Target.model_validate({"role": "widget"})).into("zh") == "widget"

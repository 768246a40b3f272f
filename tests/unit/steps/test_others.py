"""Steps whose work is in the browser: forms, refusals and words."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.steps.steps import FakePage, arguments, run, words


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("click", "#a", "click #a"),
        ("click", {"role": "button", "name": "Save"}, "click the button “Save”"),
        ("double_click", "#a", "double-click #a"),
        ("hover", {"text": "Menu"}, "move the mouse over “Menu”"),
        ("type", {"into": "#q", "text": "sea"}, "type “sea” into #q"),
        ("select", {"target": "#city", "label": "Porto"}, "choose “Porto” in #city"),
        ("select", {"target": "#city", "value": "por"}, "choose the value “por” in #city"),
        ("select", {"target": "#city", "index": 0}, "choose option 0 in #city"),
        ("check", "#a", "tick #a"),
        ("check", {"target": "#a", "checked": False}, "untick #a"),
        ("pause", 1.5, "wait 1.5 s"),
    ],
)
def test_it_describes_itself(name: str, raw: Any, said: str) -> None:
    assert words(name, raw) == said


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("click", {}),
        ("click", {"target": []}),
        ("click", {"target": "#a", "button": "right"}),
        ("type", "#q"),
        ("type", {"into": "#q"}),
        ("type", {"into": "#q", "text": "a", "clear": "maybe"}),
        ("select", {"target": "#city"}),
        ("select", {"target": "#city", "label": "Porto", "index": 1}),
        ("select", {"target": "#city", "index": -1}),
        ("select", "#city"),
        ("check", {"checked": True}),
        ("pause", 0),
        ("pause", 61),
        ("pause", "long"),
        ("open", {}),
        ("open", 3),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, raw: Any) -> None:
    with pytest.raises(ValidationError):
        arguments(name, raw)


def test_a_pause_rests() -> None:
    assert run("pause", 2, FakePage()).calls == [("rest", 2.0)]

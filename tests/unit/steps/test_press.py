import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.errors import Mistake
from harness.steps.press import NAMED, codes
from tests.unit.steps.steps import arguments, words

CONTROL, SHIFT = NAMED["Control"], NAMED["Shift"]


@pytest.mark.parametrize(
    ("chord", "expected"),
    [
        ("m", ("m",)),
        ("M", ("M",)),
        ("Enter", ("\ue007",)),
        ("F12", ("\ue03c",)),
        ("Control+A", (CONTROL, "a")),
        ("Control+Shift+A", (CONTROL, SHIFT, "A")),
        ("Control+Enter", (CONTROL, "\ue007")),
        ("+", ("+",)),
        ("Control++", (CONTROL, "+")),
        ("Space", (" ",)),
    ],
)
def test_keys_and_chords(chord: str, expected: tuple[str, ...]) -> None:
    assert codes(chord) == expected


@given(st.text(min_size=1).filter(lambda text: "+" not in text and len(text) > 1 and text not in NAMED))
def test_a_key_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(Mistake) as mistake:
        codes(f"Control+{name}")
    assert name in str(mistake.value)
    assert mistake.value.advice


def test_the_nearest_key_is_offered() -> None:
    with pytest.raises(Mistake) as mistake:
        codes("Escap")
    assert str(mistake.value.advice) == "did you mean `Escape`?"


def test_forms() -> None:
    assert arguments("press", "m") == arguments("press", {"keys": ["m"]}) == arguments("press", ["m"])
    assert arguments("press", 5).keys == ("5",)
    assert words("press", {"keys": ["Enter", "Tab"], "target": "#q"}) == "press Enter, Tab in #q"
    for wrong in ([], {"keys": []}, {"target": "#q"}, "Ctrl+A", ""):
        with pytest.raises(ValidationError):
            arguments("press", wrong)

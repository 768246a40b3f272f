"""Words in two languages, and words kept in files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import language
from harness.language import Message, preferred
from harness.model import Said, in_language


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = {"step {number}: {why}": "步骤 {number}：{why}", "it is hidden": "它不可见"}
    monkeypatch.setattr(language, "_catalogue", lambda lang: catalogue)


def test_english_needs_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(language, "_catalogue")
    assert str(Message("step {number}", number=3)) == "step 3"


@pytest.mark.usefixtures("chinese")
def test_words_inside_words_are_in_the_same_language() -> None:
    message = Message("step {number}: {why}", number=3, why=Message("it is hidden"))
    assert message.into("zh") == "步骤 3：它不可见"
    assert message.into("en") == "step 3: it is hidden"


@pytest.mark.usefixtures("chinese")
def test_what_has_no_translation_is_said_in_english() -> None:
    assert Message("unheard of").into("zh") == "unheard of"


@pytest.mark.usefixtures("chinese")
def test_words_inside_words_come_back_from_a_file() -> None:
    message = Message("step {number}: {why}", number=3, why=Message("it is hidden"))
    said = Said.model_validate_json(Said.of(message).model_dump_json())
    assert said == Said.of(message)
    assert said.message().into("zh") == "步骤 3：它不可见"


def test_braces_in_values_and_in_words_without_values_stay_as_they_are() -> None:
    assert str(Message("{text}", text="{0} {x} {{")) == "{0} {x} {{"
    assert str(Message("a {b} c")) == "a {b} c"


def test_a_value_may_be_called_text() -> None:
    assert str(Message("{text}", text="a")) == "a"


@given(st.text(), st.one_of(st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_values_survive_a_file(text: str, value: str | float) -> None:
    message = Message("{a} and {b}", a=text, b=Message("{c}", c=value))
    assert str(Said.model_validate_json(Said.of(message).model_dump_json()).message()) == str(message)


@pytest.mark.parametrize(
    ("text", "lang", "words"),
    [
        ("one", "zh", "one"),
        ({"en": "one", "zh": "一"}, "zh", "一"),
        ({"en": "one"}, "zh", "one"),
        ({"zh": "一"}, "en", "一"),
        ({}, "en", ""),
    ],
)
def test_an_authors_words(text: str | dict[language.Language, str], lang: language.Language, words: str) -> None:
    assert in_language(text, lang) == words


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, "en"),
        ({"LC_ALL": "ZH_TW", "LC_MESSAGES": "C"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_locale_says_the_language(environ: dict[str, str], lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert preferred() == lang

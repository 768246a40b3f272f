"""The spellings of a value that are looked for."""

import html
import json
from base64 import b64encode
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.masking.needles import LEAST_ENCODED, MASK, needles


@pytest.mark.parametrize(
    "spell",
    [quote, quote_plus, html.escape, escape, lambda text: json.dumps(text)[1:-1], repr, lambda text: f"'{text}'"],
)
def test_the_mask_reads_the_same_wherever_it_stands(spell: object) -> None:
    assert callable(spell)
    assert spell(MASK).strip("'") == MASK
    assert urlsplit(f"https://{MASK}:{MASK}@product:8000/a?b={MASK}#{MASK}").hostname == "product"


def test_no_end_of_the_mask_is_a_beginning_of_it() -> None:
    assert not any(MASK.startswith(MASK[index:]) for index in range(1, len(MASK)))


def test_a_value_is_looked_for_as_it_is_in_forms_and_in_base64() -> None:
    found = {(needle.encoding, needle.text) for needle in needles("two words")}
    assert ("plain", b"two words") in found
    assert ("url", b"two+words") in found
    assert ("base64", b64encode(b"two words")) in found
    assert {needle.value for needle in needles("two words")} == {"two words"}


@given(st.text(min_size=4, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_base64_of_a_longer_text_has_one_of_them(value: str, before: bytes, after: bytes) -> None:
    if len(value.encode("utf-8", "surrogatepass")) > 4:
        whole = b64encode(before + value.encode("utf-8", "surrogatepass") + after)
        assert any(needle.text in whole for needle in needles(value) if needle.encoding == "base64")


def test_an_encoding_of_few_characters_is_none() -> None:
    texts = [needle.text for needle in needles("pw42")]
    assert texts[0] == b"pw42"
    assert all(len(text) >= LEAST_ENCODED for text in texts[1:])
    assert b64encode(b"pw42").rstrip(b"=") in texts


def test_the_mask_is_never_looked_for() -> None:
    assert [needle.encoding for needle in needles(MASK[1:5])] == ["base64"]

"""What a text may be read as, and where what is read stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.masking.views import View, plain, views

EVERYTHING = frozenset(range(256))


def view(text: str, *encodings: str) -> View:
    return next(view for view in views(text.encode(), EVERYTHING) if view.encodings == encodings)


@pytest.mark.parametrize(
    ("text", "encodings", "read"),
    [
        ("a%20b%e9%2F", ["url"], b"a b\xe9/"),
        ("%2520%", ["url"], b"%20%"),
        ("%2520%", ["url", "url"], b" %"),
        ("a &lt;&#X3c;&#60;&#060;&eacute;&nosuch; &", ["html"], "a <<<<é&nosuch; &".encode()),
        ("&amp;lt;", ["html", "html"], b"<"),
        (r"\"\\\/\b\n\u00e9\u00E9\xe9\'\q", ["json"], "\"\\/\b\néééé'\\q".replace("éééé", "ééé").encode()),
        (r"\ud83d\ude00 \ud83d", ["json"], "😀 ".encode() + b"\xed\xa0\xbd"),
        (r"\\u0041", ["json"], rb"\u0041"),
        (r"\\u0041", ["json", "json"], b"A"),
        (r"\&quot;", ["json", "html"], b'"'),
        ("%26quot%3B", ["html", "url"], b'"'),
        ("&#37;41", ["url", "html"], b"A"),
        (r"%5Cu0041", ["json", "url"], b"A"),
    ],
)
def test_encodings_are_undone(text: str, encodings: list[str], read: bytes) -> None:
    assert view(text, *encodings).data == read


def test_the_text_itself_comes_first_and_alone_where_nothing_is_encoded() -> None:
    assert [item.encodings for item in views(b"100 % of a & b \\", EVERYTHING)] == [()]
    assert next(views(b"%41", EVERYTHING)).data == b"%41"


def test_only_what_is_wanted_is_undone() -> None:
    assert [item.data for item in views(b"%41%42", frozenset(b"A"))][1:] == [b"AB"]
    assert [item.data for item in views(b"%22%41", frozenset(b"A"))][1:] == [b"%22A"]
    assert len(list(views(b"%22%26%20", frozenset(b"A")))) == 2  # the & may begin something


@pytest.mark.parametrize(
    ("text", "encodings", "read", "stands"),
    [
        ("x%41%42y", ["url"], b"AB", "%41%42"),
        ("x%41%42y", ["url"], b"B", "%42"),
        ("x%41%42y", ["url"], b"By", "%42y"),
        ("x%41%42y", ["url"], b"xA", "x%41"),
        ("x%41%42y", ["url"], b"y", "y"),
        ("%2541 z", ["url", "url"], b"A", "%2541"),
        ("%41 z", ["url"], b"z", "z"),
        ("é %41 z", ["url"], b"z", "z"),
        ("a&#x1F600;b", ["html"], "😀".encode(), "&#x1F600;"),
    ],
)
def test_what_is_read_stands_with_the_whole_of_its_escapes(
    text: str, encodings: list[str], read: bytes, stands: str
) -> None:
    seen = view(text, *encodings)
    start = seen.data.index(read)
    first, last = seen.span(start, start + len(read))
    assert text.encode()[first:last].decode() == stands


@given(st.text(st.sampled_from("%&;#\\ux0123456789abcdefABquotlmp\"'/é😀\ud83d")))
def test_spans_of_any_text_are_in_order_and_inside(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    for seen in views(data, EVERYTHING):
        places = [seen.span(index, index + 1) for index in range(len(seen.data))]
        assert places == sorted(places)
        assert all(0 <= first < last <= len(data) for first, last in places)
        assert seen.span(0, len(seen.data)) == (0, len(data))


def test_a_text_is_read_plainly() -> None:
    assert plain("s%253A&amp;lt;\\\\u0041") == "s:<A"
    assert plain("100 %") == "100 %"

"""JSON to BiDi and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.webdriver.values import Raw, local, origin, plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_goes_in_comes_out(value: Any) -> None:
    assert plain(local(value)) == value


def test_a_raw_value_goes_as_it_is() -> None:
    node = {"sharedId": "f.1.e.2"}
    assert local([Raw(node)]) == {"type": "array", "value": [node]}


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ({"type": "undefined"}, None),
        ({"type": "number", "value": "-0"}, 0),
        ({"type": "number", "value": "NaN"}, "NaN"),
        ({"type": "bigint", "value": "12"}, "12"),
        ({"type": "date", "value": "2026-11-22T00:00:00.000Z"}, "2026-11-22T00:00:00.000Z"),
        ({"type": "map", "value": [[{"type": "number", "value": 1}, {"type": "null"}]]}, {"1": None}),
        ({"type": "set", "value": [{"type": "string", "value": "a"}]}, ["a"]),
        ({"type": "regexp", "value": {"pattern": "a+", "flags": "i"}}, "/a+/i"),
        ({"type": "function"}, "<function>"),
        ({"type": "object"}, "<object>"),  # deeper than was asked for
        ({"type": "node", "value": {"localName": "p", "attributes": {"id": "x"}}}, '<p id="x">'),
        ({"type": "node", "value": {"nodeValue": "words"}}, "words"),
    ],
)
def test_what_json_has_no_word_for(remote: dict[str, Any], expected: Any) -> None:
    assert plain(remote) == expected


def test_an_origin_counts_from_one() -> None:
    frame = {"url": "http://a/x.js", "functionName": "", "lineNumber": 0, "columnNumber": 7}
    entry = {"stackTrace": {"callFrames": [frame, frame | {"functionName": "run", "lineNumber": 4}]}}
    assert origin(entry) == {
        "url": "http://a/x.js",
        "line": 1,
        "column": 8,
        "stack": "<anonymous> (http://a/x.js:1:8)\nrun (http://a/x.js:5:8)",
    }
    assert origin({}) == {}
    assert origin({"stackTrace": None}) == {}

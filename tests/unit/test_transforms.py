"""Transforms of requests and answers: each does what it says, what has an inverse comes back, nothing is invented."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import transforms
from harness.transforms import MISSING, Answered, Asked, cast, matches, request, response, transformed, variables
from harness.transforms.paths import last

NAMES = st.text(min_size=1, max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)
ROWS = st.lists(OBJECTS, max_size=4)


def at(*names: str) -> str:
    """A JSONPath of names, whatever they are."""
    escaped = (name.replace("\\", "\\\\").replace("'", "\\'") for name in names)
    quoted = ("".join(f"\\u{ord(sign):04x}" if ord(sign) < 32 else sign for sign in name) for name in escaped)
    return "$" + "".join(f"['{name}']" for name in quoted)


@given(VALUES, NAMES)
def test_wrap_and_unwrap_are_inverse(value: Any, name: str) -> None:
    wrapped = transformed([{"wrap": "$", "in": name}], value)
    assert wrapped == {name: value}
    assert transformed([{"unwrap": "$", "from": name}], wrapped) == value


@given(ROWS, NAMES, NAMES)
def test_a_name_comes_back(rows: list[dict[str, Any]], old: str, new: str) -> None:
    rows = [{key: value for key, value in row.items() if key != new} for row in rows]
    there = transformed([{"rename": "$[*]" + at(old)[1:], "to": new}], rows)
    assert all(old == new or old not in row for row in there)
    back = transformed([{"rename": "$[*]" + at(new)[1:], "to": old}], there)
    assert back == rows
    assert [list(row) for row in back] == [list(row) for row in rows]  # in their order, too


@given(ROWS, NAMES, NAMES, NAMES)
def test_a_move_comes_back(rows: list[dict[str, Any]], name: str, holder: str, inner: str) -> None:
    rows = [{key: value for key, value in row.items() if key != holder} for row in rows]
    if name == holder:
        return
    old, new = "$[*]" + at(name)[1:], "$[*]" + at(holder, inner)[1:]
    there = transformed([{"move": old, "to": new}], rows)
    assert [row.get(holder, {}).get(inner, MISSING) for row in there] == [row.get(name, MISSING) for row in rows]
    back = transformed([{"move": new, "to": old}, {"remove": "$[*]" + at(holder)[1:]}], there)
    assert back == rows


@given(st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_scalars_come_back_from_text(number: float, truth: bool) -> None:
    assert cast(cast(number, "string"), "number") == number
    assert cast(cast(truth, "string"), "boolean") is truth
    assert cast(cast(truth, "number"), "boolean") is truth


@given(VALUES.filter(lambda value: not isinstance(value, list)))
def test_an_array_of_one_comes_back(value: Any) -> None:
    assert cast(cast(value, "array"), "item") == value


@given(st.integers(-(10**9), 4 * 10**9))
def test_a_time_comes_back(seconds: int) -> None:
    for form in ("time", "local-time", "sql-time"):
        assert cast(cast(seconds, form), "seconds") == seconds
        assert cast(cast(cast(seconds, form), "sql-time"), form) == cast(seconds, form)


@given(VALUES, st.sampled_from(transforms.KINDS))
def test_what_cannot_be_cast_stays(value: Any, kind: str) -> None:
    """Nothing is ever lost, whatever comes: a cast gives the value itself or one of the other kind."""
    before = deepcopy(value)
    cast(value, kind)
    assert value == before


@given(VALUES)
def test_a_body_that_is_given_stays_as_it_is(value: Any) -> None:
    before = deepcopy(value)
    transformed([{"set": "$.a", "value": [1]}, {"remove": "$..b"}, {"wrap": "$..*", "in": "c"}], value)
    assert value == before


@pytest.mark.parametrize(
    ("operation", "body", "result"),
    [
        ({"set": "$.rows[*].kind", "value": "book"}, {"rows": [{}, {"kind": 1}]},
         {"rows": [{"kind": "book"}, {"kind": "book"}]}),
        ({"default": "$.note", "value": ""}, {"note": None}, {"note": None}),
        ({"default": "$.note", "value": "", "null": True}, {"note": None}, {"note": ""}),
        ({"default": "$.note", "value": ""}, {}, {"note": ""}),
        ({"default": "$.note", "value": ""}, [1], [1]),
        ({"remove": "$.rows[0,1]"}, {"rows": [1, 2, 3]}, {"rows": [3]}),
        ({"remove": "$[?@.gone]"}, [{"gone": 1}, {"a": 1}, {"gone": 2}], [{"a": 1}]),
        ({"rename": "$.a", "to": "b"}, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ({"move": "$.a.b", "to": "$.c"}, {"a": 7}, {"a": 7}),
        ({"move": "$.a", "to": "$.c.d"}, {"a": 1, "c": 2}, {"a": 1, "c": 2}),
        ({"move": "$.a", "to": "$.a.b"}, {"a": 1}, {"a": 1}),  # that is a wrap
        ({"wrap": "$.rows[*]", "in": "item"}, {"rows": [1, [2]]}, {"rows": [{"item": 1}, {"item": [2]}]}),
        ({"unwrap": "$..x", "from": "x"}, {"x": {"x": {"x": 1}}}, {"x": 1}),
        ({"unwrap": "$", "from": "data"}, {"error": "no"}, {"error": "no"}),
        ({"cast": "$.rows", "to": "values"}, {"rows": {"7": "a", "8": "b"}}, {"rows": ["a", "b"]}),
        ({"cast": "$[*].day", "to": "date"}, [{"day": 1764374400}, {"day": "soon"}],
         [{"day": "2025-11-29"}, {"day": "soon"}]),
        ({"cast": "$.at", "to": "milliseconds"}, {"at": "2025-11-29T00:00:00Z"}, {"at": 1764374400000}),
        ({"cast": "$.n", "to": "number"}, {"n": "7 apples"}, {"n": "7 apples"}),
    ],
)  # fmt: skip
def test_what_a_transform_does(operation: dict[str, Any], body: Any, result: Any) -> None:
    assert transformed([operation], body) == result


def test_a_move_needs_names_from_where_the_places_part() -> None:
    assert transforms.mover("$.rows[*].meta.id", "$.rows[*].id") == ("$.rows[*]", ("meta", "id"), ("id",))
    assert transforms.mover("$.rows[*].id", "$.ids[*]") is None
    assert transforms.mover("$", "$.a") is None


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a", ("$", "a")),
        ("$['a b'].c", ("$['a b']", "c")),
        ("$.a['it\\'s \\\\ \"x\"']", ("$.a", 'it\'s \\ "x"')),
        ('$["\\u00e9"]', ("$", "é")),
        ("$[?@.a=='x'].b", ("$[?@.a=='x']", "b")),
        ("$", None),
        ("$[*]", None),
        ("$..a", None),
        ("$['a','b']", None),
        ("$[?@['x']]", None),
        ("$[?@.a=='x']", None),
    ],
)
def test_the_name_that_a_path_ends_with(path: str, found: tuple[str, str] | None) -> None:
    assert last(path) == found


@given(NAMES)
def test_whatever_a_name_is_a_path_ends_with_it(name: str) -> None:
    assert last(at("a", name)) == ("$['a']", name)


def test_paths_and_their_variables() -> None:
    assert variables("/items/{id}.json", "/items/7.json") == {"id": "7"}
    assert variables("/items/{id}", "/items/7/parts") is None
    assert variables("/files/{rest*}", "/files/a/b") == {"rest": "a/b"}
    assert variables("/a.b", "/axb") is None


def test_which_requests_a_rule_is_about() -> None:
    asked = Asked("GET", "/items", (("page", "2"), ("sort", "id")))
    assert matches({"path": "/items", "query": {"page": True, "sort": "id"}}, asked)
    assert not matches({"path": "/items", "query": {"sort": "name"}}, asked)
    assert not matches({"path": "/items", "query": {"q": True}}, asked)
    assert not matches({"path": "/items", "method": "POST"}, asked)


def test_a_page_by_its_number() -> None:
    pages = {"start": "_start", "end": "_end", "page": "_page", "size": "_per_page"}
    rules = [{"match": {"path": "/{all}"}, "request": {"pages": pages, "query": {"_order": None}}}]
    asked = Asked("GET", "/rows", (("_start", "20"), ("_end", "30"), ("_order", "ASC"), ("q", "a")))
    assert request(rules, asked).query == (("q", "a"), ("_page", "3"), ("_per_page", "10"))
    across = Asked("GET", "/rows", (("_start", "5"), ("_end", "15")))
    assert request(rules, across) == across


def test_a_request_goes_to_another_path() -> None:
    rules = [
        {
            "match": {"path": "/api/{kind}/{id}", "query": {"sort": True}},
            "request": {"path": "/v2/{id}/{kind}", "method": "POST", "query": {"order": "-{sort}", "x": "{nothing}"},
                        "headers": {"Accept": "application/json", "X-Old": None}},
        }
    ]  # fmt: skip
    asked = Asked("GET", "/api/books/7", (("sort", "id"),), (("X-Old", "1"), ("Host", "product")))
    assert request(rules, asked) == Asked(
        "POST", "/v2/7/books", (("sort", "id"), ("order", "-id")), (("Host", "product"), ("Accept", "application/json"))
    )
    assert request(rules, Asked("GET", "/other")) == Asked("GET", "/other")


def test_a_name_may_stand_in_the_query_several_times() -> None:
    rules = [{"match": {"path": "/rows"}, "request": {"query": {"_extra": ["columns", "{q}", "{nothing}"]}}}]
    asked = Asked("GET", "/rows", (("_extra", "old"), ("q", "a")))
    assert request(rules, asked).query == (("q", "a"), ("_extra", "columns"), ("_extra", "a"))


def test_a_header_of_the_body_as_it_came() -> None:
    changes = {"X-Total-Count": {"from": "$.items"}, "X-Length": {"count": "$.data[*]"}, "X-New": {"header": "x-old"}}
    rule = {"headers": changes, "body": [{"unwrap": "$", "from": "data"}], "status": 203}
    rules = [{"match": {"path": "/rows", "status": [200], "content_type": "application/json"}, "response": rule}]
    headers = (("Content-Type", "application/json; charset=utf-8"), ("X-Old", "a"))
    found = response(rules, Asked("GET", "/rows"), Answered(200, headers, {"items": 3, "data": [1, 2]}))
    assert found.headers[2:] == (("X-Total-Count", "3"), ("X-Length", "2"), ("X-New", "a"))
    assert (found.status, found.body) == (203, [1, 2])
    for other in (Answered(404, headers, {}), Answered(200, (("Content-Type", "text/html"),))):
        assert response(rules, Asked("GET", "/rows"), other) == other


def test_what_is_not_there_is_not_made_up() -> None:
    rules = [{"match": {"path": "/rows"}, "response": {"headers": {"X-Total-Count": {"from": "$.items"}}}}]
    for body in (MISSING, [1], {"items": [1]}):
        answer = Answered(200, (), body)
        assert response(rules, Asked("GET", "/rows"), answer) == answer

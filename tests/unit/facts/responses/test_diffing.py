"""What is said of two bodies."""

from typing import Any

import pytest

from harness.facts.responses.diffing import diff
from harness.facts.responses.paths import written
from harness.facts.responses.shapes import infer

ROWS = [{"id": 1, "title": "The Sea Wolf"}, {"id": 7, "title": "White Fang"}]


def said(old: Any, new: Any) -> list[tuple[str, str, str]]:
    return [(one.rule, written(one.path), one.other) for one in diff(infer([old]), infer([new]))]


@pytest.mark.parametrize(
    ("old", "new", "rule", "path", "other"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, "field-removed", "$.b", ""),
        ({"a": 1}, {"a": 1, "b": 2}, "field-added", "$.b", ""),
        ({"rows": ROWS}, {"results": ROWS}, "field-renamed", "$.rows", "$.results"),
        ({"user_name": "ann"}, {"userName": "bob"}, "field-renamed", "$.user_name", "$.userName"),
        ({"a": "Lisbon", "c": {"d": 5}}, {"a": "Lisbon", "c": {"x": 5}}, "field-renamed", "$.c.d", "$.c.x"),
        ([{"price": 12.5}], [{"cost": 12.5}], "field-renamed", "$[*].price", "$[*].cost"),
        ({"price": 12.5, "x": {"y": 1}}, {"x": {"y": 1, "price": 12.5}}, "field-moved", "$.price", "$.x.price"),
        ({"owner": {"mail": "a@b"}, "x": 1}, {"mail": "a@b", "x": 1}, "field-moved", "$.owner.mail", "$.mail"),
        ({"a": "x"}, {"a": None}, "became-null", "$.a", ""),
        ([{"a": "x"}, {"a": "y"}], [{"a": "x"}, {"a": None}], "became-nullable", "$[*].a", ""),
        ({"a": None}, {"a": "x"}, "no-longer-null", "$.a", ""),
        ([{"a": 1, "b": 2}] * 2, [{"a": 1, "b": 2}, {"a": 1}], "field-became-optional", "$[*].b", ""),
        ({"rows": ROWS}, {"rows": {"1": ROWS[0]}}, "array-became-object", "$.rows", ""),
        ({"a": {"b": 1}}, {"a": [{"b": 1}]}, "object-became-array", "$.a", ""),
        ({"a": [1]}, {"a": 1}, "array-became-scalar", "$.a", ""),
        ({"a": "x"}, {"a": ["x"]}, "scalar-became-array", "$.a", ""),
        ({"a": "x"}, {"a": {"id": "x"}}, "scalar-became-object", "$.a", ""),
        ({"a": {"id": "x"}}, {"a": "x"}, "object-became-scalar", "$.a", ""),
        ({"a": 5}, {"a": "5"}, "number-became-string", "$.a", ""),
        ({"a": "5"}, {"a": 5}, "string-became-number", "$.a", ""),
        ({"a": True}, {"a": "yes"}, "type-changed", "$.a", ""),
        ({"a": [1]}, {"a": [2, "x"]}, "type-widened", "$.a[*]", ""),
        ({"state": "open"}, {"state": "OPEN"}, "enum-value-added", "$.state", '"OPEN"'),
        ({"d": "2026-11-29"}, {"d": "29/11/2026"}, "date-format-changed", "$.d", ""),
        ({"d": 1_790_000_000}, {"d": 1_790_000_000_000}, "date-format-changed", "$.d", ""),
        ({"rows": ROWS, "total": 2}, {"rows": ROWS}, "pagination-changed", "$.total", ""),
        ({"rows": ROWS}, {"rows": ROWS[:1]}, "page-size-changed", "$.rows", ""),
        ({"rows": ROWS}, {"rows": ROWS[::-1]}, "order-changed", "$.rows", ""),
        (ROWS, {"data": ROWS}, "envelope-added", "$", "$.data"),
        ({"data": ROWS}, ROWS, "envelope-removed", "$.data", "$"),
        ({"a": 1, "b": "x", "c": 2}, {"data": {"a": 1, "b": "x", "c": 2}}, "envelope-added", "$", "$.data"),
        ({"x-y": 1, "a": 2}, {"a": 2}, "field-removed", "$['x-y']", ""),
    ],
)
def test_one_change(old: Any, new: Any, rule: str, path: str, other: str) -> None:
    assert said(old, new) == [(rule, path, other)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"id": 1, "at": "2026-11-29"}, {"id": 99, "at": "2027-01-01"}),
        ({"token": "a81f"}, {"token": "b77c"}),
        ({"title": "Sea"}, {"title": "Ocean"}),
        ({"text": "one two"}, {"text": "three"}),
        ({"17": {"a": 1}}, {"18": {"a": 1}, "19": {"a": 2}}),
        ({"rows": []}, {"rows": ROWS}),
        ({"total": 3}, {"total": 4}),
        ({"rows": ROWS}, {"rows": [{"id": 3, "title": "x"}]}),
    ],
)
def test_what_differs_by_nature_is_no_difference(old: Any, new: Any) -> None:
    assert said(old, new) == []


def test_what_is_in_a_renamed_field_is_looked_at_too() -> None:
    new = [{"id": "1", "title": "The Sea Wolf"}]
    assert said({"rows": ROWS[:1]}, {"results": new}) == [
        ("field-renamed", "$.rows", "$.results"),
        ("number-became-string", "$.rows[*].id", ""),
    ]


def test_what_is_in_an_envelope_is_looked_at_too_and_what_came_with_it_is_not_said() -> None:
    new = {"ok": True, "data": [{"id": 1, "title": None}, {"id": 7, "title": None}]}
    assert said(ROWS, new) == [("envelope-added", "$", "$.data"), ("became-null", "$[*].title", "")]

"""From a new shape to the old one: what is found is tried, and what is gone is said to be gone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts.responses.mending import difference, mend
from harness.transforms import transformed

ROWS = [
    {"id": 1, "title": "Emma", "price": 7, "day": "2026-11-29", "author": {"name": "Austen"}},
    {"id": 2, "title": "Persuasion", "price": 9, "day": "2026-11-30", "author": {"name": "Jane Austen"}},
]


def rows(**changes: Any) -> list[dict[str, Any]]:
    made = [{**row, **{name: change(row) for name, change in changes.items()}} for row in ROWS]
    return [{name: value for name, value in row.items() if value is not ...} for row in made]


def gone(row: dict[str, Any]) -> Any:
    return ...


MENDED = {
    "envelope": (ROWS, {"data": ROWS, "total": 2}),
    "no-envelope": ({"rows": ROWS}, ROWS),
    "renamed": (ROWS, rows(author=gone, writer=lambda row: row["author"])),
    "moved": (ROWS, rows(author=gone, meta=lambda row: {"author": row["author"]})),
    "wrapped-and-renamed": (
        ROWS,
        {"items": rows(author=gone, writer=lambda row: row["author"], price=lambda row: str(row["price"]))},
    ),
    "nested-envelope": ({"shop": {"books": ROWS}}, {"shop": {"books": {"items": ROWS, "next": None}}}),
    "number-to-string": (ROWS, rows(price=lambda row: str(row["price"]))),
    "string-to-number": (rows(price=lambda row: str(row["price"])), ROWS),
    "date": (ROWS, rows(day=lambda row: 1764374400 + row["id"] * 86400)),
    "scalar-to-array": (ROWS, rows(title=lambda row: [row["title"]])),
    "scalar-to-object": (ROWS, rows(title=lambda row: {"value": row["title"]})),
    "array-to-object": ({"rows": [7, 8]}, {"rows": {"1": 7, "2": 8}}),
    "array-to-scalar": (rows(tags=lambda row: ["new"]), rows(tags=lambda row: "new")),
}
GONE = {
    "removed": (ROWS, rows(title=gone), "field-removed"),
    "null": (ROWS, rows(author=lambda row: None), "became-null"),
    "optional": (ROWS, [ROWS[0], {"id": 2}], "field-became-optional"),
    "shorter": ([1, 2, 3], [1, 2], "page-size-changed"),
    "other-words": ([{"state": "active"}], [{"state": "ACTIVE"}], "enum-value-added"),
}


@pytest.mark.parametrize("name", MENDED)
def test_what_can_be_mended(name: str) -> None:
    old, new = MENDED[name]
    found = mend([old], [new])
    assert found.left == ()
    assert found.operations
    made = transformed(found.operations, new)
    assert {change.rule for change in difference([old], made)} <= {"field-added"}


@pytest.mark.parametrize("name", GONE)
def test_what_cannot_be_mended_is_left_over(name: str) -> None:
    old, new, rule = GONE[name]
    found = mend([old], [new])
    assert rule in {change.rule for change in found.left}
    assert transformed(found.operations, new) == new


def test_one_that_can_be_mended_beside_one_that_cannot() -> None:
    found = mend([ROWS], [{"data": rows(title=gone, price=lambda row: str(row["price"]))}])
    assert found.operations == ({"unwrap": "$", "from": "data"}, {"cast": "$[*].price", "to": "number"})
    assert [(change.rule, change.path) for change in found.left] == [("field-removed", (None, "title"))]


def test_an_object_that_was_emptied_goes_too() -> None:
    found = mend([ROWS], [rows(author=gone, meta=lambda row: {"author": row["author"]})])
    assert found.operations == (
        {"move": "$[*].meta.author", "to": "$[*].author"},
        {"remove": "$[*].meta"},
    )


def test_one_that_was_empty_before_a_transform_came_stays() -> None:
    new = rows(price=lambda row: str(row["price"]), meta=lambda row: {"a": 1})
    assert mend([ROWS], [new]).operations == ({"cast": "$[*].price", "to": "number"},)


def test_equal_answers_need_nothing() -> None:
    assert mend([ROWS], [ROWS]).operations == mend([ROWS], [ROWS]).left == ()


SCALARS = st.booleans() | st.integers() | st.text(max_size=5)
FIELDS = st.dictionaries(st.sampled_from("abcdefg"), SCALARS | st.lists(SCALARS, max_size=3), min_size=2, max_size=6)


@given(st.lists(FIELDS, min_size=1, max_size=3), st.sampled_from(["data", "items", "result"]))
def test_an_envelope_is_always_found(body: list[dict[str, Any]], name: str) -> None:
    assert transformed(mend([body], [{name: body}]).operations, {name: body}) == body


@given(FIELDS, FIELDS)
def test_no_transform_makes_it_worse(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Whatever two answers are: what is done leaves fewer differences than there were, or does nothing."""
    found, plain = mend([old], [new]), mend([old], [new])
    assert found == plain
    weighty = {(change.rule, change.path) for change in mend([old], [transformed(found.operations, new)]).left}
    assert weighty == {(change.rule, change.path) for change in found.left}

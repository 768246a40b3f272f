"""Shapes: what must hold for all JSON, and what a shape keeps."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.facts.responses import shapes
from harness.facts.responses.diffing import diff
from harness.facts.responses.shapes import Shape, folded_key, infer, merge

SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "open", "2026-11-29", "a b", "x" * 200])
NAMES = st.sampled_from(["id", "name", "rows", "meta", "17", "a-b"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))
SAMPLES = st.lists(JSON, max_size=4)


@given(SAMPLES)
def test_a_shape_equals_itself(values: list[Any]) -> None:
    assert diff(infer(values), infer(values)) == ()


@given(SAMPLES, SAMPLES)
def test_merging_is_what_inferring_of_both_gives(one: list[Any], other: list[Any]) -> None:
    assert merge(infer(one), infer(other)) == infer([*one, *other])


@given(SAMPLES, SAMPLES, SAMPLES)
def test_merging_is_commutative_and_associative(a: list[Any], b: list[Any], c: list[Any]) -> None:
    x, y, z = infer(a), infer(b), infer(c)
    assert merge(x, y) == merge(y, x)
    assert merge(merge(x, y), z) == merge(x, merge(y, z))
    assert merge(x, Shape()) == x


def turned(value: Any) -> Any:
    """The same with all keys the other way round."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(SAMPLES)
def test_the_order_of_keys_does_not_matter(values: list[Any]) -> None:
    assert infer(values) == infer([turned(value) for value in values])


@given(JSON, JSON)
@settings(max_examples=300)
def test_what_changed_has_a_rule_and_never_breaks(old: Any, new: Any) -> None:
    from harness.facts.responses import RULES

    assert all(change.rule in RULES for change in diff(infer([old]), infer([new])))


@pytest.mark.parametrize(
    ("key", "folded"),
    [("17", "{number}"), ("2026-11", "{date}"), ("3fa8b1c2d", "{hash}"), ("rows", "rows"), ("deadbeef", "deadbeef")],
)
def test_keys_that_are_data_are_folded(key: str, folded: str) -> None:
    assert folded_key(key) == folded


@pytest.mark.parametrize(
    ("value", "format_"),
    [
        ("2026-11-29", "ISO 8601 date"),
        ("2026-11-29T10:00:00Z", "ISO 8601 time in UTC"),
        ("2026-11-29T10:00:00.123+02:00", "ISO 8601 time with offset"),
        ("2026-11-29 10:00:00", "SQL time"),
        ("Sun, 29 Nov 2026 10:00:00 GMT", "RFC 5322 time"),
        ("29/11/2026", "day/month/year"),
        (1_790_000_000, "seconds since 1970"),
        (1_790_000_000_000, "milliseconds since 1970"),
        ("soon", "text"),
    ],
)
def test_a_date_is_known_by_its_format(value: Any, format_: str) -> None:
    assert infer([value]).formats == {format_}


def test_json_of_nine_hundred_levels_is_cut() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": [deep]}
    shape, levels = infer([deep]), 0
    while shape.fields or shape.items:
        shape, levels = shape.fields.get("a") or shape.items or Shape(), levels + 1
    assert levels == shapes.DEPTH_MAX


def test_an_answer_of_many_megabytes_is_looked_at_in_part() -> None:
    rows = [{f"column {number}": "x" * 100 for number in range(40)} for _ in range(20_000)]
    shape = infer([{"rows": rows}])
    items = shape.fields["rows"].items
    assert items is not None
    assert items.count == shapes.ITEMS_MAX
    assert len(items.fields) == 40


def test_no_more_values_are_looked_at_than_the_limit() -> None:
    wide = [[[1] * 300] * 300] * 300
    shape, total = infer([wide]), 0
    inner: Shape | None = shape
    while inner:
        total += inner.count
        inner = inner.items
    assert total <= shapes.NODES_MAX

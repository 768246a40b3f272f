"""JSONPaths, and excerpts of what is there."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.facts.responses import paths
from harness.facts.responses.paths import excerpt, names, read, written


@given(st.lists(st.none() | st.text(max_size=5), max_size=5))
def test_a_path_that_is_written_reads_the_same(path: list[str | None]) -> None:
    assert read(written(tuple(path))) == tuple(path)


def test_a_path_is_a_jsonpath() -> None:
    assert written(("rows", None, "a-b")) == "$.rows[*]['a-b']"
    assert names("$.rows[*]['a-b']") == ("rows", "a-b")


def test_an_excerpt_is_what_holds_the_field_and_has_it() -> None:
    body: dict[str, Any] = {"meta": {f"field{number}": "x" * 500 for number in range(60)}}
    shown = excerpt(body, ("meta", "field50"))
    assert "field0" in shown
    assert len(shown) <= paths.EXCERPT_MAX


def test_an_excerpt_of_what_is_not_there_is_of_what_would_hold_it() -> None:
    assert json.loads(excerpt({"rows": {"1": 2}}, ("rows", None, "id"))) == {"1": 2}


def test_an_excerpt_of_nine_hundred_levels_is_short() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": [deep]}
    assert len(excerpt(deep, ("a", None, "a"))) < 100

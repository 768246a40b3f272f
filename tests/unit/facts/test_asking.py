"""How the other side asked for what fails."""

from typing import Any

import pytest

from harness.compare import compare
from harness.diagnose import diagnose
from harness.model import Request
from harness.writing import origins
from harness.writing.vendor import vendor
from tests.stories import ORIGIN, get
from tests.unit.test_diagnose import trace_of


def request(path: str, status: int = 200, step: int = 2, **more: Any) -> Request:
    return get(step, 1.0, path, status, "fetch", method="DELETE", **more)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ([request("/todo")], [request("/todo?id=1", 400)], f"DELETE {ORIGIN}/todo: HTTP 200"),
        ([get(2, 1.0, "/todo", 201, "fetch", method="POST")], [request("/todo", 405)], f"POST {ORIGIN}/todo: HTTP 201"),
        ([request("/todo")], [request("/todo", 500)], ""),  # the same was asked
        ([request("/todo")], [request("/todo"), request("/todo?id=1", 400)], ""),  # it is still asked so
        ([request("/todo", 404)], [request("/todo?id=1", 400)], ""),  # nor was that of use
        ([request("/todo?sid=a")], [request("/todo?sid=b", 400)], ""),  # a token differs by nature
        ([request("/other")], [request("/todo?id=1", 400)], ""),
        ([request("/todo?a=1", step=1), request("/todo")], [request("/todo?id=1", 400)],
         f"DELETE {ORIGIN}/todo: HTTP 200"),
    ],
)  # fmt: skip
def test_only_what_was_asked_in_another_way_and_is_no_longer(before: list[Any], after: list[Any], said: str) -> None:
    """htmx 2 sends with DELETE in the address what htmx 1 sent in the body."""
    old = trace_of(("passed",) * 3, *before, side="before")
    new = trace_of(("passed", "failed", "not-run"), *after)
    found = diagnose(compare(old, new), old, new)
    failing = next(one for one in found.errors if one.kind == "request")
    assert failing.otherwise == said
    told = origins.told(failing, "en")
    assert told == (f"asked otherwise before the upgrade: {said}" if said else "")
    assert bool(said) is ("Before the upgrade it was asked otherwise" in vendor(found, None, "en").text)


def test_of_what_was_fixed_the_side_after_is_the_other() -> None:
    old = trace_of(("passed", "failed", "not-run"), request("/todo?id=1", 400), side="before")
    new = trace_of(("passed",) * 3, request("/todo"))
    (failing,) = diagnose(compare(old, new), old, new).errors
    assert origins.told(failing, "zh") == f"升级后的请求不同：DELETE {ORIGIN}/todo: HTTP 200"

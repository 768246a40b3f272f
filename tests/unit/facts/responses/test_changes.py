"""What is said of the answers of two traces."""

from collections.abc import Iterable
from typing import Any

import pytest

from harness.facts.responses import RULES, changes, noise_of, quiet, told, words
from harness.facts.responses.changes import CHANGES_MAX
from harness.facts.responses.endpoints import endpoint
from harness.facts.responses.paths import EXCERPT_MAX
from harness.model import Request, ResponseChange
from tests.stories import get

ROWS = [{"id": 1, "title": "The Sea Wolf"}]


def api(body: Any = None, path: str = "/api/items?page=1", status: int = 200, **more: Any) -> Request:
    return get(2, 1.0, path, status, "fetch", body=body, **more)


def said(old: Request | list[Request], new: Request | list[Request]) -> list[tuple[str, str]]:
    sides = [[side] if isinstance(side, Request) else side for side in (old, new)]
    return [(one.rule, one.path) for one in changes(*sides)]


# ---------------------------------------------------------------- endpoints
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/items/17", "GET /api/items/{id}"),
        ("/api/items/17.json", "GET /api/items/{id}.json"),
        ("/api/v1/items?b=2&a=1", "GET /api/v1/items?a&b"),
        ("/days/2026-11-29", "GET /days/{date}"),
        ("/x/3fa85f64-5717-4562-b3fc-2c963f66afa6/y", "GET /x/{id}/y"),
        ("/lib/1.12.4/a", "GET /lib/{version}/a"),
        ("/commit/3fa8b1c2d", "GET /commit/{hash}"),
        ("/", "GET /"),
    ],
)
def test_ids_hashes_dates_and_values_of_the_query_are_folded(path: str, name: str) -> None:
    assert endpoint(api(path=path)) == name


def test_another_host_is_named_and_that_of_the_replica_is_not() -> None:
    assert endpoint(api().model_copy(update={"url": "http://maps.example/x"})) == "GET //maps.example/x"
    assert endpoint(api().model_copy(update={"url": "http://172.18.0.4:8000/x"})) == "GET /x"


def test_an_endpoint_that_one_side_did_not_call_is_not_compared() -> None:
    assert said(api({"a": 1}), api({"b": 1}, path="/api/others")) == []


def test_answers_of_the_same_endpoint_are_taken_together() -> None:
    old = [api({"a": 1}, path="/api/items/1"), api({"a": 1, "b": 2}, path="/api/items/2")]
    assert said(old, api({"a": 3}, path="/api/items/9")) == [("field-removed", "$.b")]


def test_a_body_that_is_larger_than_what_is_kept_is_not_compared() -> None:
    assert said(api({"a": 1}), api(None, body_missing="larger than 1 MB")) == []


# -------------------------------------------------------------------- heads
@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ({"status": 200}, {"status": 404}, ["status-became-error"]),
        ({"status": 404}, {"status": 200}, ["status-no-longer-error"]),
        ({"status": 200}, {"status": 201}, ["status-changed"]),
        ({"status": 200}, {"status": 304}, []),
        ({"mime_type": "application/json"}, {"mime_type": "text/html"}, ["content-type-changed"]),
        ({"mime_type": "application/json"}, {"mime_type": "application/hal+json"}, ["content-type-respelled"]),
        ({"response_headers": {"x-total-count": "3"}}, {"response_headers": {"date": "x"}}, ["paging-header-removed"]),
        ({"response_headers": {"x-a": "3"}}, {"response_headers": {"x-b": "3"}}, ["header-removed", "header-added"]),
        ({"response_headers": {"date": "1", "etag": "a"}}, {"response_headers": {"age": "2"}}, []),
        (
            {"response_headers": {"a": "1"}},
            {"response_headers": {"a": "1", "content-security-policy": "default-src 'none'"}},
            ["header-restricts"],
        ),
    ],
)
def test_what_a_head_says(old: dict[str, Any], new: dict[str, Any], rules: list[str]) -> None:
    assert [rule for rule, _ in said(api(**old), api(**new))] == rules


@pytest.mark.parametrize(("site", "rule"), [("cross-site", "cross-origin-refused"), ("same-origin", "header-removed")])
def test_a_header_for_other_origins_counts_where_another_origin_asks(site: str, rule: str) -> None:
    old = api(request_headers={"sec-fetch-site": site}, response_headers={"access-control-allow-origin": "*"})
    assert said(old, api(response_headers={"date": "x"})) == [(rule, "access-control-allow-origin")]


def test_another_form_of_errors_is_one_rule() -> None:
    old, new = api({"error": "no such item", "code": 1}, status=404), api({"errors": [{"detail": "x"}]}, status=404)
    assert {rule for rule, _ in said(old, new)} == {"error-envelope-changed", "field-added"}


def test_files_of_the_page_are_asked_for_status_and_type_alone() -> None:
    old = get(1, 0.1, "/app.3fa8b1c2.js?v=1", 200, "script", mime_type="text/javascript", response_headers={"x-a": "1"})
    new = get(1, 0.1, "/app.9ce8b1d4.js?v=2", 200, "script", mime_type="text/html", response_headers={"x-b": "1"})
    assert said(old, new) == [("content-type-changed", "content-type")]


# ------------------------------------------------------------------- limits
def test_json_of_nine_hundred_levels_and_of_megabytes_breaks_nothing() -> None:
    deep: Any = {"x": 1}
    for _ in range(450):
        deep = {"a": [deep]}
    wide = {f"key {number}": "x" * 50_000 for number in range(300)}
    old, new = api(path="/deep"), api(path="/deep").model_copy()
    old.__dict__["body"], new.__dict__["body"] = deep, [deep]  # no observer keeps as much
    found = changes([old, api(wide, path="/wide")], [new, api({"x": wide}, path="/wide")])
    assert found
    assert all(len(one.before) <= EXCERPT_MAX and len(one.after) <= EXCERPT_MAX for one in found)


def test_an_endpoint_has_no_more_changes_than_can_be_read_and_the_heaviest_stay() -> None:
    old = {f"old{number:03}": number + 10 for number in range(50)}
    new = {f"new{number:03}": f"text {number}" for number in range(300)}
    found = changes([api(old)], [api(new)])
    assert len(found) == CHANGES_MAX
    assert {one.weight for one in found} == {"breaking"}


# ------------------------------------------------------------------- nouns
def test_a_change_says_where_it_was_seen_and_shows_both_sides() -> None:
    (change,) = changes([api({"rows": ROWS})], [api({"rows": {"1": ROWS[0]}})])
    assert (change.endpoint, change.part, change.step, change.steps) == ("GET /api/items?page", "body", 2, (2,))
    assert (change.was, change.now, change.weight) == ("array", "object", "breaking")
    assert "The Sea Wolf" in change.before
    assert '"1"' in change.after
    assert str(told(change)) == "GET /api/items?page: $.rows is an object where it was an array"
    assert words(change).into("zh") == "$.rows 现在是对象，原来是数组"


def test_every_rule_has_words_for_whatever_is_in_a_change() -> None:
    for rule, told_ in RULES.items():
        change = ResponseChange(rule=rule, weight=told_.weight, endpoint="GET /", part="body", path="$.{a}",
                                other="$.b", was="array|null", now="{x}", step=1, time_s=0.0)  # fmt: skip
        assert "$.{a}" in str(words(change)) or "{path}" not in told_.words.text


# ------------------------------------------------------------------- noise
def paths(found: Iterable[ResponseChange]) -> list[str]:
    return [one.path for one in found]


def test_what_equal_runs_differ_in_is_no_difference_also_below_it() -> None:
    found = changes([api({"a": {"b": 1}, "c": 1})], [api({"a": {"b": "x"}, "d": "x"})])
    again = changes([api({"a": {"b": 1}})], [api({"a": [1]})])
    assert paths(quiet(found, noise_of(again))) == ["$.c", "$.d"]
    assert paths(quiet(found, noise_of(found))) == []
    assert quiet(found, frozenset()) == found


def test_noise_of_another_endpoint_is_no_noise_here() -> None:
    found = changes([api({"c": 1})], [api({})])
    again = changes([api({"c": 1}, path="/other")], [api({}, path="/other")])
    assert quiet(found, noise_of(again)) == found

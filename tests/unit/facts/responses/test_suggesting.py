"""From two sides' answers to the rules of a gateway, and what these make of every answer."""

from typing import Any

from harness.facts.responses import suggested, words
from harness.model import Request
from harness.model.gateway import Gateway

ROWS = [{"id": 1, "title": "Emma", "price": 7}, {"id": 2, "title": "Ivanhoe", "price": 9}]


def asked(path: str, body: Any, *, status: int = 200, step: int = 1, time_s: float = 1.0, **headers: str) -> Request:
    return Request(
        step=step,
        time_s=time_s,
        method="GET",
        url=f"http://product:8000{path}" if path.startswith("/") else path,
        resource="fetch",
        status=status,
        mime_type="application/json",
        response_headers={"date": "now"} | {name.replace("_", "-"): value for name, value in headers.items()},
        body=body,
    )


def rules(before: list[Request], after: list[Request]) -> tuple[Any, list[str], list[Any]]:
    from harness.facts.responses.endpoints import endpoint

    found = suggested(before, after, {endpoint(one) for one in (*before, *after)})
    if found.rules:  # they are what a file may say
        Gateway.model_validate({"path": "g.yaml", "name": "g", "rules": found.rules})
    return found.rules, [str(words(one)) for one in found.unmended], list(found.recorded)


def test_an_envelope_and_a_total_that_left_its_header() -> None:
    after = asked("/rows", {"items": ROWS, "total": 2, "page": 1})
    made, left, recorded = rules([asked("/rows", ROWS, x_total_count="2")], [after])
    assert made == (
        {
            "match": {"method": "GET", "path": "/rows", "content_type": "application/json", "status": [200]},
            "response": {"headers": {"x-total-count": {"from": "$.total"}}, "body": [{"unwrap": "$", "from": "items"}]},
        },
    )
    assert left == []
    assert [(one.differences, one.more) for one in recorded] == [((), False)]


def test_a_total_that_nobody_says_is_not_made_up() -> None:
    made, left, recorded = rules([asked("/rows", ROWS, x_total_count="2")], [asked("/rows", ROWS)])
    assert made == ()
    assert left == ["the header x-total-count, by which one pages, is gone"]
    assert [str(words(one)) for one in recorded[0].differences] == left


def test_a_header_under_another_name() -> None:
    made, left, _ = rules([asked("/rows", ROWS, x_cursor="abc")], [asked("/rows", ROWS, x_next="abc")])
    assert made[0]["response"] == {"headers": {"x-cursor": {"header": "x-next"}}}
    assert left == []


def test_a_value_that_could_be_the_same_by_chance_is_none() -> None:
    made, _, _ = rules([asked("/rows", {"a": 1}, x_mode="1")], [asked("/rows", {"a": 1})])
    assert made == ()


def test_ids_in_a_path_are_variables() -> None:
    old, new = ([asked(f"/a/{n}/b/{n}", {"row": value}) for n in (7, 8)] for value in (1, "1"))
    made, _, recorded = rules(list(old), list(new))
    assert made[0]["match"]["path"] == "/a/{id}/b/{id_2}"
    assert [one.differences for one in recorded] == [(), ()]


def test_names_of_the_query_where_a_path_has_several_endpoints() -> None:
    before = [asked("/rows", ROWS), asked("/rows?page=1", ROWS, time_s=2)]
    after = [asked("/rows", ROWS), asked("/rows?page=1", {"data": ROWS}, time_s=2)]
    made, _, recorded = rules(before, after)
    assert made[0]["match"]["query"] == {"page": True}
    assert [one.differences for one in recorded] == [(), ()]


def test_errors_have_a_rule_of_their_own() -> None:
    before = [asked("/rows", {"error": "no stock"}, status=422)]
    after = [asked("/rows", {"errors": {"error": "no stock", "code": 7}}, status=422)]
    made, left, _ = rules(before, after)
    assert made[0]["match"]["status"] == [422]
    assert made[0]["response"]["body"][-1] == {"move": "$.errors.error", "to": "$.error"}
    assert left == []


def test_an_answer_that_became_an_error_cannot_be_taken_back() -> None:
    made, left, recorded = rules([asked("/rows", ROWS)], [asked("/rows", None, status=404)])
    assert made == ()
    assert left == ["it answers 404 where it answered 200"]
    assert [str(words(one)) for one in recorded[0].differences] == left


def test_what_another_host_answers_passes_no_gateway() -> None:
    old, new = (asked("https://api.example/rows", body) for body in (ROWS, {"data": ROWS}))
    made, left, _ = rules([old], [new])
    assert made == ()
    assert left == ["what was $ is wrapped, and is at $.data now"]


def test_what_did_not_change_is_not_looked_at() -> None:
    assert suggested([asked("/rows", ROWS)], [asked("/rows", {"data": ROWS})], ()).rules == ()


def test_fields_that_are_new_are_told_apart_from_the_old_shape() -> None:
    new = [{**row, "price": str(row["price"]), "stock": 3} for row in ROWS]
    made, left, recorded = rules([asked("/rows", ROWS)], [asked("/rows", new)])
    assert made[0]["response"]["body"] == [{"cast": "$[*].price", "to": "number"}]
    assert (left, recorded[0].more) == ([], True)

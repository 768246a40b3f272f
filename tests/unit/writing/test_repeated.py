"""Errors that come again and again."""

from harness.language import Message
from harness.model import Evidence
from harness.writing.repeated import folded


def error(text: str, step: int = 1, where: str = "http://p/a.js:1:2", **more: object) -> Evidence:
    fields = {"side": "after", "layer": "client", "step": step, "time_s": 0, "kind": "error", "text": text}
    return Evidence.model_validate(fields | {"where": where} | more)


def test_the_same_at_the_same_place_is_one() -> None:
    trim, extend = (f"TypeError: c.{name} is not a function" for name in ("trim", "extend"))
    found = folded(
        [error(trim, 2), error(extend, 2), error(trim, 3), error(trim, 3), error(trim, 3, "http://p/b.js:1")]
    )
    assert [(one.error.text, one.steps) for one in found] == [(trim, (2, 3, 3)), (extend, (2,)), (trim, (3,))]
    assert [str(one.where()) for one in found[:2]] == [
        "http://p/a.js:1:2 (first at step 2, client; 3 times)",
        "http://p/a.js:1:2 (step 2, client)",
    ]
    assert isinstance(found[0].where(), Message)


def test_one_request_that_fails_again_is_the_same_whatever_its_query_says() -> None:
    asked = [error("HTTP 400", n, f"GET http://p/rpc?t=Q{n}", kind="request") for n in (1, 2, 4)]
    assert [one.steps for one in folded(asked)] == [(1, 2, 4)]
    assert len(folded([*asked, error("HTTP 400", 1, "POST http://p/rpc?t=Q1", kind="request")])) == 2
    assert folded([]) == []


def test_lines_of_a_log_that_begin_alike_are_one_where_all_of_them_is() -> None:
    lines = [error("Error", n, "server.log", kind="log", layer="server", detail=one) for n, one in enumerate("aab")]
    assert [one.steps for one in folded(lines)] == [(0, 1), (2,)]

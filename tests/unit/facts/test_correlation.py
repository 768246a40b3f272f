"""From an error to the answer that changed, and how sure that is."""

from typing import Any

import pytest

from harness.compare import compare
from harness.diagnose import diagnose
from harness.facts.owners import Owner
from harness.model import Chain, ConsoleMessage, Observation, ScriptError, Source
from tests.stories import DATASETTE, ORIGIN, get
from tests.unit.test_diagnose import trace_of

SEARCH = "/api/search.json"
SCRIPT = f"{ORIGIN}/plugins/search-all/search-all.js"
PLUGIN = Owner(label="search-all@1.0", names=("datasette-search-all", "search-all"))
ROWS = [{"id": 1}, {"id": 2}]


def error(text: str, code: str = "", url: str = SCRIPT, step: int = 2) -> tuple[Observation, ...]:
    """An uncaught error; ``code`` is around its place, which is at ``^``."""
    head, _, rest = code.partition("^")
    stack = f"show ({url}:31:9)\n<anonymous> ({ORIGIN}/jquery.js:1:2)"
    thrown = ScriptError(step=step, time_s=2.5, text=text, url=url, line=31, column=9, stack=stack)
    source = Source(step=step, time_s=2.5, url=url, line=31, column=9, head=head, rest=rest)
    return (thrown, source) if code else (thrown,)


def chains(
    old: Any, new: Any, *errors: Observation, owners: tuple[Owner, ...] = (PLUGIN,), step: int = 2, status: int = 200
) -> list[Chain]:
    def answer(body: Any) -> Observation:
        return get(step, 2.0 if step == 2 else 1.0, SEARCH, status, resource="fetch", body=body)

    before = trace_of(("passed",) * 3, answer(old), side="before")
    after = trace_of(("passed", "failed", "not-run"), answer(new), *errors)
    return list(diagnose(compare(before, after), before, after, None, owners).chain)


def strengths(found: list[Chain]) -> list[tuple[str, str]]:
    return [(one.strength, f"{one.change.rule} {one.change.path}" if one.change else "") for one in found]


UNDEFINED_MAP = "TypeError: Cannot read properties of undefined (reading 'map')"


@pytest.mark.parametrize(
    ("old", "new", "text", "code", "link"),
    [
        # V8 does not say of what; the code does
        ({"rows": ROWS, "q": "a"}, {"q": "a"}, UNDEFINED_MAP, "data.rows^.map(f)", "field-removed $.rows"),
        ({"rows": ROWS}, {"results": ROWS}, UNDEFINED_MAP, "r=d.rows;r^.map(f)", "field-renamed $.rows"),
        ({"rows": ROWS, "m": {"a": 1}}, {"m": {"a": 1, "rows": ROWS}}, UNDEFINED_MAP, "d.rows^.map(f)",
         "field-moved $.rows"),
        ({"rows": ROWS}, {"rows": {"1": 1}}, "TypeError: d.rows.map is not a function", "",
         "array-became-object $.rows"),
        ({"rows": ROWS}, {"rows": {"1": 1}}, "TypeError: data.rows is not iterable", "", "array-became-object $.rows"),
        ({"a": {"b": "x"}}, {"a": {"b": None}}, "TypeError: can't access property \"length\", data.a.b is null", "",
         "became-null $.a.b"),
        ({"a": {"b": "x"}}, {"a": {"b": None}}, "TypeError: null is not an object (evaluating 'data.a.b.length')", "",
         "became-null $.a.b"),
        ({"price": "12.50"}, {"price": 12.5}, "TypeError: item.price.split is not a function", "",
         "string-became-number $.price"),
        ({"price": 12.5}, {"price": "12.50"}, "TypeError: item.price.toFixed is not a function", "",
         "number-became-string $.price"),
        ({"rows": ROWS, "x": "y"}, {"data": {"rows": ROWS, "x": "y"}}, UNDEFINED_MAP, "d.rows^.map(f)",
         "envelope-added $"),
        ({"rows": ROWS}, {"rows": {"1": {"id": 1}}}, "TypeError: can't access property \"id\", d.rows[0] is undefined",
         "", "array-became-object $.rows"),
    ],
)  # fmt: skip
def test_all_three_signs_establish_it(old: Any, new: Any, text: str, code: str, link: str) -> None:
    assert strengths(chains(old, new, *error(text, code))) == [("established", link)]


@pytest.mark.parametrize(
    ("old", "new", "text", "path"),
    [
        ({"errors": [{"dataPath": ".age"}]}, {"errors": [{"instancePath": "/age"}]},
         "TypeError: can't access property \"slice\", error.dataPath is undefined", "$.errors[*].dataPath"),
        ({"errors": [{"field": "age"}]}, {"errors": [{"field": None}]},
         "TypeError: Cannot read properties of null (reading 'slice')", "$.errors[*].field"),
        ({"errors": ["a"]}, {"errors": {"age": "a"}}, "TypeError: data.errors.map is not a function", "$.errors"),
    ],
)  # fmt: skip
def test_an_answer_that_refuses_is_read_as_well(old: Any, new: Any, text: str, path: str) -> None:
    """Ajv 8 calls `dataPath` otherwise, in answers that had the status 422 before as well."""
    found = strengths(chains(old, new, *error(text, "e.field^.slice(1)" if "null" in text else ""), status=422))
    assert found == [("established", f"error-envelope-changed {path}")]


def test_what_is_new_in_an_answer_that_refuses_is_behind_nothing() -> None:
    code = 'TypeError: can\'t access property "slice", error.dataPath is undefined'
    old, new = {"errors": [{"text": "no"}]}, {"errors": [{"text": 7}]}
    assert [one.strength for one in chains(old, new, *error(code), status=422)] == ["not-established"]


GONE = ({"rows": ROWS, "q": "a"}, {"q": "a"})


def test_code_of_nobody_known_makes_it_likely() -> None:
    (chain,) = chains(*GONE, *error(UNDEFINED_MAP, "data.rows^.map(f)"), owners=())
    assert (chain.strength, chain.signs, chain.package) == ("likely", ("property", "step"), "")


def test_an_answer_of_an_earlier_step_makes_it_likely() -> None:
    (chain,) = chains(*GONE, *error(UNDEFINED_MAP, "data.rows^.map(f)"), step=1)
    assert (chain.strength, chain.signs) == ("likely", ("property", "stack"))


def test_a_name_that_was_inferred_makes_it_likely() -> None:
    assert strengths(chains(*GONE, *error(UNDEFINED_MAP))) == [("likely", "field-removed $.rows")]


def test_the_whole_answer_that_is_wrapped_now_has_no_name() -> None:
    text = "TypeError: data.map is not a function"
    assert strengths(chains(ROWS, {"data": ROWS}, *error(text))) == [("likely", "envelope-added $")]


def test_where_several_fields_fit_nothing_is_guessed() -> None:
    found = chains({"rows": ROWS, "tags": ["a"], "q": 1}, {"q": 1}, *error(UNDEFINED_MAP))
    assert [(one.strength, one.change) for one in found] == [("not-established", None)]
    assert "not established" in str(found[0].said.message())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (UNDEFINED_MAP, "data.columns^.map(f)"),  # another field
        ('TypeError: can\'t access property "map", data.rows is null', ""),  # it is gone, not null
        ("TypeError: data.rows.map is not a function", ""),  # of undefined, that is said otherwise
        ("TypeError: $(...).modal is not a function", ""),
    ],
)
def test_an_error_that_the_change_does_not_give_is_not_linked(text: str, code: str) -> None:
    assert [one.change for one in chains(*GONE, *error(text, code))] == [None]


def test_an_answer_that_came_after_the_error_is_no_cause() -> None:
    late = get(2, 9.0, SEARCH, resource="fetch", body={"q": "a"})
    before = trace_of(("passed",) * 3, late.model_copy(update={"body": GONE[0]}), side="before")
    after = trace_of(("passed", "failed", "not-run"), late, *error(UNDEFINED_MAP, "data.rows^.map(f)"))
    assert [one.change for one in diagnose(compare(before, after), before, after, None, (PLUGIN,)).chain] == [None]


def test_where_no_answer_changed_there_is_no_chain() -> None:
    assert chains(GONE[0], GONE[0], *error(UNDEFINED_MAP, "data.rows^.map(f)")) == []


def test_an_error_of_another_sort_has_no_chain() -> None:
    assert chains(*GONE, *error("ReferenceError: $ is not defined")) == []


def test_the_sentence_says_answer_step_change_place_and_expression() -> None:
    (chain,) = chains(
        {"rows": ROWS}, {"rows": {"1": 1}}, *error("TypeError: data.rows.map is not a function")
    )  # fmt: skip
    assert str(chain.said.message()) == (
        "the answer to GET /api/search.json at step 2 changed: $.rows is an object where it was an array; "
        "search-all@1.0, search-all.js:31:9 read `.map` of `data.rows`"
    )


def test_a_page_at_the_root_has_a_name_too() -> None:
    thrown = error("TypeError: data.rows.map is not a function", url=f"{ORIGIN}/")
    (chain,) = chains({"rows": ROWS}, {"rows": {"1": 1}}, *thrown, owners=())
    assert str(chain.said.message()).endswith("; /:31:9 read `.map` of `data.rows`")


def test_a_header_that_a_message_names_is_what_is_missing() -> None:
    def page(headers: dict[str, str]) -> Observation:
        return get(2, 2.0, "/customers?_end=2", resource="fetch", body=[{"id": 1}], response_headers=headers)

    said = ConsoleMessage(step=2, time_s=2.5, level="error", url=SCRIPT, line=1, column=2,
                          text="The X-Total-Count header is missing in the HTTP Response.")  # fmt: skip
    before = trace_of(("passed",) * 3, page({"x-total-count": "3", "date": "x"}), side="before")
    after = trace_of(("passed", "failed", "not-run"), page({"date": "y"}), said)
    (chain,) = diagnose(compare(before, after), before, after, None, (PLUGIN,)).chain
    assert (chain.strength, chain.change and chain.change.path) == ("established", "x-total-count")


def test_a_page_that_is_taken_for_json_is_likely() -> None:
    old = get(2, 2.0, SEARCH, resource="fetch", body={"rows": ROWS})
    new = get(2, 2.0, SEARCH, 404, "fetch", mime_type="text/html")
    text = "SyntaxError: Unexpected token '<', \"<!doctype \"... is not valid JSON"
    before = trace_of(("passed",) * 3, old, side="before")
    after = trace_of(("passed", "failed", "not-run"), new, *error(text))
    (chain,) = diagnose(compare(before, after), before, after, None, (PLUGIN,)).chain
    assert (chain.strength, chain.change and chain.change.rule) == ("likely", "status-became-error")


def test_a_shipped_story_without_the_code_is_likely() -> None:
    assert strengths(list(DATASETTE.verdict().chain)) == [("likely", "field-removed $.columns")]


def test_what_mended_an_error_is_told_with_the_change_as_it_was() -> None:
    old, new = {"rows": ROWS}, ROWS

    def answer(body: Any) -> Observation:
        return get(2, 2.0, SEARCH, resource="fetch", body=body)

    thrown = error("TypeError: data.map is not a function")
    before = trace_of(("passed", "failed", "not-run"), answer(old), *thrown, side="before")
    after = trace_of(("passed",) * 3, answer(new))
    verdict = diagnose(compare(before, after), before, after, None, (PLUGIN,))
    assert verdict.verdict == "fixed"
    assert strengths(list(verdict.chain)) == [("likely", "envelope-removed $.rows")]
    (said,) = [str(one.said.message()) for one in verdict.chain]
    assert said.startswith(
        "TypeError: data.map is not a function is gone: the answer to GET /api/search.json at step 2"
    )


def test_an_error_that_is_gone_for_another_reason_has_no_chain() -> None:
    answer = get(2, 2.0, SEARCH, resource="fetch", body={"rows": ROWS})
    thrown = error("TypeError: data.map is not a function")
    before = trace_of(("passed", "failed", "not-run"), answer, *thrown, side="before")
    after = trace_of(("passed",) * 3, answer)
    assert diagnose(compare(before, after), before, after, None, (PLUGIN,)).chain == ()

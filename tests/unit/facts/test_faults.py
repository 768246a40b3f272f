"""One fault in one form, in the words that the three browsers were heard to say (``tests/contract/test_faults.py``)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts import faults
from harness.facts.wordings import WORDINGS

SAID: dict[str, list[str]] = json.loads((Path(__file__).parent / "said.json").read_text("utf-8"))["said"]
UNSAID = ("reads_a_key", "iterates_undefined")  # WebKit says too little


@pytest.mark.parametrize("name", [name for name in SAID if name not in UNSAID])
def test_three_browsers_one_form(name: str) -> None:
    assert len({faults.of(text) for text in SAID[name]}) == 1


@pytest.mark.parametrize("name", [name for name in SAID if name.startswith("minified ")])
def test_names_that_a_minifier_gave_do_not_count(name: str) -> None:
    plain = SAID[name.removeprefix("minified ")]
    assert [faults.of(text) for text in SAID[name]] == [faults.of(text) for text in plain]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Uncaught TypeError: Cannot read properties of null (reading 'rows')", "<reads-of-nothing> null rows"),
        ("TypeError: Cannot read property 'rows' of null", "<reads-of-nothing> null rows"),
        ("TypeError: t.forEach is not a function", "<calls-no-function> forEach"),
        ("TypeError: t is not a function", "<calls-no-function>"),
        ("TypeError: e1 is not a function", "<calls-no-function>"),
        ("TypeError: $ is not a function", "<calls-no-function> $"),
        ("TypeError: (intermediate value).map is not a function", "<calls-no-function> map"),
        ("ReferenceError: $ is not defined", "<not-defined> $"),
        ("ChunkLoadError: Loading chunk 42 failed.", "<chunk-not-loaded>"),
        ("SyntaxError: Unexpected token '<'", "<syntax> <"),
        ("SyntaxError: expected expression, got '<'", "<syntax> <"),
        (
            "Access to fetch at 'http://product:8001/rows.1f3a9cd2.json' from origin 'http://product:8000' has been "
            "blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.",
            "<blocked-by-cors> /rows.<hash>.json",
        ),
        (
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
            "http://product:8001/rows.77aa01ff.json. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). "
            "Status code: 200.",
            "<blocked-by-cors> /rows.<hash>.json",
        ),
        (
            "Loading the image 'http://a.invalid/p.png' violates the following Content Security Policy directive: "
            "\"img-src 'self'\". The action has been blocked.",
            "<blocked-by-policy> img-src //a.invalid/p.png",
        ),
        (
            "Content-Security-Policy: The page’s settings blocked the loading of a resource (img-src) at "
            "http://a.invalid/p.png because it violates the following directive: “img-src 'self'”",
            "<blocked-by-policy> img-src //a.invalid/p.png",
        ),
        ("Error: licence of plug-in extra is missing", "Error: licence of plug-in extra is missing"),
    ],
)
def test_the_form_of_a_message(text: str, form: str) -> None:
    assert faults.of(text) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TypeError: data.map is not a function", "TypeError: data.find is not a function"),
        ("TypeError: render is not a function", "TypeError: draw is not a function"),
        ("ReferenceError: a is not defined", "ReferenceError: b is not defined"),
        (
            "TypeError: Cannot read properties of null (reading 'rows')",
            "TypeError: Cannot read properties of undefined (reading 'rows')",
        ),
        ("NotFoundError: no such user", "NotFoundError: no such order"),
        ("Error: Failed to fetch the licence", "TypeError: Failed to fetch"),
    ],
)
def test_two_faults(one: str, other: str) -> None:
    assert faults.of(one) != faults.of(other)


def test_what_only_a_report_says_was_not_blocked() -> None:
    policy = "Loading the image 'x' violates the following Content Security Policy directive: \"img-src 'self'\"."
    assert faults.is_blocked(policy)
    assert not faults.is_blocked(f"[Report Only] {policy}")


def test_every_wording_has_its_source() -> None:
    assert all(row.source for row in WORDINGS)


@given(st.text(), st.sampled_from([text for texts in SAID.values() for text in texts]))
def test_any_text_has_a_form(text: str, known: str) -> None:
    assert isinstance(faults.of(text), str)
    assert isinstance(faults.of(known[: len(text)] + text), str)
    faults.is_blocked(text)


def test_a_long_message_costs_little() -> None:
    for piece in (
        "a is not a function. (In '",
        "undefined is not an object (evaluating '=",
        "(intermediate value)",
        "a.b",
    ):
        assert faults.of(piece * 5000)

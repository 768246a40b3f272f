"""recognise: which known issues a failure shows, and by which rules."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare import compare
from harness.model import KnownIssue, Verdict
from harness.recognise import fits, recognise
from tests.stories import FLASK_ADMIN, GALLERY, SLIDES, Story

ISSUE = {
    "path": Path("known-issues/parallax.yaml"),
    "title": {"en": "No parallax", "zh": "没有视差"},
    "symptoms": [{"console": "indexOf is not a function"}],
    "owner": "anna",
    "review": "2027-01-31",
}


def issue(**changes: Any) -> KnownIssue:
    return KnownIssue.model_validate(ISSUE | changes)


def shown(story: Story, *issues: KnownIssue) -> Verdict:
    verdict = story.verdict()
    return recognise(verdict, compare(story.trace("before"), story.trace("after")), issues)


def why(story: Story, one: KnownIssue) -> list[str]:
    return [str(said.message()) for found in shown(story, one).known for said in found.why]


def test_nothing_but_the_issues_changes() -> None:
    verdict = GALLERY.verdict()
    found = shown(GALLERY, issue())
    assert found.model_copy(update={"known": ()}) == verdict
    assert [one.issue for one in found.known] == ["parallax"]
    assert (found.known[0].title, found.known[0].owner) == (ISSUE["title"], "anna")
    assert found.verdict == "regression"


def test_it_says_by_what_rule() -> None:
    assert why(GALLERY, issue()) == [
        "`indexOf is not a function` (console) fits “TypeError: e.indexOf is not a function”"
    ]
    fingerprint = GALLERY.verdict().fingerprint
    assert why(GALLERY, issue(symptoms=[{"fingerprint": fingerprint}])) == [f"the fingerprint is {fingerprint}"]


def test_any_symptom_is_enough_and_all_that_one_names_are_needed() -> None:
    assert why(GALLERY, issue(symptoms=[{"console": "no such"}, {"console": "indexOf"}]))
    assert not why(GALLERY, issue(symptoms=[{"console": "indexOf", "log": "no such"}]))
    assert not why(GALLERY, issue(symptoms=[{"console": "indexOf", "fingerprint": "0" * 16}]))


def test_requests_and_logs_count_too() -> None:
    assert why(FLASK_ADMIN, issue(symptoms=[{"request": r"^GET .*/new.*: HTTP 500$"}])) or why(
        FLASK_ADMIN, issue(symptoms=[{"request": "HTTP 500"}])
    )
    assert why(FLASK_ADMIN, issue(symptoms=[{"log": "Error"}]))
    assert not why(FLASK_ADMIN, issue(symptoms=[{"request": "HTTP 404"}]))


@pytest.mark.parametrize(
    ("affects", "is_affected"),
    [
        ({"server.product": "gallery@>=3"}, True),
        ({"server.product": "gallery@3.*"}, True),
        ({"server.product": "gallery"}, True),
        ({"server.product": "gallery@<3"}, False),
        ({"server.product": "shop@>=3"}, False),
        ({"server.plugins.stellar": "<=0.6.2", "client.browser": "chromium@*"}, True),
        ({"server.plugins.stellar": "<0.6"}, False),
        ({"server.plugins.another": "*"}, False),
        ({"client.locale": "en_*"}, True),
        ({"client.locale": "zh_*"}, False),
    ],
    ids=str,
)
def test_the_environment_that_fails_is_affected(affects: dict[str, str], is_affected: bool) -> None:
    assert bool(why(GALLERY, issue(affects=affects))) is is_affected


def test_what_works_shows_no_issue() -> None:
    assert shown(SLIDES, issue(symptoms=[{"console": "."}, {"request": "."}, {"log": "."}])).known == ()


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_can_be_compared(wanted: str, found: str) -> None:
    assert fits(wanted, found) in (True, False)
    assert fits("*", found)


@pytest.mark.parametrize(
    ("wanted", "found", "is_so"),
    [
        ("1.0a14", "1.0a14", True),
        ("1.0", "1.0.3", True),
        ("latest", "1.0", False),
        ("@sparticuz/chromium@>=140", "@sparticuz/chromium@147.0.1", True),
        ("chromium", "chromium@156.0.1", True),
        ("chromium@156", "firefox@156.0", False),
    ],
)
def test_versions_names_and_patterns(wanted: str, found: str, is_so: bool) -> None:
    assert fits(wanted, found) is is_so


def test_the_exception_and_whose_code_raised_it_are_symptoms_too() -> None:
    assert why(GALLERY, issue(symptoms=[{"exception": "^TypeError$"}])) == [
        "`^TypeError$` (exception) fits “TypeError”"
    ]
    assert not why(GALLERY, issue(symptoms=[{"exception": "^KeyError$"}]))
    assert why(GALLERY, issue(symptoms=[{"package": "jquery"}])) == ["the error comes from jquery, named is jquery"]
    assert not why(GALLERY, issue(symptoms=[{"exception": "TypeError", "package": "stellar"}]))

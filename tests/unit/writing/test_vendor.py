"""What a run says to the vendor."""

from harness.compare import compare
from harness.language import Message
from harness.model import Change, Comparison, Conclusion, Said, Trace, Verdict
from harness.writing.vendor import ERRORS_SHOWN, EXCERPT_MAX, SHAPES_SHOWN, STACK_MAX, vendor
from tests.stories import DATASETTE, FLASK_ADMIN, GALLERY, SLIDES, TRAVEL, Story


def compared(story: Story) -> Comparison:
    return compare(story.trace("before"), story.trace("after"))


def test_call_shapes_stack_and_steps_of_an_answer_that_changed() -> None:
    said = vendor(DATASETTE.verdict(), compared(DATASETTE), "en")
    assert said.call
    assert (said.call.endpoint, said.call.step) == ("GET /library/books.json?_search&_shape", 3)
    first, *others = said.shapes
    assert first.strength == said.call.strength != "not-established"
    assert (first.before, first.after) == ("$.columns: array", "–")
    assert '"columns"' in first.excerpt_before
    assert '"columns"' not in first.excerpt_after
    assert {one.strength for one in others} == {"not-established"}
    assert "async search" in said.errors[0].stack
    assert [step.number for step in said.steps] == [1, 2, 3, 4]
    assert said.steps_left_out == 1
    assert said.steps[-1].reason.startswith("the text of css=#search-all-results should be")
    assert "How the error follows from an answer (likely): the answer to GET /library" in said.text


def test_versions_of_both_sides_and_of_all_that_differs() -> None:
    zone = Change(path="client.timezone", before="UTC", after="Asia/Shanghai")
    verdict = GALLERY.verdict()
    verdict = verdict.model_copy(update={"environment_diff": (*verdict.environment_diff, zone)})
    rows = {one.what: (one.before, one.after) for one in vendor(verdict, None, "zh").versions}
    assert rows["产品"] == ("gallery@1.12.4 + stellar@0.6.2", "gallery@3.7.1 + stellar@0.6.2")
    assert rows["系统"] == ("debian:12", "debian:12")
    assert rows["时区"] == ("UTC", "Asia/Shanghai")
    alone = verdict.model_copy(update={"environments": {}})
    assert [one.what for one in vendor(alone, None, "en").versions] == ["Product", "the time zone"]


def test_a_request_that_fails_is_the_call_and_the_traceback_is_there() -> None:
    said = vendor(FLASK_ADMIN.verdict(), compared(FLASK_ADMIN), "en")
    assert said.call
    assert said.call.endpoint.startswith("GET http://product:8000/admin/customer/new/")
    assert said.call.strength == "not-established"
    assert any("AttributeError" in error.stack for error in said.errors)
    assert "The first error: HTTP 500 (GET http://product:8000/admin" in said.text
    assert [(one.before, one.after) for one in said.shapes] == [("status: 200", "status: 500")]


def test_where_both_sides_fail_the_errors_of_both_are_told_apart() -> None:
    found = GALLERY.verdict()
    error = found.errors[0]
    old = error.model_copy(update={"side": "before", "text": "Error: no zoom"})
    both = found.model_copy(update={"verdict": "broken-both", "errors_before": (old,)})
    said = vendor(both, None, "en").text
    assert "The first error before the upgrade: Error: no zoom (" in said
    assert f"The first error that is new after it: {error.text}" in said


def test_what_was_raised_is_named_where_it_is_not_the_first_error() -> None:
    """Else it read “HTTP 500 … it was raised in …” of the message of another error."""
    found = GALLERY.verdict()
    (error,) = found.errors
    assert error.origin
    nameless = error.model_copy(
        update={"text": "status 500", "origin": error.origin.model_copy(update={"exception": ""})}
    )
    request = error.model_copy(update={"kind": "request", "text": "HTTP 500", "where": "GET http://p/", "origin": None})
    said = vendor(found.model_copy(update={"errors": (request, nameless)}), None, "en").text
    assert f"The first error: HTTP 500 (GET http://p/, step {error.step}). “status 500” was raised in http" in said


def test_nothing_is_guessed() -> None:
    said = vendor(TRAVEL.verdict(), compared(TRAVEL), "en")
    assert (said.call, said.shapes, said.errors) == (None, (), ())
    assert "answer" not in said.text.lower()
    assert vendor(SLIDES.verdict(), compared(SLIDES), "en").text.endswith(
        "All 4 steps work before and after the upgrade."
    )


def test_the_conclusion_leads_the_paragraph() -> None:
    sentence = Said.of(Message("Why is not established."))
    verdict = GALLERY.verdict().model_copy(update={"conclusion": Conclusion(cause=None, sentences=(sentence,))})
    assert vendor(verdict, None, "en").text.startswith("Why is not established. Step 3 works before")


def test_without_a_comparison_there_are_no_steps() -> None:
    said = vendor(GALLERY.verdict(), None, "en")
    assert (said.steps, said.steps_left_out) == ((), 0)


def test_everything_has_an_end() -> None:
    """Of a script's stack the begin is kept, of a traceback the end."""
    verdict = _long(DATASETTE.verdict())
    said = vendor(verdict, compared(DATASETTE), "en")
    script, server = said.errors[:2]
    assert len(said.errors) == ERRORS_SHOWN
    assert said.errors_left_out == 6 - ERRORS_SHOWN
    assert (script.stack[:5], script.stack[-1]) == ("begin", "…")
    assert (server.stack[0], server.stack[-3:]) == ("…", "end")
    assert max(len(one.stack) for one in said.errors) <= STACK_MAX + 1
    assert len(said.shapes) <= SHAPES_SHOWN
    assert all(len(one.excerpt_before) <= EXCERPT_MAX for one in said.shapes)


def _long(verdict: Verdict) -> Verdict:
    (error,) = verdict.errors[:1]
    detail = "begin" + "x" * 3 * STACK_MAX + "end"
    errors = [error.model_copy(update={"detail": detail, "layer": layer}) for layer in ("client", "server")]
    every = (
        error.model_copy(update={"text": text}) for text in ("Error: a", "Error: b", "Error: c") for error in errors
    )
    return verdict.model_copy(update={"errors": tuple(every)})


def test_what_moved_says_where_it_is() -> None:
    def answered(trace: Trace, body: object) -> Trace:
        seen = (
            item.model_copy(update={"body": body}) if getattr(item, "resource", "") == "fetch" else item
            for item in trace.observations
        )
        return trace.model_copy(update={"observations": tuple(seen)})

    old = answered(DATASETTE.trace("before"), {"total": 2, "next": "abc", "rows": [{"id": 1}]})
    new = answered(DATASETTE.trace("after"), {"meta": {"total": 2, "next": "abc"}, "rows": [{"id": 1}]})
    shapes = vendor(DATASETTE.verdict(), compare(old, new), "en").shapes
    assert ("$.total: number", "$.meta.total: number") in [(one.before, one.after) for one in shapes]

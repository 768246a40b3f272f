"""What counts as a difference between two traces."""

import pytest

from harness.compare import compare, noise
from harness.diagnose import diagnose
from harness.model import (
    ConsoleMessage,
    Difference,
    ExtensionState,
    Fault,
    LogLine,
    Mail,
    Migration,
    Observation,
    Outcome,
    PolicyState,
    Said,
    ScriptError,
    Side,
    Trace,
)
from tests.stories import DATASETTE, FLASK_ADMIN, get, log, with_fault


def trace_of(side: Side, outcomes: str, *observations: Observation) -> Trace:
    """``outcomes``: a letter a step, p(assed), f(ailed), n(ot run)."""
    names = {"p": "passed", "f": "failed", "n": "not-run"}
    return Trace.model_validate(
        {
            "side": side,
            "browser": "chromium 156",
            "outcomes": [
                Outcome.model_validate(
                    {"number": n, "action": "click", "description": {"en": f"Click {n}"}, "outcome": names[letter]}
                )
                for n, letter in enumerate(outcomes, 1)
            ],
            "observations": observations,
        }
    )


def console(step: int, text: str, level: str = "error", **more: object) -> ConsoleMessage:
    return ConsoleMessage.model_validate({"step": step, "time_s": step + 0.5, "text": text, "level": level} | more)


def news(before: tuple[Observation, ...], after: tuple[Observation, ...]) -> list[Difference]:
    found = compare(trace_of("before", "ppp", *before), trace_of("after", "ppp", *after)).differences
    return [item for item in found if item.kind != "response"]


# -------------------------------------------------------------------- steps
def test_the_first_step_whose_outcome_differs() -> None:
    comparison = compare(trace_of("before", "pppp"), trace_of("after", "ppfn"))
    assert comparison.first_different is not None
    assert comparison.first_different.number == 3
    assert [(pair.before, pair.after) for pair in comparison.steps] == [
        ("passed", "passed"),
        ("passed", "passed"),
        ("passed", "failed"),
        ("passed", "not-run"),
    ]
    assert [(item.kind, item.step, item.new) for item in comparison.differences] == [("step", 3, True)]


def test_a_step_that_only_the_side_before_fails_is_an_old_difference() -> None:
    assert [item.new for item in compare(trace_of("before", "pf"), trace_of("after", "pp")).differences] == [False]


def test_a_side_that_did_not_start_has_no_outcome_at_all() -> None:
    comparison = compare(trace_of("before", "pp"), with_fault(trace_of("after", ""), "no such image"))
    assert [(pair.before, pair.after) for pair in comparison.steps] == [("passed", "not-run"), ("passed", "not-run")]
    assert comparison.faults == {"after": Fault(reason=Said(text="no such image"), step=2)}


def test_nothing_is_new_where_the_other_side_was_not_replayed() -> None:
    before = with_fault(trace_of("before", ""), "it did not start")
    found = compare(before, trace_of("after", "fn", *log(0, 0.0, "ERROR no"), console(1, "no"))).differences
    assert [item.kind for item in found] == ["step"]


# -------------------------------------------------------------------- facts
def test_what_both_sides_have_is_no_news() -> None:
    both = (get(1, 0.1, "/favicon.ico", 404, "other"), console(2, "a warning", "warn"), *log(2, 2.0, "ERROR no"))
    assert news(both, both) == []


def test_the_same_error_one_step_later_is_no_news() -> None:
    assert news((console(1, "no"),), (console(2, "no"),)) == []


def test_an_error_that_comes_up_at_a_further_step_is_news_there() -> None:
    found = news((console(1, "no"),), (console(1, "no"), console(3, "no")))
    assert [(item.step, item.new) for item in found] == [(3, True)]


def test_a_poll_that_fails_more_often_at_the_same_step_is_no_news() -> None:
    once = get(2, 1.0, "/poll", 503, "fetch")
    assert news((once,), (once, once, once)) == []


def test_an_error_that_went_away_is_an_old_difference() -> None:
    assert [(item.kind, item.new) for item in news((console(2, "no"),), ())] == [("console", False)]


def test_errors_at_steps_that_the_other_side_did_not_reach_are_left_out() -> None:
    before = trace_of("before", "pppp", console(4, "late"), console(2, "in time"))
    found = compare(before, trace_of("after", "pfnn")).differences
    assert [item.text for item in found if item.kind == "console"] == ["in time"]


@pytest.mark.parametrize("level", ["debug", "info"])
def test_chatter_of_the_console_is_no_news(level: str) -> None:
    assert news((), (console(1, "jQuery Migrate is installed", level),)) == []


def test_a_warning_is_news_that_explains_nothing() -> None:
    found = news((), (console(1, "deprecated", "warn"),))
    assert [(item.severity, item.telling) for item in found] == [("warning", False)]


def test_an_uncaught_error_and_its_console_message_are_one_difference() -> None:
    error = ScriptError(step=2, time_s=2.5, text="TypeError: no", url="http://product:8000/a.js", line=3, column=9)
    found = news((), (console(2, "Uncaught TypeError: no"), error))
    assert [(item.kind, item.where) for item in found] == [("error", "http://product:8000/a.js:3:9")]


def test_the_consoles_words_about_a_failed_request_are_left_to_the_request() -> None:
    url = "http://product:8000/api"
    found = news((), (console(2, "Failed to load resource: 500", url=url), get(2, 2.0, "/api", 500, "fetch")))
    assert [(item.kind, item.text, item.where) for item in found] == [("request", "HTTP 500", f"GET {url}")]


def test_the_consoles_words_about_a_request_nobody_saw_are_kept() -> None:
    found = news((), (console(2, "Failed to load resource: net::ERR_FAILED", url="http://product:8000/sw.js"),))
    assert [(item.kind, item.layer) for item in found] == [("console", "link")]


def test_an_answer_that_changes_from_404_to_500_is_news_in_both_directions() -> None:
    found = news((get(1, 1.0, "/a", 404, "fetch"),), (get(1, 1.0, "/a", 500, "fetch"),))
    assert sorted((item.text, item.new) for item in found) == [("HTTP 404", False), ("HTTP 500", True)]


def test_a_request_that_got_no_answer_belongs_to_the_link() -> None:
    request = get(1, 1.0, "/a", resource="fetch").model_copy(
        update={"status": None, "failure": "net::ERR_NAME_NOT_RESOLVED"}
    )
    assert [(item.layer, item.text) for item in news((), (request,))] == [("link", "net::ERR_NAME_NOT_RESOLVED")]


def test_an_access_line_of_a_request_that_was_observed_is_left_out() -> None:
    found = news((), (get(2, 2.0, "/a?b=1", 500), *log(2, 2.1, '1.2.3.4 - - "GET /a?b=1 HTTP/1.1" 500 -')))
    assert [item.kind for item in found] == ["request"]


def test_a_traceback_is_one_difference_that_starts_with_the_exception() -> None:
    found = compare(FLASK_ADMIN.trace("before"), FLASK_ADMIN.trace("after")).differences
    (traceback,) = [item for item in found if "Traceback" in item.text]
    assert traceback.text.startswith("AttributeError: 'tuple' object has no attribute 'items'\n")
    assert (traceback.kind, traceback.layer, traceback.step, traceback.new) == ("log", "server", 3, True)


def test_what_is_logged_at_the_start_counts_once_however_often_it_is_asked_whether_it_is_ready() -> None:
    asked = [line for _ in range(9) for line in log(0, 0.0, "ERROR no such table")]
    assert [item.text for item in news((), tuple(asked))] == ["ERROR no such table"]
    again = [line for number in range(2) for line in log(1 + number, 1.0, "ERROR no such table")]
    assert len(news((), tuple(again))) == 2


def test_differences_come_in_the_order_of_time() -> None:
    found = compare(DATASETTE.trace("before"), DATASETTE.trace("after")).differences
    assert found == tuple(sorted(found, key=lambda item: (item.step, item.time_s)))
    assert [(item.kind, item.step) for item in found if item.kind != "response"] == [("error", 3), ("step", 4)]


def test_an_answer_of_another_shape_is_a_warning_of_the_server() -> None:
    found = compare(DATASETTE.trace("before"), DATASETTE.trace("after")).differences
    answers = [item for item in found if item.kind == "response"]
    assert "$.columns is gone" in [item.text for item in answers]
    assert {(item.layer, item.severity, item.telling, item.new) for item in answers} == {
        ("server", "warning", False, True)
    }
    assert {item.where for item in answers} == {"GET /library/books.json?_search&_shape"}


def test_answers_at_steps_that_the_other_side_did_not_reach_are_not_compared() -> None:
    before = trace_of("before", "pppp", get(4, 9.0, "/a", resource="fetch", body={"a": 1}))
    after = trace_of("after", "pfnn", get(1, 1.0, "/a", resource="fetch", body={"b": None}))
    assert [item.kind for item in compare(before, after).differences] == ["step"]


def test_a_migration_that_fails_is_a_regression_of_the_server_with_what_it_printed() -> None:
    migration = Migration(command="manage.py migrate", exit_code=1, output="no such column\nshop.price")
    before, after = trace_of("before", "ppp"), trace_of("after", "fnn", migration)
    (step, difference) = sorted(compare(before, after).differences, key=lambda one: one.kind, reverse=True)
    assert step.kind == "step"
    assert (difference.kind, difference.layer, difference.where) == ("migration", "server", "migrate.log")
    verdict = diagnose(compare(before, after), before, after)
    assert (verdict.verdict, verdict.layer) == ("regression", "server")
    (evidence,) = verdict.errors
    assert (evidence.text, evidence.detail) == ("manage.py migrate: exit code 1", "no such column\nshop.price")


# --------------------------------------------------------------- extensions
REFUSED = ExtensionState(name="banner", version="1.2", loaded=False, said="unsupported manifest version")


def test_an_extension_that_was_not_loaded_any_more_is_the_difference() -> None:
    loaded = REFUSED.model_copy(update={"loaded": True, "said": ""})
    (item,) = news((loaded,), (REFUSED,))
    assert (item.kind, item.layer, item.step, item.new, item.telling) == ("extension", "client", 0, True, True)
    assert item.text == "the extension banner was not loaded: unsupported manifest version"
    assert item.where == "banner@1.2"
    (item,) = news((REFUSED,), (loaded,))
    assert not item.new


def test_an_extension_that_neither_side_loads_is_no_difference_whatever_the_words() -> None:
    assert news((REFUSED,), (REFUSED.model_copy(update={"said": "", "version": "2"}),)) == []


def test_what_a_browser_holds_against_an_extension_is_a_warning() -> None:
    warned = REFUSED.model_copy(update={"loaded": True, "said": "Unrecognized manifest key 'x'."})
    (item,) = news((), (warned,))
    assert (item.severity, item.telling) == ("warning", False)
    assert "was loaded, but: Unrecognized" in item.text


def test_a_policy_that_is_not_in_force_any_more_is_a_difference() -> None:
    (item,) = news((PolicyState(name="A"),), (PolicyState(name="A", said="Unknown policy."),))
    assert (item.kind, item.layer, item.new, item.where) == ("policy", "client", True, "A")
    assert item.text == "the policy A is not in force: Unknown policy."


# -------------------------------------------------------------------- noise
def counted(side: Side, *counts: int) -> list[Trace]:
    """A trace for each count, with so many of one message."""
    return [trace_of(side, "ppp", *(console(1, "Tick") for _ in range(count))) for count in counts]


@pytest.mark.parametrize(
    ("before", "after", "is_noise"),
    [
        ((0, 0), (1, 1), False),  # every time after, never before
        ((0, 0), (1, 3), False),  # however often
        ((2, 3), (0, 1), False),
        ((0, 0), (1, 0), True),  # not every time
        ((0, 1), (1, 1), True),
        ((1, 2), (2, 3), True),
        ((1, 1), (1, 1), False),  # no difference at all
        ((0,), (1,), False),  # nothing was repeated
    ],
)
def test_what_differs_between_equals_as_between_the_sides_is_noise(
    before: tuple[int, ...], after: tuple[int, ...], is_noise: bool
) -> None:
    found = noise(counted("before", *before), counted("after", *after))
    assert bool(found) is is_noise


def test_noise_is_left_out_of_a_comparison() -> None:
    old, new = trace_of("before", "pp"), trace_of("after", "pf", console(1, "Tick"), console(2, "Boom"))
    ticks = noise([old, trace_of("before", "pp", console(1, "Tick"))], [new, new])
    assert [item.text for item in compare(old, new, ticks).differences if item.kind == "console"] == ["Boom"]


# -------------------------------------------------------------------- mails
def test_a_mail_is_missed_on_the_side_on_which_it_does_not_come() -> None:
    mail = Mail(
        step=2, time_s=1.0, source="smtp", recipients=("ann@x.org",), subject="Order 4711 of 2026-11-22T20:00:00Z"
    )
    other = mail.model_copy(update={"subject": mail.subject.replace("20:00", "21:07"), "time_s": 2.0})
    assert compare(trace_of("before", "pp", mail), trace_of("after", "pp", other)).differences == ()
    (lost,) = compare(trace_of("before", "pp", mail), trace_of("after", "pp")).differences
    assert (lost.kind, lost.layer, lost.step, lost.new, lost.where) == ("mail", "server", 2, True, "service-smtp.log")
    assert lost.text.startswith(f"no mail “{mail.subject}” to ann@x.org")
    (gained,) = compare(trace_of("before", "pp"), trace_of("after", "pp", mail)).differences
    assert not gained.new
    assert compare(trace_of("before", "pp", mail), trace_of("after", "fn")).differences[-1].kind == "step"


def test_what_a_service_logs_counts_with_its_name() -> None:
    line = LogLine(
        step=1, time_s=1.0, source="ldap", text="6388f7a0.2c9c5a1b 0x7f0c5f7fe6c0 conn=1000 op=0 RESULT tag=97 err=49"
    )
    again = line.model_copy(update={"text": "6388f7b1.0c9c5a1b 0x7f0c5f7fe6d0 conn=1007 op=3 RESULT tag=97 err=49"})
    (one,) = compare(trace_of("before", "pp"), trace_of("after", "pp", line)).differences
    assert (one.kind, one.severity, one.where) == ("log", "error", "service-ldap.log")
    assert compare(trace_of("before", "pp", again), trace_of("after", "pp", line)).differences == ()

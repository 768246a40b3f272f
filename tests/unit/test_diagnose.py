"""Verdicts: the five shipped cases, and what must hold for all traces."""

import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare import compare
from harness.diagnose import diagnose, exit_code, verdict_name
from harness.errors import ExitCode
from harness.facts.anomalies import SAID_MAX
from harness.language import Message
from harness.model import (
    VERDICTS,
    About,
    Appearance,
    ConsoleMessage,
    Ended,
    Fault,
    LogLine,
    Migration,
    Observation,
    Outcome,
    Request,
    Said,
    ScriptError,
    Side,
    Trace,
    Verdict,
    VerdictName,
)
from harness.writing import origins
from tests.stories import (
    DATASETTE,
    FLASK_ADMIN,
    GALLERY,
    SLIDES,
    STORIES,
    TRAVEL,
    Story,
    get,
    log,
    with_fault,
)


def judged(before: Trace, after: Trace, about: About | None = None) -> Verdict:
    return diagnose(compare(before, after), before, after, about)


@pytest.mark.parametrize(
    ("story", "verdict", "layer", "step", "first_error"),
    [
        (DATASETTE, "regression", "client", 4, "TypeError: Cannot read properties of undefined (reading 'map')"),
        (GALLERY, "regression", "client", 3, "TypeError: e.indexOf is not a function"),
        (FLASK_ADMIN, "regression", "server", 4, "HTTP 500"),
        (TRAVEL, "regression", "client", 3, None),
        (SLIDES, "same", None, None, None),
    ],
    ids=lambda value: value.environment if isinstance(value, Story) else "",
)
def test_a_shipped_case(story: Story, verdict: str, layer: str, step: int | None, first_error: str | None) -> None:
    found = story.verdict()
    assert (found.verdict, found.layer) == (verdict, layer)
    assert (found.step.number if found.step else None) == step
    assert (found.before.failed_step, found.after.failed_step) == (None, step)
    assert (found.errors[0].text if found.errors else None) == first_error


def test_the_traceback_is_among_the_errors_and_the_browsers_echo_of_the_500_is_not() -> None:
    errors = FLASK_ADMIN.verdict().errors
    assert [error.text for error in errors if error.kind == "log"] == [
        "AttributeError: 'tuple' object has no attribute 'items'"
    ]
    assert "choices.py" in errors[-1].detail
    assert not [error for error in errors if error.kind == "console"]


def test_the_reason_is_one_sentence_and_can_be_put_into_words_again() -> None:
    verdict = GALLERY.verdict()
    assert verdict.reason == (
        "Step 3 works before the upgrade and fails after it: css=body.parallax-ready is not in the page"
    )
    assert str(Verdict.model_validate_json(verdict.model_dump_json()).reason_said.message()) == verdict.reason


def test_the_language_of_the_run_is_the_language_of_the_step() -> None:
    step = GALLERY.verdict(language="zh").step
    assert step is not None
    assert step.description == "视差效果已经启动"


def test_the_verdict_is_the_first_thing_in_the_file() -> None:
    assert list(GALLERY.verdict().model_dump())[:5] == ["schema_version", "verdict", "layer", "step", "reason"]


# ------------------------------------------------------------------- layers
def failing(*observations: Observation) -> Trace:
    return trace_of(("passed", "failed", "not-run"), *observations)


def trace_of(outcomes: tuple[str, ...], *observations: Observation, side: Side = "after") -> Trace:
    return Trace(
        side=side,
        browser="chromium 156",
        outcomes=tuple(
            Outcome(
                number=number,
                action="click",
                description={"en": f"Click {number}"},
                outcome=name,
                reason=Said(text="it is missing") if name == "failed" else None,
            )
            for number, name in enumerate(outcomes, 1)
        ),
        observations=observations,
    )


def unanswered(path: str, failure: str) -> Request:
    return get(2, 1.0, path, resource="script").model_copy(update={"status": None, "failure": failure})


WORKS = trace_of(("passed", "passed", "passed"), side="before")
SCRIPT_ERROR = ScriptError(step=2, time_s=1.5, text="TypeError: data is undefined")


@pytest.mark.parametrize(
    ("observations", "layer"),
    [
        ((), "client"),
        ((SCRIPT_ERROR,), "client"),
        ((ConsoleMessage(step=2, time_s=1.0, level="error", text="plug-in refuses"),), "client"),
        (
            (
                ConsoleMessage(
                    step=2,
                    time_s=1.0,
                    level="error",
                    text="Access to fetch at 'http://api' from origin 'http://product' has been blocked by CORS policy",
                ),
            ),
            "link",
        ),
        ((get(2, 1.0, "/api", 500, "fetch"),), "server"),
        ((get(2, 1.0, "/api", 404, "fetch"), SCRIPT_ERROR), "server"),
        ((SCRIPT_ERROR, get(2, 1.6, "/api", 500, "fetch")), "server"),  # the answer was recorded a little late
        ((SCRIPT_ERROR, get(2, 3.6, "/api", 500, "fetch")), "client"),  # the script broke first, and broke the request
        ((get(2, 1.0, "/logo.png", 404, "image"),), "client"),  # a picture explains nothing
        ((unanswered("/cdn.js", "net::ERR_NAME_NOT_RESOLVED"), SCRIPT_ERROR), "link"),
        ((unanswered("/page", "net::ERR_ABORTED"), SCRIPT_ERROR), "client"),
        (log(2, 1.0, "Traceback (most recent call last):", "  File", "KeyError: 'rows'"), "server"),
        (log(1, 0.5, "2026-11-22 ERROR plugin rejected: needs version 2"), "server"),
        (log(1, 0.5, "DeprecationWarning: the old API goes away"), "client"),
    ],
)
def test_the_layer_is_that_of_the_earliest_anomaly(observations: tuple[Observation, ...], layer: str) -> None:
    assert judged(WORKS, failing(*observations)).layer == layer


def test_what_both_sides_show_explains_nothing() -> None:
    both = (get(1, 0.1, "/api", 500, "fetch"),)
    found = judged(trace_of(("passed",) * 3, *both, side="before"), failing(*both))
    assert (found.layer, found.errors) == ("client", ())


def test_what_comes_after_the_failing_step_explains_nothing() -> None:
    assert judged(WORKS, failing(get(3, 9.0, "/api", 500, "fetch"))).errors == ()


# ----------------------------------------------------------------- verdicts
def test_new_errors_are_shown_and_the_verdict_stays_same() -> None:
    found = judged(WORKS, trace_of(("passed",) * 3, SCRIPT_ERROR))
    assert found.verdict == "same"
    assert [error.text for error in found.errors] == ["TypeError: data is undefined"]
    assert "1 new error(s)" in found.reason


def test_what_looks_different_is_that_of_the_step_that_fails() -> None:
    before, after = trace_of(("passed", "passed", "passed"), side="before"), failing()
    seen = tuple(Appearance(step=number) for number in (1, 2))
    comparison = compare(before, after).model_copy(update={"appearance": seen})
    assert diagnose(comparison, before, after).appearance == seen[1]
    assert diagnose(comparison, before, before).appearance is None


def test_fixed_shows_the_errors_of_the_side_before() -> None:
    found = judged(
        trace_of(("passed", "failed", "not-run"), SCRIPT_ERROR, side="before"), trace_of(("passed", "passed", "passed"))
    )
    assert (found.verdict, found.layer, found.errors[0].side) == ("fixed", "client", "before")


def test_what_a_refusing_answer_says_is_told_and_is_no_part_of_what_fails() -> None:
    """``{"message": "Unsupported protocol version"}`` explains what HTTP 400 does not."""
    refusals = [get(2, 1, "/rpc", status=400, resource="fetch", body=body) for body in (None, {"message": "old one"})]
    mute, said = (judged(WORKS, failing(refusal)) for refusal in refusals)
    assert [(one.text, one.detail) for one in said.errors] == [("HTTP 400", '{"message": "old one"}')]
    assert origins.told(said.errors[0], "en") == 'the answer says: {"message": "old one"}'
    assert (mute.errors[0].detail, origins.told(mute.errors[0], "en")) == ("", "")
    assert said.fingerprint == mute.fingerprint
    long = judged(WORKS, failing(get(2, 1, "/rpc", status=500, resource="fetch", body={"rows": ["x"] * 999})))
    assert len(long.errors[0].detail) == SAID_MAX


WORN = Said.of(Message("the product ran out of the {limit} of memory that `server.memory` gives it", limit="64MiB"))


@pytest.mark.parametrize(
    ("seen", "english", "chinese"),
    [
        (
            Ended(step=2, time_s=1.0, exit_code=137, why=WORN),
            "the product ended with exit code 137: the product ran out of the 64MiB",
            "产品",
        ),
        (
            Migration(step=0, time_s=0.0, command="migrate", exit_code=3, output="no"),
            "migrate: exit code 3",
            "退出码 3",
        ),
        (
            unanswered("/api", "net::ERR_FAILED").model_copy(update={"obstacle": WORN}),
            "net::ERR_FAILED: the product ran out",
            "net::ERR_FAILED：",
        ),
    ],
)
def test_words_of_ours_are_in_the_readers_language(seen: Observation, english: str, chinese: str) -> None:
    verdict = judged(WORKS, failing(seen))
    (told,) = verdict.into("en").errors
    assert told.text.startswith(english)
    (told,) = verdict.into("zh").errors
    assert chinese in told.text
    assert verdict.into("zh").into("en") == verdict.into("en")


def test_broken_on_both_sides_tells_all_errors_of_the_side_before_up_to_its_failure() -> None:
    """Whoever writes a scenario has nothing else to go by, also where the side after has the same error."""
    later = ScriptError(step=3, time_s=9, text="Error: late")
    before = trace_of(("passed", "failed", "not-run"), SCRIPT_ERROR, later, side="before")
    same = judged(before, trace_of(("passed", "failed", "not-run"), SCRIPT_ERROR))
    assert (same.errors, [one.text for one in same.errors_before]) == ((), [SCRIPT_ERROR.text])
    assert not same.in_another_way
    other = judged(trace_of(("passed", "failed"), side="before"), failing(SCRIPT_ERROR))
    assert other.in_another_way, "an error that is new may be the upgrade's"
    assert judged(WORKS, failing(SCRIPT_ERROR)).errors_before == ()


def test_broken_at_one_step_in_two_ways_says_both() -> None:
    def side(name: Side, seen: str) -> Trace:
        trace = trace_of(("passed", "failed"), side=name)
        reason = Said.of(Message("the title is {seen}", seen=seen))
        last = trace.outcomes[-1].model_copy(update={"reason": reason})
        return trace.model_copy(update={"outcomes": (*trace.outcomes[:-1], last)})

    apart = judged(side("before", "A"), side("after", "B")).reason
    assert "fails before the upgrade (the title is A) and after it (the title is B)" in apart
    assert "fails before and after the upgrade" in judged(side("before", "A"), side("after", "A")).reason


def test_broken_at_different_steps_says_so() -> None:
    found = judged(trace_of(("passed", "failed"), side="before"), trace_of(("failed", "not-run")))
    assert found.verdict == "broken-both"
    assert "step 2 before the upgrade" in found.reason
    assert "step 1 after it" in found.reason


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_fault_names_its_side_and_its_cause(side: Side) -> None:
    old, new = GALLERY.trace("before"), GALLERY.trace("after")
    found = judged(with_fault(old), new) if side == "before" else judged(old, with_fault(new))
    assert found.verdict == "no-verdict"
    assert "the browser stopped answering" in found.reason
    assert side in found.reason
    assert (found.layer, found.step) == (None, None)


def test_a_build_that_failed_on_both_sides_is_said_once() -> None:
    nothing = {s: Trace(side=s, browser="", outcomes=(), fault=Fault(reason=Said(text="no such package"))) for s in
               ("before", "after")}  # fmt: skip
    found = judged(nothing["before"], nothing["after"])
    assert found.reason == "Neither side could be replayed to its end: no such package"


def test_a_replay_that_stopped_half_way_is_no_verdict() -> None:
    assert verdict_name(WORKS, trace_of(("passed", "not-run"))) == "no-verdict"
    assert verdict_name(WORKS, trace_of(())) == "no-verdict"


# --------------------------------------------------------------- properties
names = st.sampled_from(["a is not a function", "b failed", "c", "", "Failed to load resource: 404"])
times = st.floats(min_value=0, max_value=20, allow_nan=False)
steps = st.integers(min_value=0, max_value=4)
paths = st.sampled_from(["/", "/api?x=1", "/favicon.ico", "/static/app.3fa8b1c2.js"])
observations = st.lists(
    st.one_of(
        st.builds(
            lambda step, time_s, text, level: ConsoleMessage(step=step, time_s=time_s, text=text, level=level),
            steps, times, names, st.sampled_from(["debug", "info", "warn", "error"]),
        ),
        st.builds(lambda step, time_s, text: ScriptError(step=step, time_s=time_s, text=text), steps, times, names),
        st.builds(
            lambda step, time_s, path, status: get(step, time_s, path, status, "fetch"),
            steps, times, paths, st.sampled_from([200, 302, 404, 500]),
        ),
        st.builds(
            lambda step, time_s, text: LogLine(step=step, time_s=time_s, text=text), steps, times,
            st.sampled_from(
                ["ERROR x", "Traceback (most recent call last):", "  File", "KeyError: 1", '"GET / HTTP/1.1" 500']
            ),
        ),
    ),
    max_size=12,
)  # fmt: skip


@st.composite
def traces(draw: st.DrawFn, side: Side = "after", length: int = 4) -> Trace:
    failing_at = draw(st.one_of(st.none(), st.integers(min_value=1, max_value=length)))
    names: list[Literal["passed", "failed", "not-run"]] = [
        "passed" if failing_at is None or n < failing_at else "failed" if n == failing_at else "not-run"
        for n in range(1, length + 1)
    ]
    return trace_of(tuple(names), *draw(observations), side=side)


@given(traces())
def test_a_trace_differs_from_itself_in_nothing(trace: Trace) -> None:
    comparison = compare(trace, trace)
    assert comparison.differences == ()
    assert comparison.first_different is None
    assert judged(trace, trace).verdict == ("broken-both" if trace.failed else "same")


@given(traces(side="before"), traces(side="after"))
def test_swapping_the_sides_swaps_the_verdict(old: Trace, new: Trace) -> None:
    opposite: dict[str, str] = {"regression": "fixed", "fixed": "regression"}
    there = judged(old, new)
    back = judged(new.model_copy(update={"side": "before"}), old.model_copy(update={"side": "after"}))
    assert back.verdict == opposite.get(there.verdict, there.verdict)
    if there.verdict in opposite:
        assert back.layer == there.layer
        assert [error.text for error in back.errors] == [error.text for error in there.errors]


@given(traces(side="before"), traces(side="after"), st.sampled_from(["before", "after", "both"]))
def test_a_fault_never_says_anything_about_the_upgrade(old: Trace, new: Trace, where: str) -> None:
    old = old if where == "after" else with_fault(old)
    new = new if where == "before" else with_fault(new)
    assert judged(old, new).verdict == "no-verdict"


# --------------------------------------------------------------- exit codes
@pytest.mark.parametrize(
    ("verdict", "code"),
    [("same", 0), ("fixed", 0), ("regression", 1), ("broken-both", 4), ("unstable", 4), ("no-verdict", 4)],
)
def test_exit_codes(verdict: VerdictName, code: int) -> None:
    assert exit_code(verdict) == code


@pytest.mark.parametrize("expected", VERDICTS)
@pytest.mark.parametrize("verdict", VERDICTS)
def test_exit_codes_with_an_expectation(verdict: VerdictName, expected: VerdictName) -> None:
    assert exit_code(verdict, expected) == (ExitCode.GOOD if verdict == expected else ExitCode.REGRESSION)


def test_every_story_is_judged_alike_after_a_journey_through_its_file() -> None:
    for story in STORIES:
        verdict = story.verdict()
        assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


def test_a_request_that_failed_on_the_other_side_too_is_not_news_with_another_cache_buster() -> None:
    def missing(value: str) -> Request:
        return get(2, 1.0, f"/app.js?v={value}", 404, "script")

    assert judged(trace_of(("passed",) * 3, missing("1.2.3"), side="before"), failing(missing("2.0.0"))).errors == ()


# ------------------------------------------------------------- fingerprints
def printed(*observations: Observation, before: tuple[Observation, ...] = (), **about: object) -> str:
    works = trace_of(("passed", "passed", "passed"), *before, side="before")
    return judged(works, failing(*observations), About.model_validate({"scenario": "buy", **about})).fingerprint


def error(text: str, url: str = "", line: int | None = None, column: int | None = None) -> ScriptError:
    return ScriptError(step=2, time_s=1.5, text=text, url=url, line=line, column=column)


def message(text: str) -> ConsoleMessage:
    return ConsoleMessage(step=2, time_s=1.5, level="error", text=text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # other hosts, ports, lines, versions in addresses, query strings that only bust caches
        (error("TypeError: a is undefined", "http://product:8000/a-1.12.4.js", 3, 9),
         error("Uncaught TypeError: a is undefined", "http://172.18.0.4:51644/a-3.7.1.js", 182, 27)),
        (message("cannot load http://product:8000/node_modules/jquery@1.12.4/x.js:3:9"),
         message("cannot load http://localhost:49153/node_modules/jquery@3.7.1/x.js:44:1")),
        (get(2, 1.0, "/static/app.3fa8b1c2.js?v=1.2.3", 404, "script"),
         get(2, 2.9, "/static/app.90ffac1b.js?v=2.0.0", 404, "script")),
        (get(2, 1.0, "/orders/20261122/items", 500, "fetch"), get(2, 1.0, "/orders/20261123/items", 500, "fetch")),
        # other times, processes, addresses in memory
        (log(2, 1.0, "2026-11-22 20:31:07,120 ERROR in app: no table [731]"),
         log(2, 2.9, "2026-11-23 08:00:00,001 ERROR in app: no table [12]")),
        (log(2, 1.0, "Traceback (most recent call last):", '  File "a.py", line 3', "KeyError: 'rows'"),
         log(2, 1.0, "Traceback (most recent call last):", '  File "b.py", line 97', "KeyError: 'rows'")),
        (log(2, 1.0, "ERROR: <Table at 0x7f0011aa> is gone after 12 ms"),
         log(2, 1.0, "ERROR: <Table at 0x55a3bb01> is gone after 1.5 s")),
        # a stack is not what is said
        (error("TypeError: a is undefined"), error("TypeError: a is undefined\n    at b.js:1:2")),
        (ScriptError(step=1, time_s=0.5, text="TypeError: no"), ScriptError(step=2, time_s=1.5, text="TypeError: no")),
    ],
)  # fmt: skip
def test_the_same_failure_has_the_same_fingerprint(one: Observation, other: Observation) -> None:
    first, second = (seen if isinstance(seen, tuple) else (seen,) for seen in (one, other))
    assert printed(*first) == printed(*second)
    assert printed(*first) != printed()


@pytest.mark.parametrize("time_s", [0.9, 1.5, 2.4])
@pytest.mark.parametrize("step", [1, 2])
def test_what_a_page_says_of_an_error_may_come_at_any_time(step: int, time_s: float) -> None:
    """JupyterLab logs what its plug-in broke, before or after what nobody catches."""
    uncaught, said = error("TypeError: a is undefined"), message("the plug-in broke")
    moved = said.model_copy(update={"step": step, "time_s": time_s})
    assert printed(uncaught, moved) == printed(moved, uncaught) == printed(uncaught)
    assert printed(moved) != printed(uncaught)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (error("ReferenceError: a is not defined"), error("ReferenceError: b is not defined")),
        (error("TypeError: x.a is not a function"), error("TypeError: x.b is not a function")),
        (error("TypeError: a is undefined"), message("TypeError: a is undefined and b")),
        (message("plug-in refuses"), log(2, 1.0, "ERROR plug-in refuses")[0]),
        (get(2, 1.0, "/api", 500, "fetch"), get(2, 1.0, "/api", 404, "fetch")),
        (get(2, 1.0, "/api/a", 500, "fetch"), get(2, 1.0, "/api/b", 500, "fetch")),
        (get(2, 1.0, "/api?table=a", 500, "fetch"), get(2, 1.0, "/api?table=b", 500, "fetch")),
        (get(2, 1.0, "/api", 500, "fetch"), get(2, 1.0, "/api", 500, "fetch", method="POST")),
        (unanswered("/a.js", "net::ERR_NAME_NOT_RESOLVED"), unanswered("/a.js", "net::ERR_CONNECTION_REFUSED")),
    ],
)
def test_another_error_has_another_fingerprint(one: Observation, other: Observation) -> None:
    assert len({printed(one), printed(other), printed()}) == 3


def outcome_of(**changes: object) -> Trace:
    whole = failing()
    failed = whole.outcomes[1].model_copy(update=changes)
    return whole.model_copy(update={"outcomes": (whole.outcomes[0], failed, whole.outcomes[2])})


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "expect"},
        {"description": {"en": "Press the other button"}},
        {"reason": Said(text="it is hidden")},
    ],
)
def test_another_step_has_another_fingerprint(changes: dict[str, object]) -> None:
    assert judged(WORKS, outcome_of(**changes)).fingerprint != judged(WORKS, failing()).fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 7},  # a step was put in before it
        {"description": {"en": "Click 2", "zh": "点击"}},
        {"start_s": 12.0, "duration_s": 3.0, "page_url": "http://172.18.0.4:8000/"},
        {"reason": Said(text="it is missing", values={"seen": "7 rows"})},
    ],
)
def test_what_of_a_step_does_not_matter(changes: dict[str, object]) -> None:
    assert judged(WORKS, outcome_of(**changes)).fingerprint == judged(WORKS, failing()).fingerprint


def test_another_scenario_has_another_fingerprint() -> None:
    assert printed(scenario="buy") != printed(scenario="sell")
    assert printed(environment="a") == printed(environment="b")
    assert printed(language="en") == printed(language="zh")


def test_a_fingerprint_is_sixteen_digits_and_only_of_a_failure() -> None:
    for story in STORIES:
        found = story.verdict()
        assert bool(re.fullmatch(r"[0-9a-f]{16}", found.fingerprint)) is (found.verdict == "regression")
    assert printed() != ""
    assert judged(WORKS, trace_of(("passed",) * 3, SCRIPT_ERROR)).fingerprint == ""
    assert judged(WORKS, with_fault(failing())).fingerprint == ""


def test_a_failure_of_both_sides_is_that_of_the_side_after() -> None:
    broken = failing(SCRIPT_ERROR)
    both = judged(broken.model_copy(update={"side": "before"}), broken)
    assert both.verdict == "broken-both"
    assert both.fingerprint == judged(WORKS, failing()).fingerprint, "what both show is no cause"
    assert judged(trace_of(("passed", "failed"), side="before"), failing(SCRIPT_ERROR)).fingerprint == (
        judged(WORKS, failing(SCRIPT_ERROR)).fingerprint
    )


def test_what_was_fixed_has_the_fingerprint_of_the_failure_before() -> None:
    broken = failing(SCRIPT_ERROR).model_copy(update={"side": "before"})
    fixed = judged(broken, WORKS.model_copy(update={"side": "after"}))
    assert (fixed.verdict, fixed.fingerprint) == ("fixed", judged(WORKS, failing(SCRIPT_ERROR)).fingerprint)


LINES = [
    LogLine(step=2, time_s=1.0, text="ERROR no table"),
    LogLine(step=2, time_s=1.0, text="ERROR a plug-in refuses"),
    get(2, 1.0, "/api/b", 500, "fetch"),
    get(2, 1.0, "/api/a", 404, "fetch"),
    ScriptError(step=2, time_s=1.0, text="TypeError: data is undefined"),
    ScriptError(step=2, time_s=1.0, text="TypeError: a is not a function"),
    ConsoleMessage(step=2, time_s=1.0, level="error", text="no"),
]


@given(st.data())
def test_the_order_in_which_errors_come_does_not_matter(data: st.DataObject) -> None:
    """Lines of a log come late, and script errors on two threads in either order."""
    some = data.draw(st.lists(st.sampled_from(LINES), min_size=1, unique_by=id))
    prints = set()
    for _ in range(2):
        delays = data.draw(st.lists(st.floats(0, 0.45), min_size=len(some), max_size=len(some)))
        late = [item.model_copy(update={"time_s": 1.0 + delay}) for item, delay in zip(some, delays, strict=True)]
        prints.add(printed(*sorted(late, key=lambda item: item.time_s)))
    assert len(prints) == 1


def test_a_log_line_that_comes_much_later_does_not_matter_where_a_request_tells() -> None:
    request = get(2, 1.0, "/api", 500, "fetch")
    prints = {printed(request, *log(2, time_s, "ERROR no table")) for time_s in (1.0, 1.3, 1.9)}
    assert prints == {printed(request)}

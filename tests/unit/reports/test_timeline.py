"""Each fact of both sides has its place on one time line."""

from harness.compare import compare
from harness.model import ConsoleMessage, LogLine, Observation, Outcome, Request, ScriptError, Side, Trace
from harness.reports.html.timeline import MARKS_MAX, timeline


def trace(side: Side, *facts: Observation, seconds: float = 1.0) -> Trace:
    outcomes = (
        Outcome(number=1, action="open", description={}, outcome="passed", start_s=0.0, duration_s=0.5),
        Outcome(number=2, action="click", description={}, outcome="not-run"),
    )
    return Trace(side=side, browser="chromium 1", outcomes=outcomes, observations=facts, duration_s=seconds)


ERROR = ScriptError(step=1, time_s=0.4, text="TypeError: x")
SERVED = Request(step=1, time_s=0.1, method="GET", url="http://product/", status=200, duration_s=0.5)
FAILED = Request(step=1, time_s=0.1, method="GET", url="http://product/api", status=500, layer="server")


def test_both_sides_have_one_scale_and_all_layers() -> None:
    before, after = trace("before", SERVED, FAILED), trace("after", SERVED, FAILED, ERROR, seconds=2.0)
    made = timeline(compare(before, after), {"before": before, "after": after}, "en")
    assert made is not None
    assert made.seconds == 2.0
    old, new = made.sides
    assert [lane.layer.split()[0] for lane in old.lanes] == ["client", "link", "server"]
    assert [(one.number, one.left, one.width, one.outcome) for one in old.steps] == [(1, 0.0, 25.0, "passed")]
    client, link, server = new.lanes
    assert [(one.tone, one.left, one.title) for one in client.marks] == [("new", 20.0, "0.40 s  TypeError: x")]
    assert [(one.tone, one.width) for one in link.marks][:1] == [("plain", 25.0)]
    assert [one.tone for one in server.marks] == ["error"]  # on both sides, and therefore not new
    assert not old.lanes[0].marks


def test_what_is_new_is_there_however_much_there_is() -> None:
    chatter = [ConsoleMessage(step=1, time_s=n / 1000, level="info", text=f"word {n}") for n in range(MARKS_MAX + 50)]
    before, after = trace("before"), trace("after", *chatter, ERROR.model_copy(update={"time_s": 0.9}))
    made = timeline(compare(before, after), {"before": before, "after": after}, "en")
    assert made is not None
    lane = made.sides[1].lanes[0]
    assert (len(lane.marks), lane.left_out) == (MARKS_MAX, 51)
    assert lane.marks[-1].tone == "new"


def test_a_side_that_was_not_replayed_has_none() -> None:
    before = trace("before", LogLine(step=1, time_s=5.0, text="late"))
    made = timeline(None, {"before": before, "after": None}, "en")
    assert made is not None
    assert [side.side for side in made.sides] == ["before"]
    (mark,) = made.sides[0].lanes[2].marks
    assert mark.left + mark.width <= 100
    assert timeline(None, {"before": None, "after": None}, "en") is None

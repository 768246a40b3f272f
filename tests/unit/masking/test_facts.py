"""Facts of a replay without the secrets in them."""

import pytest

from harness.compare import compare
from harness.facts import identity
from harness.language import Message
from harness.masking import MASK, Secrets, observation, outcome
from harness.model import (
    Attempt,
    ConsoleMessage,
    Dom,
    Element,
    LogLine,
    Observation,
    Outcome,
    Request,
    Said,
    Screenshot,
    ScriptError,
    Seen,
    Source,
)
from tests.stories import DATASETTE, FLASK_ADMIN, SIDES, get

TOKEN = "9Xp-q3vT0LcN1_6m4K2jH7gF5dS8aZbR"
OTHER = "Kd8sJf03nLq-Wm27Zx_5VbTg1RyC6hPe"


def facts(token: str) -> list[Observation]:
    return [
        get(
            1, 1.0, f"/a?token={token}", 500, "fetch", failure=f"token={token}", body={"a": token, "csrf": token},
            request_headers={"cookie": f"sid={token}"}, response_headers={"set-cookie": f"sid={token}; Path=/"},
            body_missing=f"not JSON: token={token}",
        ),
        ConsoleMessage(
            step=1, time_s=1, level="error", text=f"token={token}", url=f"/?key={token}", stack=f"f (/?sig={token})"
        ),
        ScriptError(step=1, time_s=1, text=f"E: token={token}", url=f"/?key={token}", stack=f"f (/?sig={token})"),
        LogLine(step=1, time_s=1, text=f"Cookie: sid={token}"),
        Seen(step=1, time_s=1, elements=(Element(tag="p", id=f"token={token}", text=f"api_key={token}"),)),
        Source(step=1, time_s=1, url=f"/?key={token}", line=1, column=2, head=f'let token = "{token}";', rest=token),
    ]  # fmt: skip


@pytest.mark.parametrize("fact", facts(TOKEN), ids=lambda fact: fact.kind)
def test_nothing_of_an_observation_is_left_out(fact: Observation) -> None:
    secrets = Secrets()
    masked = observation(fact, secrets)
    assert TOKEN not in masked.model_dump_json()
    assert type(masked) is type(fact)
    assert (masked.step, masked.time_s, masked.layer) == (fact.step, fact.time_s, fact.layer)
    assert observation(masked, secrets) is masked


def test_every_field_with_text_is_looked_at() -> None:
    """Fields that come to these models must be masked, or be known to hold no secret."""
    looked_at = {
        Request: {"url", "failure", "request_headers", "response_headers", "body", "body_missing"},
        ConsoleMessage: {"text", "url", "stack"},
        ScriptError: {"text", "url", "stack"},
        Source: {"url", "head", "rest"},
        LogLine: {"text"},
        Element: {"id", "role", "label", "text"},
        Outcome: {"description", "matched", "reason", "attempts", "notes", "page_title", "page_url"},
        Attempt: {"selector", "detail"},
    }
    harmless = {
        "kind",
        "layer",
        "step",
        "time_s",
        "level",
        "line",
        "column",
        "method",
        "resource",
        "status",
        "duration_s",
        "obstacle",  # words of ours, without values
    }
    harmless |= {"tag", "box"}
    harmless |= {"mime_type", "size_bytes", "source", "number", "action", "outcome", "start_s", "found", "state"}
    for model, fields in looked_at.items():
        assert set(model.model_fields) - harmless == fields


@pytest.mark.parametrize(
    "fact",
    [
        get(1, 1.0, "/a?q=sea", 200, "fetch", body={"a": [1, None]}, request_headers={"accept": "*/*"}),
        get(1, 1.0, "/a"),
        ConsoleMessage(step=1, time_s=1, level="warn", text="Unexpected token '<'", url="http://product:8000/a.js"),
        ScriptError(step=1, time_s=1, text="TypeError: x is not a function"),
        LogLine(step=1, time_s=1, text="GET /a 200"),
        Screenshot(step=1, time_s=1, path="after/screenshots/01.png"),
        Dom(step=1, time_s=1, path="after/dom/01.html"),
    ],
    ids=lambda fact: fact.kind,
)
def test_an_observation_without_secrets_is_the_same_object(fact: Observation) -> None:
    assert observation(fact, Secrets()) is fact


def test_two_tokens_make_the_same_fact() -> None:
    for one, other in zip(facts(TOKEN), facts(OTHER), strict=True):
        masked, masked_other = observation(one, Secrets()), observation(other, Secrets())
        assert masked == masked_other
        for field in ("url", "text"):
            kept, kept_other = getattr(masked, field, ""), getattr(masked_other, field, "")
            assert identity.of_text(kept) == identity.of_text(kept_other)
            assert identity.of_url(kept) == identity.of_url(kept_other)


@pytest.mark.parametrize("story", [DATASETTE, FLASK_ADMIN], ids=lambda story: story.environment)
def test_what_two_traces_are_compared_by_stays(story: object) -> None:
    assert isinstance(story, type(DATASETTE))
    secrets = Secrets()
    secrets.add("hunter2!", "env:PASSWORD")
    traces = {side: story.trace(side) for side in SIDES}
    masked = {
        side: trace.model_copy(
            update={
                "observations": tuple(observation(fact, secrets) for fact in trace.observations),
                "outcomes": tuple(outcome(ended, secrets) for ended in trace.outcomes),
            }
        )
        for side, trace in traces.items()
    }
    assert compare(masked["before"], masked["after"]) == compare(traces["before"], traces["after"])


# ------------------------------------------------------------------ outcomes
def ended() -> Outcome:
    return Outcome(
        number=3,
        action="type",
        description={"en": "Type hunter2! into label=Password", "zh": "在 label=Password 中输入 hunter2!"},
        outcome="failed",
        matched="css=[value='hunter2!']",
        reason=Said.of(
            Message(
                "{seen} is not {wanted}",
                seen="hunter2!",
                wanted=Message("{url} ({count})", url=f"http://product/?token={TOKEN}", count=4711),
            )
        ),
        attempts=(Attempt(selector="text=hunter2!", found=1, state="covered", detail=f"token={TOKEN}"),),
        notes=(Said(text="went to {url}", values={"url": f"/a?token={TOKEN}"}),),
        page_title="Hello hunter2!",
        page_url=f"http://product/?token={TOKEN}",
    )


def test_nothing_of_an_outcome_is_left_out() -> None:
    secrets = Secrets()
    secrets.add("hunter2!", "env:PASSWORD")
    secrets.add("4711", "env:PIN")
    masked = outcome(ended(), secrets)
    kept = masked.model_dump_json()
    assert all(value not in kept for value in ("hunter2!", TOKEN, "4711"))
    assert masked.description == {"en": f"Type {MASK} into label=Password", "zh": f"在 label=Password 中输入 {MASK}"}
    assert masked.reason is not None
    assert str(masked.reason.message()) == f"{MASK} is not http://product/?token={MASK} ({MASK})"
    assert (masked.number, masked.action, masked.outcome) == (3, "type", "failed")
    assert outcome(masked, secrets) is masked


def test_an_outcome_without_secrets_is_the_same_object() -> None:
    for story in (DATASETTE, FLASK_ADMIN):
        for side in SIDES:
            assert all(outcome(ended, Secrets()) is ended for ended in story.trace(side).outcomes)

"""What is known of a product that ended while it was used."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from harness.engine.containers import Running
from harness.errors import ProductNotReady, ReplicaError
from harness.language import Message
from harness.model import Ended, Environment, Outcome, Part, Recipe, Ref, Request, Seen, Server, Trace
from harness.replicas import ending

RECIPE = Recipe(name="tiny", folder=Path("tiny"), product=Part(version=("1",)), start=("serve",), port=80)
BEGAN_S = 1795990000.0  # 2026-11-29T22:06:40Z


def outcome(number: int, start_s: float, ended: str) -> Outcome:
    return Outcome.model_validate(
        {"number": number, "action": "click", "description": {}, "outcome": ended, "start_s": start_s}
    )


TRACE = Trace(side="after", browser="b", duration_s=9, outcomes=(outcome(1, 0, "passed"), outcome(2, 3, "failed")))


def ended(
    code: int | None, memory: str | None = None, *, killed: bool = False, seen: tuple[Request, ...] = ()
) -> Ended | None:
    product = Mock(spec=Running)
    product.exit_code.return_value = code
    product.out_of_memory.return_value = killed
    product.ended_at.return_value = "2026-11-29T22:06:44.250000123Z"
    product.log_tail.return_value = ""
    environment = Environment(server=Server(product=Ref(name="tiny", version="1"), memory=memory))
    trace = TRACE.model_copy(update={"observations": seen})
    return ending.of(trace, product, environment, RECIPE, BEGAN_S)


def test_one_that_runs_has_no_end() -> None:
    assert ended(None) is None


def test_when_and_how_it_ended() -> None:
    end = ended(3)
    assert end is not None
    assert (end.step, end.time_s, end.exit_code, str(end.message())) == (
        2, 4.25, 3, "the product ended with exit code 3",
    )  # fmt: skip


def request(time_s: float, status: int | None = None, failure: str | None = None) -> Request:
    return Request(step=2, time_s=time_s, method="GET", url="http://product:80/", status=status, failure=failure)


@pytest.mark.parametrize(
    ("requests", "time_s"),
    [
        ([request(2, 200), request(3.1, failure="net::ERR_EMPTY_RESPONSE"), request(3.9, failure="refused")], 3.1),
        ([request(2.5, failure="net::ERR_ABORTED"), request(3, 200)], 4.25),  # it still lived
        ([request(3, 200), request(5, failure="net::ERR_CONNECTION_REFUSED")], 4.25),
        ([request(3.5)], 4.25),  # which nobody has given up yet
    ],
)
def test_it_ended_when_nothing_was_answered_any_more(requests: list[Request], time_s: float) -> None:
    end = ended(3, seen=tuple(requests))
    assert end is not None
    assert (end.step, end.time_s) == (2, time_s)


def test_a_limit_of_the_file_is_the_customers() -> None:
    end = ended(137, "64MiB", killed=True)
    assert end is not None
    assert str(end.message()) == (
        "the product ended with exit code 137: the product ran out of the 64MiB of memory that `server.memory` gives it"
    )


def test_a_process_of_one_that_still_runs() -> None:
    end = ended(None, "64MiB", killed=True)
    assert end is not None
    assert (end.step, end.time_s, end.exit_code) == (2, 3, None)


def test_a_limit_of_ours_says_nothing_of_the_page() -> None:
    with pytest.raises(ReplicaError, match="2GiB of memory that harness gives it"):
        ended(137, killed=True)


# ------------------------------------------------- one that did not get ready
def unready(code: int | None, status: int | None = None) -> ProductNotReady:
    return ProductNotReady(Message("it did not get ready"), log="", code=code, status=status)


@pytest.mark.parametrize(("code", "status"), [(1, None), (0, None), (139, 200), (None, 500), (None, 404), (None, 200)])
def test_what_a_customer_sees_of_one_that_does_not_get_ready(code: int | None, status: int | None) -> None:
    assert ending.is_seen(unready(code, status))


def test_that_the_memory_of_the_file_is_too_little_is_what_the_customer_sees() -> None:
    exc = ProductNotReady(Message("it ran out of memory"), log="", code=137, status=None, short=True)
    assert ending.is_seen(exc)


@pytest.mark.parametrize(("code", "status"), [(127, None), (137, None), (143, 500), (None, 503), (None, 502)])
def test_what_may_be_our_doing(code: int | None, status: int | None) -> None:
    assert not ending.is_seen(unready(code, status))


def asked(failure: str | None, status: int | None) -> Request:
    return Request(step=2, time_s=1, method="GET", url="http://product/", failure=failure, status=status)


def test_that_it_ended_is_why_a_step_fails_and_not_what_a_browser_says_of_an_address_that_is_gone() -> None:
    answered = asked(None, 401)  # by what stands before the product
    of_the_browser = (Seen(step=2, time_s=1, elements=()), asked("net::ERR_NAME_NOT_RESOLVED", None))
    trace = TRACE.model_copy(update={"observations": (*of_the_browser, answered)})
    noted = ending.noted(trace, unready(1))
    assert [str(one.reason.message()) if one.reason else "" for one in noted.outcomes] == ["", "it did not get ready"]
    assert noted.observations == (answered,)


@pytest.mark.parametrize("trace", [TRACE, TRACE.model_copy(update={"outcomes": (outcome(1, 0, "passed"),)})])
def test_where_it_answers_the_steps_speak_for_themselves(trace: Trace) -> None:
    trace = trace.model_copy(update={"observations": (asked("net::ERR_FAILED", None),)})
    noted = ending.noted(trace, unready(None, 500))
    assert [one.reason for one in noted.outcomes] == [one.reason for one in trace.outcomes]
    assert [str(note.message()) for one in noted.outcomes for note in one.notes] == ["it did not get ready"]
    assert noted.observations == trace.observations


@pytest.mark.parametrize(("code", "kinds"), [(1, ["log", "log", "ended"]), (None, ["log", "log"])])
def test_what_it_printed_is_what_is_known_of_one_that_is_not_replayed(code: int | None, kinds: list[str]) -> None:
    exc = ProductNotReady(Message("no"), log="Traceback\n\nImportError: cgi\n", code=code, status=500)
    assert [one.kind for one in ending.at_start(exc)] == kinds

"""What is known of a product that ended while it was used."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from harness.engine.containers import Running
from harness.errors import ReplicaError
from harness.model import Ended, Environment, Outcome, Part, Recipe, Ref, Server, Trace
from harness.replicas import ending

RECIPE = Recipe(name="tiny", folder=Path("tiny"), product=Part(version=("1",)), start=("serve",), port=80)
BEGAN_S = 1795990000.0  # 2026-11-29T22:06:40Z


def outcome(number: int, start_s: float, ended: str) -> Outcome:
    return Outcome.model_validate(
        {"number": number, "action": "click", "description": {}, "outcome": ended, "start_s": start_s}
    )


TRACE = Trace(side="after", browser="b", duration_s=9, outcomes=(outcome(1, 0, "passed"), outcome(2, 3, "failed")))


def ended(code: int | None, memory: str | None = None, *, killed: bool = False) -> Ended | None:
    product = Mock(spec=Running)
    product.exit_code.return_value = code
    product.out_of_memory.return_value = killed
    product.ended_at.return_value = "2026-11-29T22:06:44.250000123Z"
    product.log_tail.return_value = ""
    environment = Environment(server=Server(product=Ref(name="tiny", version="1"), memory=memory))
    return ending.of(TRACE, product, environment, RECIPE, BEGAN_S)


def test_one_that_runs_has_no_end() -> None:
    assert ended(None) is None


def test_when_and_how_it_ended() -> None:
    end = ended(3)
    assert end is not None
    assert (end.step, end.time_s, end.exit_code, str(end.message())) == (
        2, 4.25, 3, "the product ended with exit code 3",
    )  # fmt: skip


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

"""What is offered to whoever asks what mends it."""

from typing import Any

import pytest

from harness.language import Message
from harness.model import Conclusion, Control, Said, Verdict
from harness.writing.untried import untried
from tests.stories import DATASETTE, SLIDES

NEWER = "harness reproduce environments/datasette-search.yaml scenarios/search-every-table.yaml --try-newer"


def with_conclusion(verdict: Verdict, **fields: Any) -> Verdict:
    conclusion = Conclusion(**{"cause": "plugin-incompatible", **fields})
    return verdict.model_copy(update={"conclusion": conclusion})


def control(kind: str) -> Control:
    said = Said.of(Message("fails"))
    return Control(name=kind, kind=kind, question=said, outcome="fails", answer=said)  # type: ignore[arg-type]


def offered(verdict: Verdict) -> list[str]:
    return [command for command, _ in untried(verdict)]


def test_newer_plugins_and_a_gateway_are_offered() -> None:
    verdict = with_conclusion(DATASETTE.verdict())
    assert offered(verdict) == [NEWER, f"harness suggest-compat {verdict.run_folder}"]


def test_no_gateway_where_no_answer_is_to_blame() -> None:
    assert offered(with_conclusion(DATASETTE.verdict()).model_copy(update={"chain": ()})) == [NEWER]


def test_what_was_tried_is_not_offered() -> None:
    suggest = f"harness suggest-compat {DATASETTE.verdict().run_folder}"
    verdict = with_conclusion(DATASETTE.verdict(), controls=[control("newer"), control("compat")])
    assert offered(verdict) == [suggest], "another layer than those that were tried"
    verdict = with_conclusion(DATASETTE.verdict()).model_copy(update={"command": NEWER})
    assert offered(verdict) == [suggest]


@pytest.mark.parametrize("cause", ["product-regression", "environment-change", None])
def test_newer_plugins_are_no_mend_of_what_is_not_theirs(cause: str | None) -> None:
    assert NEWER not in offered(with_conclusion(DATASETTE.verdict(), cause=cause))


def test_nothing_where_a_mend_was_seen_or_nobody_looked_for_one_or_nothing_is_broken() -> None:
    assert offered(with_conclusion(DATASETTE.verdict(), mended_by=["search-all@1.1.4"])) == []
    assert offered(DATASETTE.verdict()) == []
    assert offered(with_conclusion(SLIDES.verdict(), cause="not-reproduced")) == []

"""What a page says can be seen is kept once a step; what it does not say is told."""

import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from harness.model import Element, Seen
from harness.observers.seen import SeenElements
from tests.unit.fake_session import FakeSession, text
from tests.unit.observers.watching import Watching

SAID = {
    "elements": [{"tag": "h1", "id": "", "role": "", "label": "", "text": "Orders", "box": [1, 2, 3, 4]}],
    "left_out": 2,
}


def observed(answer: object, tmp_path: Path, *unchanged: bool) -> tuple[list[Seen], list[str]]:
    session = FakeSession()
    session.start = lambda method, params: answer_of(answer)  # type: ignore[method-assign]
    watching, observer = Watching(session, tmp_path), SeenElements()
    observer.start(watching)
    for number, same in enumerate(unchanged, 1):
        observer.step_ended(number, unchanged=same)
    missed = [str(message) for message in observer.finish(0.01)]
    return [one for one in watching.found if isinstance(one, Seen)], missed


def answer_of(said: Any) -> Future[dict[str, Any]]:
    future: Future[dict[str, Any]] = Future()
    if isinstance(said, Exception):
        future.set_exception(said)
    elif said is not None:
        future.set_result(said)
    return future


def test_it_is_kept_in_the_order_of_the_page(tmp_path: Path) -> None:
    (seen,), missed = observed(text(json.dumps(SAID)), tmp_path, False)
    assert seen.elements == (Element(tag="h1", text="Orders", box=(1, 2, 3, 4)),)
    assert (seen.step, seen.left_out, missed) == (1, 2, [])


def test_a_page_that_did_not_change_is_not_asked_again(tmp_path: Path) -> None:
    seen, _ = observed(text(json.dumps(SAID)), tmp_path, False, True, False)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "no answer"),
        (RuntimeError("gone"), "gone"),
        (text("no JSON"), "Expecting value"),
        (text('{"elements": 1}'), "validation error"),
        ({"type": "exception", "exceptionDetails": {"text": "too much recursion"}}, "too much recursion"),
    ],
)
def test_what_could_not_be_asked_is_said(answer: object, why: str, tmp_path: Path) -> None:
    seen, (missed,) = observed(answer, tmp_path, False)
    assert seen == []
    assert "at step 1" in missed
    assert why in missed

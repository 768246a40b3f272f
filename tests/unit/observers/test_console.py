"""What is said of console messages that cannot be placed."""

from pathlib import Path
from typing import Any

import pytest

from harness.observers.console import Console
from tests.unit.fake_session import FakeSession
from tests.unit.observers.watching import Watching

FRAME = {"url": "x.js", "functionName": "f", "lineNumber": 0, "columnNumber": 0}


@pytest.mark.parametrize(("placed", "said"), [([], 0), ([True], 0), ([True, False], 0), ([False, False], 1)])
def test_it_says_where_no_message_has_a_place(placed: list[bool], said: int) -> None:
    watch, console = Watching(FakeSession(), Path()), Console()
    console.start(watch)
    for known in placed:
        entry: dict[str, Any] = {"type": "console", "level": "info", "text": "a", "args": [], "timestamp": 0}
        watch.session.happen("log.entryAdded", **entry | ({"stackTrace": {"callFrames": [FRAME]}} if known else {}))
    assert len(watch.found) == len(placed)
    assert len(console.finish(0)) == said


def test_it_says_where_there_are_none_to_be_had() -> None:
    watch, console = Watching(FakeSession(), Path()), Console()
    console.start(watch)
    watch.session.missing = {"log.entryAdded": "unknown"}
    assert [str(one) for one in console.finish(0)] == ["what browsers tell with log.entryAdded: unknown"]

"""What counts as an uncaught error, whichever browser says it."""

from pathlib import Path
from typing import Any

import pytest

from harness.model import ConsoleMessage, ScriptError
from harness.observers.errors import Errors
from tests.unit.fake_session import FakeSession
from tests.unit.observers.watching import Watching

FRAMES = {"stackTrace": {"callFrames": [{"url": "x.js", "functionName": "f", "lineNumber": 0, "columnNumber": 0}]}}


def observed(text: str, **more: Any) -> Any:
    watch = Watching(FakeSession(), Path())
    Errors().start(watch)
    watch.session.happen("log.entryAdded", type="javascript", level="error", text=text, timestamp=0, **more)
    (found,) = watch.found
    return found


@pytest.mark.parametrize(
    ("text", "more", "kept"),
    [
        ("Uncaught (in promise) gone", {}, "gone"),
        ("Uncaught Error: gone", FRAMES, "Error: gone"),
        ("RangeError: gone", {}, "RangeError: gone"),
        ("uncaught exception: gone", {}, "uncaught exception: gone"),
        ("Gone: quite", FRAMES, "Gone: quite"),
    ],
)
def test_what_a_script_threw_is_an_error(text: str, more: dict[str, Any], kept: str) -> None:
    found = observed(text, **more)
    assert isinstance(found, ScriptError)
    assert found.text == kept


def test_what_a_browser_thinks_of_a_document_is_a_warning() -> None:
    found = observed("The character encoding of the document was not declared")
    assert isinstance(found, ConsoleMessage)
    assert found.level == "warn"

"""The code around the place of an error."""

from pathlib import Path
from typing import Any

import pytest

from harness.model import Source
from harness.observers.source import Sources, around
from harness.webdriver.bidi import BidiRefused
from tests.unit.fake_session import FakeSession
from tests.unit.observers.watching import Watching

CODE = "var a = 1;\nvar b = data.rows.map(x);\n"
URL = "http://product:8000/app.js"


def frame(line: int = 1, column: int = 18, url: str = URL) -> dict[str, Any]:
    return {"callFrames": [{"url": url, "functionName": "f", "lineNumber": line, "columnNumber": column}]}


def observed(answer: dict[str, Any] | Exception, *frames: dict[str, Any]) -> list[Any]:
    session = FakeSession(**{"network.getData": lambda _: answer})
    watch = Watching(session, Path())
    observer = Sources()
    observer.start(watch)
    response = {"status": 200, "mimeType": "text/javascript"}
    session.happen("network.responseCompleted", request={"request": "7", "url": URL}, response=response)
    for one in frames:
        session.happen("log.entryAdded", type="javascript", level="error", text="x", timestamp=0, stackTrace=one)
    assert observer.finish(1.0) == ()
    return watch.found


TEXT = {"type": "string", "value": CODE}


def test_the_code_is_that_of_the_answer_in_which_the_file_came() -> None:
    (found,) = observed(TEXT, frame())
    assert isinstance(found, Source)
    assert (found.url, found.line, found.column) == (URL, 2, 19)
    assert (found.head[-10:], found.rest[:3]) == ("data.rows.", "map")


def test_a_place_is_looked_up_once() -> None:
    assert len(observed(TEXT, frame(), frame(), frame(0, 0))) == 2


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        (TEXT, frame(url="http://product:8000/other.js")),
        (TEXT, {}),
        ({"type": "base64", "value": "AA=="}, frame()),
        (BidiRefused("network.getData", "no such network data", ""), frame()),
    ],
)
def test_code_that_nobody_has_is_left_out(answer: Any, place: dict[str, Any]) -> None:
    assert observed(answer, place) == []


@pytest.mark.parametrize(
    ("line", "column", "parts"),
    [
        (2, 19, ("var a = 1;\nvar b = data.rows.", "map(x);\n")),
        (1, 1, ("", CODE)),
        (3, 1, (CODE, "")),
        (9, 1, None),
        (1, 99, None),
    ],
)
def test_the_place_parts_the_code(line: int, column: int, parts: tuple[str, str] | None) -> None:
    assert around(CODE, line, column) == parts

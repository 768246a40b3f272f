"""Screenshots: where the page says that a secret is, nothing can be read; where nobody knows, there is none."""

import io
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import pytest
from PIL import Image

from harness.errors import BrowserError
from harness.language import Message
from harness.masking import Secrets
from harness.page.covering import BOXES, screenshot
from harness.webdriver.bidi import BidiRefused
from harness.webdriver.values import SANDBOX
from tests.unit.fake_session import FakeSession, text

WHITE = (255, 255, 255)
LOST = BrowserError(Message("the browser is gone"))


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), WHITE).save(out, "PNG")
    return out.getvalue()


class Browser(FakeSession):
    """One whose answers come when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: Future[dict[str, Any]] = Future()
        self.image: Future[bytes] = Future()

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        self.asked.append((method, params))
        return self.boxes

    def screenshot(self) -> Future[bytes]:
        self.asked.append(("screenshot", {}))
        return self.image


def secrets() -> Secrets:
    made = Secrets()
    made.add("hunter2", "env:PASSWORD")
    made.add("s3cret", "step 2")
    made.learn("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "cookie")
    return made


def colours(image: bytes, *places: tuple[int, int]) -> list[Any]:
    with Image.open(io.BytesIO(image)) as opened:
        return [opened.convert("RGB").getpixel(place) for place in places]


def test_both_are_asked_at_once_and_the_page_is_told_what_somebody_named() -> None:
    browser = Browser()
    taken = screenshot(browser, secrets())
    (method, params), (second, _) = browser.asked
    assert (method, second) == ("script.callFunction", "screenshot")
    assert params["functionDeclaration"] == BOXES
    assert params["target"] == {"context": "window", "sandbox": SANDBOX}, "where the page's scripts cannot reach"
    words = [{"type": "string", "value": value} for value in ("hunter2", "s3cret")]
    assert params["arguments"] == [{"type": "array", "value": words}]
    assert not taken.done()


@pytest.mark.parametrize("first", ["boxes", "image"])
def test_what_the_page_names_is_painted_over_whichever_comes_first(first: str) -> None:
    browser = Browser()
    taken = screenshot(browser, secrets())
    for name in (first, "image" if first == "boxes" else "boxes"):
        assert not taken.done()
        if name == "boxes":
            browser.boxes.set_result(text("[[[5, 2, 4, 3], [15.5, 8, 2, 1]], 2]"))
        else:
            browser.image.set_result(picture())
    seen = colours(taken.result(5), (10, 4), (17, 9), (31, 16), (34, 17), (2, 2), (25, 12))
    assert WHITE not in seen[:4], "pixels are the boxes times the scale"
    assert seen[4:] == [WHITE, WHITE]


def test_where_nothing_is_to_be_hidden_it_stays_as_it_is() -> None:
    browser = Browser()
    taken = screenshot(browser, Secrets())
    browser.boxes.set_result(text("[[], 1]"))
    browser.image.set_result(picture())
    assert taken.result(5) == picture()


def test_an_error_of_the_browser_is_that_of_the_picture() -> None:
    for failing in ("boxes", "image"):
        browser = Browser()
        taken = screenshot(browser, secrets())
        getattr(browser, failing).set_exception(LOST)
        if failing == "boxes":
            browser.image.set_result(picture())
        else:
            browser.boxes.set_result(text("[[], 1]"))
        assert taken.exception(5) is LOST


def test_a_page_that_is_gone_gives_no_picture() -> None:
    browser = Browser()
    taken = screenshot(browser, secrets())
    browser.image.set_result(picture())
    browser.boxes.set_exception(BidiRefused("script.callFunction", "no such frame", "x"))
    assert isinstance(taken.exception(5), BrowserError)


def test_a_page_that_does_not_say_gives_no_picture() -> None:
    browser = Browser()
    taken = screenshot(browser, secrets())
    browser.image.set_result(picture())
    browser.boxes.set_result({"type": "exception", "exceptionDetails": {"text": "TypeError: x"}})
    with pytest.raises(BrowserError, match="the page did not say where secrets are: TypeError: x"):
        taken.result(5)


@pytest.mark.parametrize(
    "said",
    [
        text("[[[null, 2, 4, 3]], 1]"),  # what JSON makes of a place that a transform made infinite
        text("[[[1, 2, 3]], 1]"),
        text("[[], null]"),
        text("[["),
        {"type": "success", "result": {"type": "undefined"}},
    ],
)
def test_an_answer_that_makes_no_sense_gives_no_picture_and_nobody_waits_for_it(said: dict[str, Any]) -> None:
    browser = Browser()
    taken = screenshot(browser, secrets())
    browser.image.set_result(picture())
    browser.boxes.set_result(said)
    with pytest.raises(BrowserError, match="the page did not say where secrets are: "):
        taken.result(5)

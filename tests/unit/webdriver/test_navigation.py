"""When a window is on its way to another document, as BiDi tells it."""

import threading
import time

import pytest

from harness.webdriver.navigation import Navigations


class Window:
    def __init__(self) -> None:
        self.navigations = Navigations("window")

    def happens(self, event: str, navigation: str | None, context: str = "window") -> None:
        self.navigations.handlers[f"browsingContext.{event}"]({"context": context, "navigation": navigation})

    @property
    def loaded(self) -> bool:
        return self.navigations.loaded(0)


@pytest.fixture
def window() -> Window:
    return Window()


def test_at_rest_it_is_loaded(window: Window) -> None:
    assert window.loaded


@pytest.mark.parametrize(
    "end", ["load", "navigationFailed", "navigationAborted", "fragmentNavigated", "downloadWillBegin"]
)
def test_it_is_under_way_until_it_ends(window: Window, end: str) -> None:
    window.happens("navigationStarted", "1")
    assert not window.loaded
    window.happens("navigationCommitted", "1")
    assert not window.loaded
    window.happens(end, "1")
    assert window.loaded


@pytest.mark.parametrize(
    ("status", "headers", "ends"),
    [
        (204, {}, True),
        (200, {"Content-Disposition": "Attachment; filename=x"}, True),
        (200, {"content-disposition": "inline"}, False),
        (404, {}, False),
    ],
)
def test_an_answer_that_opens_no_document_ends_it(
    window: Window, status: int, headers: dict[str, str], ends: bool
) -> None:
    listed = [{"name": name, "value": {"type": "string", "value": value}} for name, value in headers.items()]
    answer = {"context": "window", "navigation": "1", "response": {"status": status, "headers": listed}}
    window.happens("navigationStarted", "1")
    window.navigations.handlers["network.responseCompleted"](answer | {"navigation": None})
    window.navigations.handlers["network.responseCompleted"](answer | {"navigation": "0"})
    assert not window.loaded
    window.navigations.handlers["network.responseCompleted"](answer)
    assert window.loaded == ends


def test_a_request_that_fails_ends_it(window: Window) -> None:
    failed = window.navigations.handlers["network.fetchError"]
    window.happens("navigationStarted", "1")
    failed({"context": "window", "navigation": None})
    assert not window.loaded
    failed({"context": "window", "navigation": "1"})
    assert window.loaded


def test_the_newest_counts(window: Window) -> None:
    window.happens("navigationStarted", "1")
    window.happens("navigationStarted", "2")
    window.happens("navigationAborted", "1")
    window.happens("load", "1")
    assert not window.loaded
    window.happens("load", "2")
    assert window.loaded


def test_a_page_out_of_the_cache_does_not_load(window: Window) -> None:
    window.happens("navigationStarted", "2")
    window.happens("navigationCommitted", "1")
    assert window.loaded


def test_one_that_begins_without_a_name_ends_with_any(window: Window) -> None:
    window.navigations.handlers["browsingContext.navigationStarted"]({"context": "window", "navigation": None})
    assert not window.loaded
    window.happens("load", "1", "frame")
    assert not window.loaded
    window.happens("load", "1")
    assert window.loaded


def test_frames_do_not_count(window: Window) -> None:
    window.happens("navigationStarted", "1", "frame")
    assert window.loaded
    window.happens("navigationStarted", "2")
    window.happens("load", "2", "frame")
    window.happens("navigationCommitted", "9", "frame")
    assert not window.loaded


def test_what_was_asked_for_is_waited_for(window: Window) -> None:
    window.navigations.asked()
    threading.Timer(0.05, lambda: window.happens("navigationStarted", "1")).start()
    threading.Timer(0.15, lambda: window.happens("load", "1")).start()
    began = time.monotonic()
    assert window.navigations.loaded(60)
    assert 0.14 < time.monotonic() - began < 50


def test_what_was_asked_for_and_never_begins_is_not_waited_for_long(window: Window) -> None:
    window.navigations.asked()
    assert window.navigations.loaded(0.1)


def test_a_dead_browser_goes_nowhere(window: Window) -> None:
    window.happens("navigationStarted", "1")
    threading.Timer(0.05, window.navigations.give_up).start()
    assert window.navigations.loaded(5)

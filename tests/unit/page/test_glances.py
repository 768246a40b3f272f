"""Whether a page looks as it did a moment ago."""

from typing import Any

from harness.page.glances import Glances
from harness.webdriver.bidi import BidiRefused
from tests.unit.fake_session import FakeSession, text


def glances(*answers: str | Exception) -> list[tuple[str, str, bool]]:
    """As many glances as there are answers of the page."""
    session, left = FakeSession(), iter(answers)

    def answer(_: Any) -> Any:
        said = next(left)
        return said if isinstance(said, Exception) else text(said)

    session.answers["script.callFunction"] = answer
    taken = Glances(session)
    return [taken.take() for _ in answers]


def test_a_glance_says_whether_anything_moved() -> None:
    assert glances(*(f'["T", "http://x/", "{mark}"]' for mark in ("1 1", "1 1", "1 2"))) == [
        ("T", "http://x/", False),
        ("T", "http://x/", True),
        ("T", "http://x/", False),
    ]


def test_a_page_that_is_gone_looks_like_nothing() -> None:
    gone = BidiRefused("script.callFunction", "no such frame", "x")
    assert glances(gone, gone) == [("", "", False)] * 2
    assert glances('["T", "http://x/", "1 1"]', gone, '["T", "http://x/", "1 1"]')[2] == ("T", "http://x/", False)

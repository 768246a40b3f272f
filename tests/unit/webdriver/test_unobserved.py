"""What a browser does not tell is said, event by event."""

from harness.webdriver.unobserved import untold
from tests.unit.fake_session import FakeSession


def test_only_what_was_asked_for_and_is_missing_is_said() -> None:
    session = FakeSession()
    session.missing = {"log.entryAdded": "no such event", "browsingContext.load": "neither"}
    said = untold(session, ("log.entryAdded", "network.fetchError"))
    assert [str(one) for one in said] == ["what browsers tell with log.entryAdded: no such event"]

"""A request that got no answer is named alike, whichever browser says it."""

import pytest

from harness.facts import failures


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dns", ("net::ERR_NAME_NOT_RESOLVED", "NS_ERROR_UNKNOWN_HOST", "Error resolving “x”: Name not known")),
        (
            "connection-refused",
            (
                "net::ERR_CONNECTION_REFUSED",
                "NS_ERROR_CONNECTION_REFUSED",
                "Could not connect to x: Connection refused",
            ),
        ),
        (
            "connection-reset",
            ("net::ERR_CONNECTION_RESET", "net::ERR_EMPTY_RESPONSE", "NS_ERROR_NET_RESET", "Connection reset by peer"),
        ),
        ("answer-cut", ("net::ERR_CONTENT_LENGTH_MISMATCH", "NS_ERROR_NET_PARTIAL_TRANSFER")),
        ("timeout", ("net::ERR_TIMED_OUT", "net::ERR_CONNECTION_TIMED_OUT", "NS_ERROR_NET_TIMEOUT")),
        ("no-way", ("net::ERR_ADDRESS_UNREACHABLE", "NS_ERROR_OFFLINE")),
        ("too-many-redirects", ("net::ERR_TOO_MANY_REDIRECTS", "NS_ERROR_REDIRECT_LOOP")),
        ("blocked-by-response", ("net::ERR_BLOCKED_BY_CSP", "NS_ERROR_CONTENT_BLOCKED")),
    ],
)
def test_each_browser_s_word(name: str, said: tuple[str, ...]) -> None:
    assert {getattr(failures.of(one), "name", None) for one in said} == {name}
    assert {failures.same(one) for one in said} == {f"<{name}>"}


def test_what_is_not_known_stays_as_it_is_said() -> None:
    assert failures.of("HTTP 500") is None
    assert failures.same("HTTP 500") == "HTTP 500"
    assert failures.same("net::ERR_FAILED") != failures.same("net::ERR_ABORTED")


def test_words_that_were_added_change_nothing() -> None:
    known = failures.of("net::ERR_CONNECTION_RESET")
    assert known
    assert failures.same(f"net::ERR_CONNECTION_RESET: {known.words}") == failures.same("NS_ERROR_NET_RESET")

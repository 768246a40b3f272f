"""Why a request got no answer, in one form whichever browser says it, and in words. Data, and no more.

Chromium: net/base/net_error_list.h; Firefox: xpcom/base/ErrorList.py; WebKitGTK: the words of GLib (gio/) and libsoup.
"""

import re
from dataclasses import dataclass

from harness.facts import identity
from harness.language import Message


@dataclass(frozen=True, kw_only=True)
class Failure:
    """``pattern`` is looked for in what the browser says."""

    name: str
    pattern: re.Pattern[str]
    words: Message


FAILURES: tuple[Failure, ...] = tuple(
    Failure(name=name, pattern=re.compile(pattern), words=words)
    for name, pattern, words in (
        (
            "dns",
            r"ERR_NAME_NOT_RESOLVED|ERR_NAME_RESOLUTION_FAILED|ERR_DNS_|NS_ERROR_UNKNOWN_HOST|Error resolving ",
            Message("DNS does not know the host"),
        ),
        (
            "connection-refused",
            r"ERR_CONNECTION_REFUSED|NS_ERROR_CONNECTION_REFUSED|Could not connect to .*: Connection refused",
            Message("nothing listens there: the connection is refused"),
        ),
        (
            "connection-reset",
            r"ERR_CONNECTION_RESET|ERR_CONNECTION_CLOSED|ERR_CONNECTION_ABORTED|ERR_EMPTY_RESPONSE|NS_ERROR_NET_RESET"
            r"|NS_ERROR_NET_EMPTY_RESPONSE|NS_ERROR_NET_INTERRUPT|Connection reset by peer"
            r"|Connection terminated unexpectedly",
            Message("the connection was closed before there was an answer"),
        ),
        (
            "answer-cut",
            r"ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE_CHUNKED_ENCODING|NS_ERROR_NET_PARTIAL_TRANSFER",
            Message("the answer came in part: its end is missing"),
        ),
        (
            "timeout",
            r"ERR_(CONNECTION_)?TIMED_OUT|NS_ERROR_NET_TIMEOUT|Socket I/O timed out|Connection timed out",
            Message("there was no answer in the time that the browser waits"),
        ),
        (
            "no-way",
            r"ERR_ADDRESS_UNREACHABLE|ERR_INTERNET_DISCONNECTED|ERR_NETWORK_ACCESS_DENIED|NS_ERROR_OFFLINE"
            r"|(Network is unreachable|No route to host)$",
            Message("there is no way to the host"),
        ),
        (
            "too-many-redirects",
            r"ERR_TOO_MANY_REDIRECTS|NS_ERROR_REDIRECT_LOOP|Too many redirects",
            Message("it is redirected without end"),
        ),
        (
            "blocked-by-response",
            r"ERR_BLOCKED_BY_(CSP|RESPONSE|ORB)|NS_ERROR_CONTENT_BLOCKED|NS_ERROR_DOM_CORP_FAILED",
            Message("the browser blocks it by a policy of the page or of the answer"),
        ),
    )
)  # fmt: skip


def of(said: str) -> Failure | None:
    """The failure that a browser's words are of; None where they are of none that is known."""
    return next((one for one in FAILURES if one.pattern.search(said)), None)


def same(said: str) -> str:
    """Equal for failures of one sort."""
    known = of(said)
    return f"<{known.name}>" if known else identity.of_text(said)

"""What of the link stands in the way of a request is named."""

import pytest

from harness.facts import obstacles
from harness.model import Link, Request

DENIED = {"proxy-status": 'proxy; error=http_request_denied; details="x"'}


def named(url: str = "https://shop.example/", link: Link | None = None, **facts: object) -> str | None:
    values = {"step": 1, "time_s": 0.0, "method": "GET", "url": url, **facts}
    message = obstacles.of(Request.model_validate(values), link or Link())
    return None if message is None else str(message)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("net::ERR_CERT_AUTHORITY_INVALID", "the client does not trust the authority of the certificate"),
        ("SEC_ERROR_UNKNOWN_ISSUER", "the client does not trust the authority of the certificate"),
        ("net::ERR_CERT_COMMON_NAME_INVALID", "the certificate is for another host"),
        ("net::ERR_CERT_DATE_INVALID", "the certificate is not valid at the time of the client's clock"),
        ("net::ERR_SSL_PROTOCOL_ERROR", "client and server do not agree on TLS"),
        ("net::ERR_TUNNEL_CONNECTION_FAILED", "the proxy refuses the request"),
        ("NS_ERROR_PROXY_AUTHENTICATION_FAILED", "the proxy asks for a login that the client does not have"),
        ("net::ERR_PROXY_CONNECTION_FAILED", "the proxy is not reached"),
        ("net::ERR_CONNECTION_RESET", None),
    ],
)
def test_failures_by_the_browser_s_word(failure: str, words: str | None) -> None:
    assert named(failure=failure) == words


def test_a_blocked_host_is_named_where_it_is_refused() -> None:
    link = Link(blocked=("*.ads.example",))
    assert named("https://x.ads.example/a", link, failure="net::ERR_NAME_NOT_RESOLVED") == "blocked by the environment"
    assert named("http://x.ads.example/a", link, status=403, response_headers=DENIED) == "blocked by the environment"
    assert named("http://x.ads.example/a", link, status=200) is None
    assert named("https://ads.example/a", link, failure="net::ERR_NAME_NOT_RESOLVED") is None


def test_answers_of_what_stands_in_between_are_told_from_those_of_the_product() -> None:
    assert named(status=403, response_headers=DENIED) == "the proxy refuses the request"
    assert named(status=403) is None
    assert named(status=407) == "the proxy asks for a login that the client does not have"
    ours = {"www-authenticate": 'Basic realm="front"'}
    assert named(status=401, response_headers=ours) == "the login before the product does not let the client in"
    assert named(status=401, response_headers={"www-authenticate": 'Basic realm="shop"'}) is None

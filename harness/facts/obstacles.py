"""What of the link stands in the way of a request: a blocked host, a proxy, TLS, a login. Pure."""

import re
from urllib.parse import urlsplit

from harness.language import Message
from harness.model import Link, Request
from harness.model.links import matches

_OURS = re.compile(r'basic realm="(front|proxy)"', re.IGNORECASE)  # of links/
_BLOCKED = Message("blocked by the environment")
_REFUSED = Message("the proxy refuses the request")
_PROXY_LOGIN = Message("the proxy asks for a login that the client does not have")
_BY_WORD = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (
            "ERR_CERT_AUTHORITY_INVALID|SEC_ERROR_UNKNOWN_ISSUER|SEC_ERROR_UNTRUSTED_ISSUER|ERROR_SELF_SIGNED_CERT",
            Message("the client does not trust the authority of the certificate"),
        ),
        (
            "ERR_CERT_COMMON_NAME_INVALID|SSL_ERROR_BAD_CERT_DOMAIN",
            Message("the certificate is for another host"),
        ),
        (
            "ERR_CERT_DATE_INVALID|SEC_ERROR_EXPIRED|ERROR_NOT_YET_VALID",
            Message("the certificate is not valid at the time of the client's clock"),
        ),
        ("ERR_CERT_|ERR_SSL_|SSL_ERROR_|SEC_ERROR_|MOZILLA_PKIX", Message("client and server do not agree on TLS")),
        ("ERR_PROXY_AUTH|NS_ERROR_PROXY_AUTHENTICATION", _PROXY_LOGIN),
        ("ERR_TUNNEL_CONNECTION_FAILED|NS_ERROR_PROXY_FORBIDDEN", _REFUSED),
        ("ERR_PROXY_|NS_ERROR_PROXY_|NS_ERROR_UNKNOWN_PROXY", Message("the proxy is not reached")),
    )
)


def of(request: Request, link: Link) -> Message | None:
    """What stands in the way of it; None where nothing does, or it is not of the link."""
    failed = bool(request.failure) or (request.status or 0) >= 400
    if not failed:
        return None
    if _is_refused(request) and any(matches(pattern, _host(request.url)) for pattern in link.blocked):
        return _BLOCKED
    if request.status is not None:
        return _answered(request)
    return next((message for pattern, message in _BY_WORD if pattern.search(request.failure or "")), None)


def _answered(request: Request) -> Message | None:
    if request.status == 407:
        return _PROXY_LOGIN
    if request.status == 401 and _OURS.search(request.response_headers.get("www-authenticate", "")):
        return Message("the login before the product does not let the client in")
    return _REFUSED if "error=" in request.response_headers.get("proxy-status", "") else None


def _is_refused(request: Request) -> bool:
    """No answer, or that of a proxy (RFC 9209)."""
    return request.status is None or "error=" in request.response_headers.get("proxy-status", "")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

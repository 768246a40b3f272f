"""Endpoint: where a browser is that nobody here starts, and what is asked of it."""

import re
from urllib.parse import SplitResult, urlsplit

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen
from harness.references import ENV

_STAND_IN = "reference"
HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F]*:[0-9a-fA-F:.]+"  # a name or an address


class Endpoint(Frozen):
    """What a lock knows of one: its host and port as the file has them, without any login, and what it said
    of its browser when it was last asked on this machine (``browserName``, ``browserVersion``, ``platformName``)."""

    host: str
    capabilities: dict[str, str] = {}


def checked_url(value: str) -> str:
    """The value itself. Mistake where it is no address of a WebDriver server, or a login stands in it."""
    if not value or ENV.fullmatch(value):
        return value
    parts = _parts(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise Mistake(
            Message("this is no address of a WebDriver server"),
            Message(
                "write {example}", example="http://grid:4444, https://${env:USER}:${env:KEY}@grid/wd/hub, ${env:URL}"
            ),
        )
    login, at, _ = value.partition("://")[2].partition("/")[0].rpartition("@")
    user, colon, password = _split_login(login)
    if at and not ENV.fullmatch(password if colon else user):
        raise Mistake(
            Message("the address has a login in it, which may not stand in a file"),
            Message("write {example}, or the whole address as {whole}", example="https://${env:USER}:${env:KEY}@host",
                    whole="${env:GRID_URL}"),
        )  # fmt: skip
    return value


def host_of(url: str) -> str:
    """Host and port of an address, as it stands in a file and so without its login; a reference to all of it stays."""
    if not url or ENV.fullmatch(url):
        return url
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


def checked_host(value: str) -> str:
    """The value itself. Mistake where it is neither a host's name nor an address."""
    if value and not ENV.fullmatch(value) and not re.fullmatch(HOST, value):
        raise Mistake(
            Message("`{host}` is no name or address of a host", host=value), Message("write it without scheme and port")
        )
    return value


def _parts(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(ENV.sub(_STAND_IN, value))
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None


def _split_login(login: str) -> tuple[str, str, str]:
    """User, colon and password of a login; the colons of references are none."""
    plain = ENV.sub(lambda found: found[0].replace(":", "\0"), login)
    user, colon, password = (part.replace("\0", ":") for part in plain.partition(":"))
    return user, colon, password

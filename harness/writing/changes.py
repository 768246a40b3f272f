"""What an upgrade changed, in words that need no knowledge of environment files. Pure."""

import re
from collections.abc import Iterable, Sequence
from functools import reduce

from harness.language import Message
from harness.model import Change, Verdict
from harness.model.changes import DEPENDENCIES, is_dependency

SHOWN = 4  # changes in one sentence
_SERVICES = "server.services."
_NAMED = ("server.plugins.", DEPENDENCIES, "server.compat.", _SERVICES, "client.extensions.")
_PATH = re.compile(r"(^|[\s,(])(~|\.{1,2})?/\w|[A-Za-z]:\\")
_FIELDS: dict[str, Message] = {
    "server.product": Message("Product"),
    "client.browser": Message("Browser"),
    "server.os": Message("the server's operating system"),
    "server.python": Message("Python"),
    "server.memory": Message("the server's memory"),
    "server.node": Message("Node.js"),
    "client.os": Message("the browser's operating system"),
    "client.locale": Message("the language of the system"),
    "client.languages": Message("the languages of the browser"),
    "client.timezone": Message("the time zone"),
    "client.clock": Message("the clock"),
    "client.fonts": Message("the fonts"),
    "client.screen": Message("the size of the screen"),
    "client.viewport": Message("the size of the window"),
    "client.policies": Message("the browser's policies"),
    "client.preferences": Message("the browser's settings"),
    "client.certificates": Message("the certificates"),
    "link.proxy": Message("the proxy"),
    "link.blocked": Message("the addresses that are blocked"),
    "link.tls": Message("the encryption of the connection"),
    "link.basic_auth": Message("the login before the product"),
    "link.gateways": Message("the gateways before the product"),
    "link.egress": Message("the way to the internet"),
}


def deciding(verdict: Verdict) -> tuple[Change, ...]:
    """The changes that it is about: those that were seen to be enough to break it, else all."""
    axes = verdict.conclusion.axes if verdict.conclusion else ()
    found = [one for one in verdict.environment_diff if any(f"{one.path}.".startswith(f"{axis}.") for axis in axes)]
    return tuple(found) or verdict.environment_diff


def moved_below(verdict: Verdict, axes: Sequence[str]) -> str:
    """The packages below the product, as name@version, where these alone are enough to break it; else empty."""
    after = verdict.environments.get("after")
    if after is None or not axes or not all(map(is_dependency, axes)):
        return ""
    return ", ".join(str(ref) for ref in after.server.dependencies if f"{DEPENDENCIES}{ref.name}" in axes)


def words(change: Change) -> Message:
    """``gallery 1.12.4 → 3.7.1``"""
    old, new = _named(change.path, change.before), _named(change.path, change.after)
    if old and new and old[0] == new[0]:
        return Message("{name} {old} → {new}", name=old[0], old=old[1], new=new[1])
    if old and new:
        return Message("{old} → {new}", old=plain(change.before or ""), new=plain(change.after or ""))
    if new:
        return Message("{name} {version}, which is new", name=new[0], version=new[1])
    if old:
        return Message("{name} {version}, which is gone", name=old[0], version=old[1])
    field = _field(change.path)
    if any(_PATH.search(text or "") for text in (change.before, change.after)):
        return Message("another value of {field}", field=field)
    return Message("{field}: {old} → {new}", field=field, old=change.before or "–", new=change.after or "–")


def earlier(change: Change) -> Message:
    """What it was before: ``gallery 1.12.4``."""
    old, new = _named(change.path, change.before), _named(change.path, change.after)
    if old:
        return Message("{name} {version}", name=old[0], version=old[1])
    if new:
        return Message("no {name}", name=new[0])
    if change.before and not _PATH.search(change.before):
        return Message("{field}: {value}", field=_field(change.path), value=change.before)
    return Message("{field} as before", field=_field(change.path))


def plain(ref: str) -> str:
    """``gallery@3.7.1`` as people write it; text that is no reference is left as it is."""
    return ", ".join(" ".join(one.rsplit("@", 1)) if one.rfind("@") > 0 else one for one in ref.split(", "))


def together(messages: Iterable[Message]) -> Message:
    """One after the other, with commas; more than a few are counted."""
    every = list(messages)
    shown = every[:SHOWN]
    if len(every) > SHOWN:
        shown.append(Message("{count} more", count=len(every) - SHOWN))
    return reduce(lambda one, other: Message("{one}, {other}", one=one, other=other), shown)


def either(words: Sequence[str | Message]) -> str | Message:
    """One or the other."""
    every: list[str | Message] = list(words)
    return reduce(lambda one, other: Message("{one} or {other}", one=one, other=other), every)


def label(path: str) -> str | Message:
    """What a row of a table is about."""
    named = _named(path, "")
    return named[0] if named else _field(path)


def _named(path: str, value: str | None) -> tuple[str, str] | None:
    """Name and version of what has both."""
    if value is None:
        return None
    for prefix in _NAMED:
        name = path.removeprefix(prefix)
        of_part = prefix == _SERVICES and "." in name  # its system, or what is said of one that is given as an image
        if path.startswith(prefix) and not of_part:
            return name, value
    if path in ("server.product", "client.browser") and value.rfind("@") > 0:
        name, version = value.rsplit("@", 1)
        return name, version
    return None


def _field(path: str) -> str | Message:
    parts = path.split(".")
    if path.startswith(_SERVICES) and path.endswith(".os"):
        return Message("the operating system of {service}", service=".".join(parts[2:-1]))
    known = next((found for end in (3, 2) if (found := _FIELDS.get(".".join(parts[:end])))), None)
    rest = ".".join(parts[2:])
    if known and rest:
        return Message("{field} ({part})", field=known, part=rest)
    return known or ".".join(parts[1:]) or path

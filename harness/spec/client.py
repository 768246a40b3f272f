"""What is known here about the client of an environment: what its browser cannot be, and its extensions."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.browsers import BROWSERS
from harness.client import certificates, extensions
from harness.documents import Mistakes, Node
from harness.errors import InputError
from harness.language import Message
from harness.masking.names import says
from harness.model import Environment, Extension
from harness.model.environment import BrowserRef
from harness.model.links import REPLICA
from harness.references import ENV

CROSSED = ("blocked", "proxy", "tls", "basic_auth")  # fields of a link that a browser has to know of


def complete(environment: Environment, node: Node, home: Path, mistakes: Mistakes) -> Environment:
    """The same with versions and checksums of the extensions in ``home``, the folder of the file.

    ``node`` is where the environment stands.
    """
    client, place = environment.client, node.at("client")
    for field in ("languages", "fonts"):
        _refuse_repeated(getattr(client, field), place.at(field), mistakes)
    _refuse_repeated([one.name for one in client.extensions], place.at("extensions"), mistakes)
    _refuse_repeated(client.certificates, place.at("certificates"), mistakes)
    for index, name in enumerate(client.certificates):
        try:
            if name != REPLICA:
                certificates.read(name, home)
        except InputError as exc:
            mistakes.add(place.at("certificates", index), exc.what, exc.advice)
    screen, viewport = client.screen, client.viewport
    if screen and (screen.width < viewport.width or screen.height < viewport.height):
        what = Message("a page of {viewport} does not fit on a screen of {screen}", viewport=viewport, screen=screen)
        mistakes.add(place.at("screen"), what, Message("make the screen larger, or the viewport smaller"))
    browser = BROWSERS.get(client.browser.name)
    for field, what in (browser.refusals(client) if browser else {}).items():
        mistakes.add(place.place_of(field), what, _others(field, environment))
    if browser:
        _check_browser(client.browser, place.at("browser"), mistakes, elsewhere=not browser.sources)
    if browser and not browser.crosses:
        for field in CROSSED:
            if getattr(environment.link, field):
                what = Message("{browser} cannot honour `link.{field}`", browser=client.browser.name, field=field)
                able = ", ".join(name for name, one in BROWSERS.items() if one.crosses)
                mistakes.add(node.at("link").place_of(field), what, Message("these can: {browsers}", browsers=able))
    found = tuple(
        _read(one, place.at("extensions", index), home, mistakes) for index, one in enumerate(client.extensions)
    )
    if found == client.extensions:
        return environment
    return environment.model_copy(update={"client": client.model_copy(update={"extensions": found})})


def _check_browser(browser: BrowserRef, node: Node, mistakes: Mistakes, *, elsewhere: bool) -> None:
    """A browser is either ours to start, in some version, or there already, at some address."""
    if not elsewhere:
        for field in ("url", "product_host", "capabilities"):
            if getattr(browser, field):
                what = Message("`{field}` is for a browser that runs elsewhere", field=field)
                able = ", ".join(name for name, one in BROWSERS.items() if not one.sources)
                mistakes.add(node.place_of(field), what, Message("these can: {browsers}", browsers=able))
        return
    if not browser.url:
        what = Message("`{browser}` needs a `url`, of the WebDriver server that has it", browser=browser.name)
        advice = Message("write {example}", example=f"{{name: {browser.name}, url: 'http://grid:4444'}}")
        mistakes.add(node, what, advice)
    if browser.version != "latest":
        what = Message("`{browser}` has no version that could be chosen here", browser=browser.name)
        mistakes.add(node, what, Message("ask for it: `capabilities: {{browserVersion: …}}`"))
    for key, text in _texts(browser.capabilities):
        if says(key) == "secret" and not ENV.search(text):
            what = Message("`{key}` is a secret, which may not stand in a file", key=key)
            mistakes.add(node.place_of("capabilities"), what, Message("write {example}", example="${env:NAME}"))


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in what is asked of a server, with its key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, key)


def _read(extension: Extension, node: Node, home: Path, mistakes: Mistakes) -> Extension:
    if extension.source != "file":
        return extension
    try:
        return extensions.read(extension, home)
    except InputError as exc:
        mistakes.add(node, exc.what, exc.advice)
        return extension


def _others(field: str, environment: Environment) -> Message | None:
    """Browsers that would do."""
    client = environment.client
    able = [name for name, browser in BROWSERS.items() if field not in browser.refusals(client)]
    return Message("these can: {browsers}", browsers=", ".join(able)) if able else None


def _refuse_repeated(words: Iterable[str], node: Node, mistakes: Mistakes) -> None:
    seen: set[str] = set()
    for index, word in enumerate(words):
        if word in seen:
            mistakes.add(node.at(index), Message("`{name}` is here twice", name=word), Message("keep one of the two"))
        seen.add(word)

"""How a client becomes Chromium's: what it is started with, its policies, and its extensions."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.client.extensions import place
from harness.errors import BrowserError
from harness.language import Message
from harness.model import Client, ClientState, Extension, ExtensionState, PolicyState
from harness.model.links import matches
from harness.webdriver.window import BidiSession

POLICIES = "/etc/chromium/policies/managed/harness.json"
ENABLED = "ENABLED"
# What the pages themselves use.
_POLICIES = """import('chrome://resources/js/cr.js').then(({addWebUiListener}) => new Promise(resolve => {
  addWebUiListener('policies-updated', (names, values) => resolve(JSON.stringify(values)));
  chrome.send('listenPoliciesUpdates');
}))"""
_INSTALLED = """(async () => JSON.stringify(
  await chrome.developerPrivate.getExtensionsInfo({includeDisabled: true, includeTerminated: true})))()"""


def arguments(client: Client) -> Iterator[str]:
    """What is on the command line besides language and viewport."""
    screen, ratio = client.screen or client.viewport, client.pixel_ratio
    yield f"--ozone-override-screen-size={round(screen.width * ratio)},{round(screen.height * ratio)}"
    if ratio != 1:
        yield f"--force-device-scale-factor={ratio:g}"
    if client.colour_scheme == "dark":
        yield "--force-dark-mode"
    if client.extensions:
        yield f"--load-extension={','.join(map(place, client.extensions))}"


def files(client: Client) -> Mapping[str, str]:
    """Policies, as https://www.chromium.org/administrators/linux-quick-start/ has them."""
    return {POLICIES: json.dumps(client.policies, indent=1, sort_keys=True)} if client.policies else {}


TRUST = """set -e; for store in "$HOME/.pki/nssdb" "$HOME/.local/share/pki/nssdb"; do
  mkdir -p "$store"; certutil -d "sql:$store" -N --empty-password
  for file; do certutil -d "sql:$store" -A -n "$file" -t C,, -i "$file"; done
done"""


def trusting(certificates: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Into the NSS databases that it reads, the older and the newer place."""
    return (("sh", "-c", TRUST, "sh", *certificates),) if certificates else ()


def resolver_rules(hosts: Sequence[str] | None, blocked: Sequence[str]) -> str:
    """Names that it does not even look for, in the form of ``--host-resolver-rules``."""
    if hosts is None:
        return ", ".join(f"MAP {pattern} ~NOTFOUND" for pattern in blocked)
    known = [one for one in ("localhost", "127.0.0.1", *hosts) if not any(matches(each, one) for each in blocked)]
    return ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {one}" for one in known)])


def states(session: BidiSession, client: Client) -> tuple[ClientState, ...]:
    """What became of every extension and policy of the client. BrowserError."""
    if not client.extensions and not client.policies:
        return ()
    tab = session.command("browsingContext.create", {"type": "tab", "background": True})["context"]
    try:
        return (*_policies(session, client, tab), *_extensions(session, client, tab))
    finally:
        session.command("browsingContext.close", {"context": tab})


def _policies(session: BidiSession, client: Client, tab: str) -> Iterator[PolicyState]:
    if not client.policies:
        return
    errors = dict(_errors(_asked(session, tab, "chrome://policy", _POLICIES)))
    for name in client.policies:
        yield PolicyState(name=name, said=errors.get(name, "not listed at chrome://policy"))


def _errors(value: Any) -> Iterator[tuple[str, str]]:
    """What the browser holds against each policy that it knows of; nothing where one is in force."""
    if not isinstance(value, dict):
        return
    for key, below in value.items():
        if key == "policies" and isinstance(below, dict):
            yield from ((name, str(one.get("error") or "")) for name, one in below.items())
        else:
            yield from _errors(below)


def _extensions(session: BidiSession, client: Client, tab: str) -> Iterator[ExtensionState]:
    if not client.extensions:
        return
    installed = {str(one.get("path")): one for one in _asked(session, tab, "chrome://extensions", _INSTALLED)}
    for one in client.extensions:
        yield _state(session, one, installed.get(place(one)))


def _asked(session: BidiSession, tab: str, url: str, script: str) -> Any:
    """What a page of the browser's own says of itself."""
    session.command("browsingContext.navigate", {"context": tab, "url": url, "wait": "complete"})
    asked = {"expression": script, "awaitPromise": True, "target": {"context": tab}}
    said = session.command("script.evaluate", asked)
    if said["type"] != "success":
        why = said["exceptionDetails"]["text"]
        raise BrowserError(Message("the browser does not say at {url} how it is set up: {why}", url=url, why=why))
    return json.loads(said["result"]["value"])


def _state(session: BidiSession, extension: Extension, found: Mapping[str, Any] | None) -> ExtensionState:
    name, version = extension.name, extension.version
    if found is None:
        return session.install(extension)  # which says why it was left out in silence
    loaded = found["state"] == ENABLED
    said = _faults(found) if loaded else _reasons(found)
    return ExtensionState(name=name, version=str(found.get("version") or version), loaded=loaded, said=said)


def _faults(found: Mapping[str, Any]) -> str:
    """What the browser holds against the manifest of an extension that it took."""
    return "; ".join(str(one.get("message", "")) for one in found.get("manifestErrors") or ())


def _reasons(found: Mapping[str, Any]) -> str:
    """Why one that is there is off: the names of its reasons."""
    reasons = [name for name, holds in (found.get("disableReasons") or {}).items() if holds]
    return ", ".join(reasons) or str(found["state"])


# ------------------------------------------------------------------ its words
_BLOCKS = re.compile(
    r"Content Security Policy|CORS policy|Cross-Origin|Mixed Content|Refused to|blocked", re.IGNORECASE
)


def own_words(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the browser itself says that it blocked (CDP ``Log.LogEntry``), as BiDi's ``log.LogEntry``; None of a
    request that failed, which is observed anyway, of advice, and of what is no error."""
    if entry["level"] != "error" or entry["source"] == "network" or not _BLOCKS.search(entry["text"]):
        return None
    frames = (entry.get("stackTrace") or {}).get("callFrames") or (
        [{"url": entry["url"], "lineNumber": entry.get("lineNumber", 0), "columnNumber": 0}] if entry.get("url") else []
    )
    return {
        "type": "console",
        "level": "error",
        "text": entry["text"],
        "timestamp": entry["timestamp"],
        "stackTrace": {"callFrames": frames},
    }

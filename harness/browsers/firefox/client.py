"""How a client becomes Firefox's: its policies, and what became of them and of its extensions.

What it does not say to a page it says where its own parts run, which WebDriver reaches as Marionette's
"chrome" context (https://firefox-source-docs.mozilla.org/testing/marionette/).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.client import certificates
from harness.client.extensions import place
from harness.errors import BrowserError
from harness.language import Message
from harness.model import Client, ClientState, Extension, ExtensionState, PolicyState
from harness.webdriver.bidi import BidiRefused
from harness.webdriver.session import first_line
from harness.webdriver.window import BidiSession

POLICIES = "/etc/firefox/policies/policies.json"
ACCESS = "--remote-allow-system-access"  # which older ones need not, and pass over
INSTALL_S = 120  # of a browser that has just begun, on a machine that is busy
_COMMANDS = {"harnessSetContext": "/moz/context", "harnessInstall": "/moz/addon/install"}
_POLICIES = """\
const events = Cc["@mozilla.org/consoleAPI-storage;1"].getService(Ci.nsIConsoleAPIStorage).getEvents();
const said = events.filter(one => one.prefix === "Enterprise Policies" && one.level === "error");
return [Services.policies.status === Services.policies.ACTIVE, Object.keys(Services.policies.getActivePolicies() || {}),
        said.map(one => Array.from(one.arguments, String).join(" "))];"""
_ADDON = """\
const [id, done] = arguments;
const url = "resource://gre/modules/AddonManager.sys.mjs";
const load = async () => {
  try { return ChromeUtils.importESModule(url); }
  catch (error) { return ChromeUtils.import("resource://gre/modules/AddonManager.jsm"); }
};
const runs = () => { const one = WebExtensionPolicy.getByID(id); return Boolean(one && one.active); };
load().then(({AddonManager}) => AddonManager.getAddonByID(id)).then(one => done(one && {
  version: one.version, active: one.isActive && runs(),
  why: ["appDisabled", "softDisabled", "userDisabled", "embedderDisabled"].filter(name => one[name]),
})).catch(error => done({version: "", active: false, why: [String(error)]}));"""


def files(client: Client) -> Mapping[str, str]:
    """Policies, as https://mozilla.github.io/policy-templates/ has them."""
    policies: dict[str, Any] = dict(client.policies)
    if client.certificates:
        theirs = policies.get("Certificates")
        theirs = theirs if isinstance(theirs, dict) else {}
        policies["Certificates"] = {**theirs, "Install": [*certificates.places(client), *theirs.get("Install", ())]}
    return {POLICIES: json.dumps({"policies": policies}, indent=1, sort_keys=True)} if policies else {}


def is_asked(client: Client) -> bool:
    """Whether ``states`` needs ``ACCESS``."""
    return bool(client.extensions or client.policies)


def states(session: BidiSession, client: Client) -> tuple[ClientState, ...]:
    """Install every extension, and what became of each and of every policy. BrowserError."""
    if not is_asked(client):
        return ()
    commands = session.driver.command_executor
    for name, path in _COMMANDS.items():
        commands.add_command(name, "POST", f"/session/$sessionId{path}")
    return (*_policies(session, client), *(_extension(session, one) for one in client.extensions))


# ------------------------------------------------------------------- policies
def _policies(session: BidiSession, client: Client) -> Iterator[PolicyState]:
    if not client.policies:
        return
    is_active, active, said = _inside(session, "execute_script", _POLICIES)
    for name in client.policies:
        words = "; ".join(one for one in said if name in one.replace(":", " ").replace(".", " ").split())
        why = words or ("" if is_active and name in active else "not listed at about:policies")
        yield PolicyState(name=name, said=why)


# ----------------------------------------------------------------- extensions
def _extension(session: BidiSession, extension: Extension) -> ExtensionState:
    """For the time of the session, as an add-on that nobody has signed is installed at about:debugging."""
    name, version = extension.name, extension.version
    try:
        addon = _installed(session, place(extension))
    except BidiRefused as exc:
        return ExtensionState(name=name, version=version, loaded=False, said=exc.detail or exc.code)
    found: Mapping[str, Any] = _inside(session, "execute_async_script", _ADDON, addon) or {}
    return ExtensionState(
        name=name,
        version=str(found.get("version") or version),
        loaded=bool(found.get("active")),
        said=", ".join(found.get("why", ())),
    )


def _installed(session: BidiSession, path: str) -> str:
    """The id of the add-on; BidiRefused with the browser's words, whichever way it was asked."""
    from selenium.common.exceptions import WebDriverException

    data = {"type": "path", "path": path}
    try:
        return str(session.command("webExtension.install", {"extensionData": data}, timeout_s=INSTALL_S)["extension"])
    except BidiRefused as exc:
        if exc.code != "unknown command":
            raise
    try:  # until Firefox 138
        return str(session.driver.execute("harnessInstall", {"path": path, "temporary": True})["value"])
    except WebDriverException as exc:
        raise BidiRefused("moz/addon/install", "unknown error", first_line(exc)) from exc


def _inside(session: BidiSession, execute: str, script: str, *arguments: str) -> Any:
    """What a script says that runs among the browser's own."""
    from selenium.common.exceptions import WebDriverException

    try:
        session.driver.execute("harnessSetContext", {"context": "chrome"})
        try:
            return getattr(session.driver, execute)(script, *arguments)
        finally:
            session.driver.execute("harnessSetContext", {"context": "content"})
    except WebDriverException as exc:
        what = Message("the browser does not say how it is set up: {why}", why=first_line(exc))
        raise BrowserError(what) from exc

"""harness.browsers.chromium.client: command line, policies, and what became of extensions."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from harness.browsers.chromium import client as chromium_client
from harness.errors import BrowserError
from harness.model import Client, Extension, Viewport
from harness.webdriver.bidi import BidiRefused
from harness.webdriver.window import BidiSession
from tests.unit.fake_session import FakeSession, text


class Session(FakeSession):
    install = BidiSession.install


BANNER = Extension(source="file", name="banner", version="1.2.0")
OLD = Extension(source="apt", name="webext-old", version="0.9")


def test_the_screen_is_as_large_as_the_viewport_unless_it_is_said() -> None:
    assert list(chromium_client.arguments(Client())) == ["--ozone-override-screen-size=1366,768"]
    client = Client(screen=Viewport(width=1920, height=1080), pixel_ratio=1.5)
    assert list(chromium_client.arguments(client)) == [
        "--ozone-override-screen-size=2880,1620",
        "--force-device-scale-factor=1.5",
    ]


def test_what_is_asked_for_is_on_the_command_line() -> None:
    client = Client(colour_scheme="dark", extensions=(BANNER, OLD))
    assert list(chromium_client.arguments(client))[1:] == [
        "--force-dark-mode",
        "--load-extension=/opt/extensions/banner,/opt/extensions/webext-old",
    ]


def test_policies_are_a_file_of_the_image() -> None:
    assert chromium_client.files(Client()) == {}
    client = Client.model_validate({"policies": {"ExtensionInstallBlocklist": ["*"]}})
    (written,) = chromium_client.files(client).values()
    assert json.loads(written) == {"ExtensionInstallBlocklist": ["*"]}


# ----------------------------------------------------------------- extensions
def states(
    installed: list[dict[str, Any]], refusal: Exception | dict[str, Any] | None = None, **answers: Any
) -> tuple[Any, ...]:
    session = Session(
        **{
            "browsingContext.create": lambda _: {"context": "tab"},
            "browsingContext.navigate": lambda _: {},
            "browsingContext.close": lambda _: {},
            "script.evaluate": lambda _: text(json.dumps(installed)),
            "webExtension.install": lambda _: refusal,
            **answers,
        }
    )
    found = chromium_client.states(session, Client(extensions=(BANNER, OLD)))
    assert ("browsingContext.close", {"context": "tab"}) in session.asked
    return found


def enabled(extension: Extension, **more: Any) -> dict[str, Any]:
    place = chromium_client.place(extension)
    return {"path": place, "state": "ENABLED", "version": extension.version, "manifestErrors": [], **more}


def test_without_extensions_nothing_is_asked() -> None:
    session = Session()
    assert chromium_client.states(session, Client()) == ()
    assert session.asked == []


def test_what_is_loaded_is_said() -> None:
    both = states([enabled(BANNER), enabled(OLD), {"name": "PDF viewer", "state": "ENABLED"}])
    assert [(one.name, one.version, one.loaded, one.said) for one in both] == [
        ("banner", "1.2.0", True, ""),
        ("webext-old", "0.9", True, ""),
    ]


def test_what_the_browser_left_out_in_silence_is_asked_for_again_for_its_words() -> None:
    words = "Cannot install extension because it uses an unsupported manifest version."
    _, old = states([enabled(BANNER)], BidiRefused("webExtension.install", "unknown error", words))
    assert (old.loaded, old.said) == (False, words)


def test_a_browser_without_words_is_no_error() -> None:
    _, old = states([enabled(BANNER)], BidiRefused("webExtension.install", "unknown command", "Unknown command"))
    assert (old.loaded, old.said) == (False, "")


def test_what_is_installed_when_it_is_asked_for_again_is_loaded() -> None:
    _, old = states([enabled(BANNER)], {"extension": "abc"})
    assert old.loaded


def test_what_is_there_and_off_says_why() -> None:
    off = enabled(OLD, state="DISABLED", disableReasons={"blockedByPolicy": True, "corruptInstall": False})
    _, old = states([enabled(BANNER), off])
    assert (old.loaded, old.said) == (False, "blockedByPolicy")
    _, old = states([enabled(BANNER), enabled(OLD, state="TERMINATED")])
    assert (old.loaded, old.said) == (False, "TERMINATED")


def test_what_the_browser_holds_against_a_manifest_is_kept() -> None:
    faults = [{"message": "Unrecognized manifest key 'x'."}, {"message": "y"}]
    banner, _ = states([enabled(BANNER, manifestErrors=faults), enabled(OLD)])
    assert (banner.loaded, banner.said) == (True, "Unrecognized manifest key 'x'.; y")


def test_a_browser_that_does_not_say_is_an_error() -> None:
    def failing(_: Mapping[str, Any]) -> dict[str, Any]:
        return {"type": "exception", "exceptionDetails": {"text": "chrome.developerPrivate is undefined"}}

    with pytest.raises(BrowserError, match=r"at chrome://extensions how it is set up: .*developerPrivate is undefined"):
        states([], **{"script.evaluate": failing})


# ------------------------------------------------------------------- policies
def test_a_policy_that_the_browser_does_not_take_has_its_words() -> None:
    known = {"A": {"value": 1}, "B": {"value": 2, "error": "Unknown policy."}}
    values = {"policyGroups": {"chrome": {"name": "Chrome Policies", "policies": known}, "order": []}}
    session = Session(
        **{
            "browsingContext.create": lambda _: {"context": "tab"},
            "browsingContext.navigate": lambda _: {},
            "browsingContext.close": lambda _: {},
            "script.evaluate": lambda _: text(json.dumps(values)),
        }
    )
    client = Client.model_validate({"policies": {"A": 1, "B": 2, "C": 3}})
    found = chromium_client.states(session, client)
    assert [(one.name, one.said) for one in found] == [
        ("A", ""),
        ("B", "Unknown policy."),
        ("C", "not listed at chrome://policy"),
    ]
    assert [asked["url"] for method, asked in session.asked if method == "browsingContext.navigate"] == [
        "chrome://policy"
    ]


def entry(**changes: Any) -> dict[str, Any]:
    return {"source": "security", "level": "error", "text": "Refused to run", "timestamp": 1.5, "url": "u", **changes}


def test_what_the_browser_itself_says_is_an_entry_like_any_other() -> None:
    said = chromium_client.own_words(entry(lineNumber=4))
    assert said
    assert (said["type"], said["level"], said["text"], said["timestamp"]) == ("console", "error", "Refused to run", 1.5)
    assert said["stackTrace"]["callFrames"] == [{"url": "u", "lineNumber": 4, "columnNumber": 0}]


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "network"},
        {"level": "warning"},
        {"level": "verbose"},
        {"text": "x was loaded over an insecure connection"},
    ],
)
def test_failed_requests_are_observed_anyway_and_warnings_are_no_errors(changes: dict[str, Any]) -> None:
    assert chromium_client.own_words(entry(**changes)) is None

"""harness browsers: what it lists, and what it says where there is no engine."""

import json
from collections.abc import Mapping

import pytest

from harness import cli, engine, lock
from harness.browsers import BROWSERS
from harness.cache import Cache
from harness.errors import EngineError
from harness.installers import INSTALLERS
from harness.language import Message
from harness.lock import Offer, offers
from harness.model import Base
from harness.render import BUILT
from harness.systems import SYSTEMS
from tests.unit.shop import DictInstaller, Shop, shop

__all__ = ["shop"]  # a fixture

FOUND = (
    Offer(os="debian:12", browser="chromium", source="the distribution", versions=("150-1", "156-1")),
    Offer(os="debian:11", browser="chromium", source="the distribution", unknown=Message("nothing is running")),
)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "offers", lambda *_: FOUND)


def without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        raise EngineError(Message("nothing is running"))

    monkeypatch.setattr(engine, "connect", nobody)


def with_engine(monkeypatch: pytest.MonkeyPatch, tags: Mapping[str, list[str]]) -> None:
    for tag, record in tags.items():
        Cache().remember(BUILT, tag, value=record)
    monkeypatch.setattr(engine, "connect", object)
    monkeypatch.setattr(engine, "present_base", lambda *_: None)
    monkeypatch.setattr(engine, "tags", lambda *_: ("harness/browser:unknown", *tags))


@pytest.mark.usefixtures("listed")
def test_what_is_built_is_marked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with_engine(monkeypatch, {"harness/browser:1": ["debian:12", "chromium", "156-1"]})
    assert cli.main(["browsers"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["debian:12:"],
        ["chromium", "150-1", "the", "distribution"],
        ["chromium", "156-1", "the", "distribution", "built"],
        ["debian:11:"],
        ["chromium", "?", "the", "distribution", "not", "known:", "nothing", "is", "running"],
        [
            "remote:",
            "one",
            "that",
            "runs",
            "elsewhere,",
            "behind",
            "a",
            "WebDriver",
            "server",
            "that",
            "the",
            "file",
            "names",
        ],
    ]


@pytest.mark.usefixtures("listed")
def test_without_an_engine_it_says_what_it_cannot_tell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_engine(monkeypatch)
    assert cli.main(["browsers", "--lang", "zh"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("不知道其中哪些已构建")
    assert cli.main(["browsers", "--json"]) == 0
    about = {"os": "debian:12", "browser": "chromium", "source": "the distribution"}
    assert json.loads(capsys.readouterr().out) == [
        about | {"version": "150-1", "built": None},
        about | {"version": "156-1", "built": None},
        about | {"os": "debian:11", "version": None, "built": None, "unknown": "nothing is running"},
    ]


def test_each_source_is_asked_as_far_as_it_can_be(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = DictInstaller(name="npm", published={"@sparticuz/chromium": ["130.0.0", "131.0.1"]})
    monkeypatch.setitem(INSTALLERS, "npm", npm)
    absent = Message("its base image is not here; `--os` makes it")
    here = [Base(os="debian:12", source="bootstrap")]
    found = offers([SYSTEMS["debian:12"], SYSTEMS["debian:13"]], here, shop.registry, absent)
    assert len(found) == 2 * sum(len(browser.sources) for browser in BROWSERS.values())
    by_name = {(one.os, one.browser, one.source): one for one in found}
    assert by_name["debian:12", "chromium", "the distribution"].versions == ("150.0-1", "156.0-1")
    assert by_name["debian:13", "chromium", "the distribution"].unknown == absent
    assert by_name["debian:13", "chromium", "npm (headless shell)"].versions == ("131.0.1",)
    assert "no package firefox-esr" in str(by_name["debian:12", "firefox", "the distribution"].unknown)

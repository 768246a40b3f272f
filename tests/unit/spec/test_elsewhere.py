"""A browser that runs elsewhere, in an environment file: what may stand there, and what is said where it may not."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from harness import spec
from harness.case_secrets import asked, secrets_of
from harness.errors import InputError
from harness.masking import MASK, text
from harness.model import difference, rows
from harness.model.environment import BrowserRef
from harness.model.lock import wanted_versions
from harness.wanted import images
from tests.unit.spec.test_client import written

GRID = "{name: remote, url: 'http://grid:4444/wd/hub', capabilities: {browserName: MicrosoftEdge}}"
SET = {"GRID_USER": "customer-of-it", "GRID_KEY": "battery-staple", "GRID_URL": "https://u:horse-correct@grid/wd"}


def wrong(home: Path, client: str, upgrade: str = "") -> str:
    with pytest.raises(InputError) as refused:
        spec.load_environment(written(home, client, upgrade))
    return refused.value.into("en").replace(f"{home}/", "")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://grid:4444/wd/hub", "grid:4444"),
        ("https://${env:GRID_USER}:${env:GRID_KEY}@hub.example.com/wd/hub", "hub.example.com"),
        ("https://someone:${env:GRID_KEY}@hub.example.com", "hub.example.com"),
        ("https://${env:GRID_KEY}@hub.example.com", "hub.example.com"),
        ("http://${env:GRID_HOST}:4444", "${env:GRID_HOST}:4444"),
        ("${env:GRID_URL}", "${env:GRID_URL}"),
        ("", ""),
        ("http://[2001:db8::1]:4444", "[2001:db8::1]:4444"),
    ],
)
def test_an_address_and_what_of_it_is_shown(url: str, host: str) -> None:
    assert BrowserRef(name="remote", url=url).host == host


@pytest.mark.parametrize(
    "url",
    [
        "http://bob:secret@grid",
        "http://${env:GRID_USER}:secret@grid",
        "http://${env:GRID_USER}:x${env:GRID_KEY}@grid",
        "http://token@grid",
    ],
)
def test_a_login_in_a_file_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    said = wrong(tmp_path, f"{{browser: {{name: remote, url: '{url}'}}}}")
    assert said.startswith(
        "shop.yaml:3:39: the address has a login in it, which may not stand in a file\n  → write http"
    )
    assert "secret" not in said
    assert "token" not in said


@pytest.mark.parametrize("url", ["grid:4444", "ftp://grid", "http://", "http://grid:x", "http://grid:99999"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValidationError):
        BrowserRef(name="remote", url=url)


def test_a_secret_among_the_capabilities_stands_in_the_environment_alone(tmp_path: Path) -> None:
    caps = "{'cloud:options': {userName: bob, accessKey: abc}}"
    said = wrong(tmp_path, f"{{browser: {{name: remote, url: 'http://grid', capabilities: {caps}}}}}")
    assert "shop.yaml:3:54: `accessKey` is a secret, which may not stand in a file" in said
    assert "${env:NAME}" in said


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ("{browser: remote}", "`remote` needs a `url`"),
        ("{browser: {name: remote, url: 'http://grid', version: '98'}}", "no version that could be chosen"),
        ("{browser: {name: chromium, url: 'http://grid'}}", "`url` is for a browser that runs elsewhere"),
        ("{browser: {name: firefox, capabilities: {a: 1}}}", "`capabilities` is for a browser that runs elsewhere"),
        ("{browser: {name: remote, url: 'http://grid', product_host: 'http://me'}}", "no name or address of a host"),
        (f"{{os: 'debian:13', browser: {GRID}}}", "remote cannot honour `os`"),
        (f"{{clock: +3d, browser: {GRID}}}", "remote cannot honour `clock`"),
        (f"{{fonts: [noto-cjk], browser: {GRID}}}", "remote cannot honour `fonts`"),
        (f"{{extensions: [{{apt: webext-a}}], browser: {GRID}}}", "remote cannot honour `extensions`"),
        (f"{{policies: {{A: 1}}, browser: {GRID}}}", "remote cannot honour `policies`"),
    ],
)
def test_what_cannot_be(tmp_path: Path, client: str, said: str) -> None:
    assert said in wrong(tmp_path, client)


def test_it_has_neither_an_image_nor_a_version(tmp_path: Path) -> None:
    environment = spec.load_environment(written(tmp_path, f"{{browser: {GRID}}}")).side("before")
    assert images(environment) == ("server",)
    assert "client.browser" not in wanted_versions(environment)


def test_from_ours_to_one_elsewhere_and_back(tmp_path: Path) -> None:
    file = spec.load_environment(written(tmp_path, "{browser: chromium@156}", f"{{browser: {GRID}}}"))
    changes = {one.path: (one.before, one.after) for one in difference(file.side("before"), file.side("after"))}
    assert changes == {
        "client.browser": ("chromium@156", "remote"),
        "client.browser.url": (None, "grid:4444"),
        "client.browser.capabilities.browserName": (None, '"MicrosoftEdge"'),
    }
    back = spec.load_environment(written(tmp_path, f"{{browser: {GRID}}}", "{browser: chromium@156}")).side("after")
    assert back.client.browser == BrowserRef(name="chromium", version="156")


def test_what_stands_in_our_environment_is_known_as_secret_and_shown_nowhere(tmp_path: Path) -> None:
    caps = "{'cloud:options': {accessKey: '${env:GRID_KEY}'}}"
    path = written(tmp_path, f"{{browser: {{name: remote, url: '${{env:GRID_URL}}', capabilities: {caps}}}}}")
    case = spec.load(path, None)
    secrets = secrets_of([case], SET)
    assert set(secrets.named) == {SET["GRID_URL"], SET["GRID_KEY"], "horse-correct"}
    assert text("u:horse-correct said", secrets) == f"u:{MASK} said"
    assert "horse" not in text(f"at {SET['GRID_URL']}", secrets)
    uses = {name: [str(use) for use in found] for name, found in asked(case).items()}
    assert uses == {name: ["sent to the WebDriver server ${env:GRID_URL}"] for name in ("GRID_KEY", "GRID_URL")}
    assert not any(value in str(rows(case.file.side("before"))) for value in SET.values())
    with pytest.raises(InputError) as refused:
        secrets_of([case], {})
    assert "the environment variable GRID_URL is not set" in refused.value.into("en")

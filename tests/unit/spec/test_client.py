"""The client of an environment file: forms of extensions, their versions, and what its browser cannot be."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.browsers import BROWSERS
from harness.errors import InputError
from harness.language import Message
from harness.model import Client, Environment, Extension, Server, difference, rows
from harness.model.desktop import Settings
from harness.model.refs import Ref
from harness.spec import load, load_environment
from tests.unit.crx import folder, manifest

RECIPE = """\
schema: 1
name: shop
product: {version: ["1"]}
start: [shop]
port: 80
"""


def written(home: Path, client: str, upgrade: str = "") -> Path:
    recipe = home / "recipes" / "shop" / "recipe.yaml"
    recipe.parent.mkdir(parents=True, exist_ok=True)
    recipe.write_text(RECIPE, "utf-8")
    path = home / "shop.yaml"
    more = f"upgrade:\n  - client: {upgrade}\n" if upgrade else ""
    path.write_text(f"schema: 1\nname: shop\nclient: {client}\nserver: {{product: shop}}\n{more}", "utf-8")
    return path


@pytest.mark.parametrize(
    ("form", "meant"),
    [
        ("extensions/banner", {"source": "file", "name": "banner"}),
        ("./extensions/banner/", {"source": "file", "name": "banner"}),
        ({"apt": "webext-blocker"}, {"source": "apt", "name": "webext-blocker"}),
        ({"apt": "webext-blocker@1.5"}, {"source": "apt", "name": "webext-blocker", "version": "1.5"}),
        ({"npm": "@a/b@^2", "folder": "dist"}, {"source": "npm", "name": "@a/b", "version": "^2", "folder": "dist"}),
    ],
    ids=str,
)
def test_every_form_of_an_extension(form: object, meant: dict[str, str]) -> None:
    found = Extension.model_validate(form)
    assert found == Extension.model_validate(meant)
    assert Extension.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    "form",
    [
        "banner",
        "extensions/../banner",
        "extensions/a/b",
        "/extensions/banner",
        {"npm": "a", "folder": "../dist"},
        {"npm": "a", "folder": "/dist"},
        {"apt": "a; rm"},
        {"pip": "a"},
        {},
        1,
    ],
    ids=str,
)
def test_what_is_no_extension_is_refused(form: object) -> None:
    with pytest.raises(ValidationError):
        Extension.model_validate(form)


def test_an_extension_beside_the_file_has_its_manifest_s_version_in_the_environment_diff(tmp_path: Path) -> None:
    folder(tmp_path, "banner")
    path = written(tmp_path, "{extensions: [extensions/banner]}", "{extensions: [extensions/banner-2]}")
    folder(tmp_path, "banner-2", manifest__json=manifest(version="2.0"))
    file = load_environment(path)
    (old, new) = difference(file.side("before"), file.side("after"))
    assert (old.path, old.after) == ("client.extensions.banner", None)
    assert old.before
    assert old.before.startswith("1.2.0 (")
    assert (new.path, new.before) == ("client.extensions.banner-2", None)
    assert [one.name for one in load(path).beside] == ["shop", "banner", "banner-2"]


def test_another_content_of_the_same_version_is_in_the_diff_too(tmp_path: Path) -> None:
    place = folder(tmp_path, "banner")
    path = written(tmp_path, "{extensions: [extensions/banner]}")
    before = load_environment(path).side("before")
    (place / "banner.js").write_text("1")
    (change,) = difference(before, load_environment(path).side("before"))
    assert change.path == "client.extensions.banner"


def test_fields_of_the_client_are_rows_of_their_own() -> None:
    client = Client.model_validate(
        {
            "languages": ["zh-CN", "en"],
            "screen": "1920x1080",
            "clock": "+3d",
            "policies": {"Blocked": ["*"], "Name": "中"},
            "preferences": {"a.b": True},
        }
    )
    found = rows(Environment(client=client, server=Server(product=Ref(name="shop"))))
    assert {path: found[f"client.{path}"] for path in ("languages", "screen", "clock", "fonts", "pixel_ratio")} == {
        "languages": "zh-CN, en",
        "screen": "1920x1080",
        "clock": "+3d",
        "fonts": "dejavu-core, liberation, wqy-microhei",
        "pixel_ratio": "1.0",
    }
    assert found["client.policies.Blocked"] == '["*"]'
    assert found["client.policies.Name"] == '"中"'
    assert found["client.preferences.a.b"] == "true"
    assert "client.screen" not in rows(Environment(server=Server(product=Ref(name="shop"))))


def test_an_upgrade_changes_one_policy_and_keeps_the_others(tmp_path: Path) -> None:
    file = load_environment(written(tmp_path, "{policies: {A: 1, B: 2}}", "{policies: {B: 3}}"))
    assert file.side("after").client.policies == {"A": 1, "B": 3}
    assert len({file.side("before"), file.side("after"), file.side("after")}) == 2


def test_settings_are_known_by_what_they_say() -> None:
    assert hash(Settings({"a": [1], "b": 2})) == hash(Settings({"b": 2, "a": [1]}))
    assert hash(Settings({"a": 1})) != hash(Settings({"a": 2}))


def test_what_the_browser_cannot_honour_is_said_with_its_place_and_who_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plain(type(BROWSERS["chromium"])):  # type: ignore[misc]
        def refusals(self, client: Client) -> dict[str, Message]:
            return {"policies": Message("plain cannot honour `policies`")} if client.policies else {}

    monkeypatch.setitem(BROWSERS, "plain", Plain())
    path = written(tmp_path, "{browser: plain, policies: {A: 1}}")
    with pytest.raises(InputError) as caught:
        load_environment(path)
    assert f"{path}:3:26: plain cannot honour `policies`\n  → these can: chromium" in caught.value.into("en")

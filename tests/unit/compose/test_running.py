"""What stays of a project: product, browser, what stands between them, the door."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.compose import running
from harness.compose.opening import opening
from harness.compose.releases import Lineage
from harness.compose.services import Service
from harness.model import Context, Link, Rendering
from tests.unit.compose.lineages import chain, lineage, recipe, release


def planned(of: Lineage) -> dict[str, Service]:
    return {one.name: one for one in running.planned(of)}


def linked(folder: Path, **link: Any) -> Lineage:
    return lineage(release(recipe(folder), link=Link(**link), certificates=["replica"] if "tls" in link else []))


def test_what_answers_in_the_products_place_has_its_name(tmp_path: Path) -> None:
    there = planned(linked(tmp_path, tls=True))
    assert list(there) == ["origin", "product", "browser", "door"]
    assert there["origin"].spec.alias == "origin"
    config = next(bytes(file.content) for file in there["product"].image.copied["/srv"] if file.path == "httpd.conf")
    assert b"ProxyPass / http://origin:8000/" in config
    assert "8000=product:8443" in there["door"].command
    assert there["door"].check is not None
    assert "origin:8000" in there["door"].check.command, "it asks the product itself"
    assert there["browser"].after == {"product": "service_healthy", "origin": "service_started"}


def test_the_browser_trusts_the_authority_of_its_project(tmp_path: Path) -> None:
    there = planned(linked(tmp_path, tls=True))
    browser, product = there["browser"].image, there["product"].image
    (authority,) = browser.copied["/opt/certificates"]
    assert authority.path == "replica"
    assert any("certutil" in line and "/opt/certificates/replica" in line for line in browser.as_user)
    keys = [file for file in product.copied["/srv"] if b"PRIVATE KEY" in bytes(file.content)]
    assert [file.path for file in keys] == ["key.pem"]


def test_passwords_of_links_are_in_no_image(tmp_path: Path) -> None:
    of = linked(tmp_path, proxy={"user": "bob"}, basic_auth={"user": "anna", "password": "${env:DOOR_KEY}"})
    there = planned(of)
    own = of.credentials.values["REPLICA_PROXY_PASSWORD"]
    assert there["proxy"].spec.environment == {
        "LOGIN_USER": "bob",
        "LOGIN_PASSWORD": "${env:REPLICA_PROXY_PASSWORD}",
    }
    assert there["product"].spec.environment == {"LOGIN_USER": "anna", "LOGIN_PASSWORD": "${env:DOOR_KEY}"}
    assert list(of.credentials.asked) == ["DOOR_KEY"]
    for name in ("proxy", "product"):
        assert there[name].command[:3] == ("perl", "/opt/project/login.pl", "/srv/passwords")
        for file in there[name].image.added().values():
            assert file.path != "passwords"
            assert own.encode() not in bytes(file.content)


def test_the_browser_is_opened_as_the_customer_has_it(tmp_path: Path) -> None:
    of = linked(tmp_path, proxy={}, blocked=["ads.example"])
    asked = json.loads(opening(of))["capabilities"]["alwaysMatch"]["goog:chromeOptions"]["args"]
    assert "--proxy-server=http://proxy:3128" in asked
    (rules,) = [one for one in asked if one.startswith("--host-resolver-rules=")]
    assert "EXCLUDE product" in rules
    alone = lineage(release(recipe(tmp_path), link=Link(egress="allow", blocked=("ads.example",))))
    assert (
        "--host-resolver-rules=MAP ads.example ~NOTFOUND"
        in json.loads(opening(alone))["capabilities"]["alwaysMatch"]["goog:chromeOptions"]["args"]
    )


@pytest.mark.parametrize(("lines", "image"), [((), "shop@sha256:" + "0" * 64), (("ENV A=b",), None)])
def test_an_image_that_is_given_is_named_where_nothing_comes_on_top(
    tmp_path: Path, lines: tuple[str, ...], image: str | None
) -> None:
    import dataclasses

    parent = "shop@sha256:" + "0" * 64
    one = release(recipe(tmp_path))
    given = Context(name="plugins", parent=parent, dockerfile="\n".join([f"FROM {parent}", *lines, ""]))
    rendering = Rendering(server=(given,), browser=chain("USER browser"))
    product = planned(lineage(dataclasses.replace(one, rendering=rendering)))["product"]
    found = product.document("shop", builds=True)
    assert found["image"] == (image or "shop/after-server")
    assert ("build" in found) is (image is None)

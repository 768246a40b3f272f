"""Services that are given as images: what a hop makes of them, and what of them cannot be exported."""

import hashlib
from pathlib import Path

import pytest

from harness import spec
from harness.compose import refusals
from harness.errors import InputError
from harness.model import ServiceRef, difference

DIGEST = "1" * 64
RECIPE = """\
schema: 1
name: shop
product: {version: ["1.0"]}
start: [shop]
port: 80
data: [/srv/data]
services: [store]
environment: {STORE: "{{ services.store.url }} {{ services.store.version }}"}
"""


def written(folder: Path, services: str, *hops: str, recipe: str = RECIPE) -> Path:
    (folder / "recipes/shop").mkdir(parents=True, exist_ok=True)
    (folder / "recipes/shop/recipe.yaml").write_text(recipe)
    upgrade = "".join(f"  - {hop}\n" for hop in hops)
    path = folder / "shop.yaml"
    path.write_text(
        f"schema: 1\nname: shop\nserver:\n  product: shop@1.0\n  services: {services}\n"
        + (f"upgrade:\n{upgrade}" if hops else "")
    )
    return path


def services(path: Path) -> list[dict[str, ServiceRef]]:
    file = spec.load_environment(path)
    return [{ref.name: ref for ref in one.server.services} for one in file.environments]


VARIABLES = '{A: b, C: "{{ service.host }}"}'
STORE = f'{{name: store, image: "a@sha256:{DIGEST}", port: 1, data: [/d], environment: {VARIABLES}}}'


def test_a_hop_brings_another_image_and_keeps_the_rest(tmp_path: Path) -> None:
    hop = f'server: {{services: [{{name: store, image: "b@sha256:{DIGEST}", environment: {{A: x}}}}]}}'
    path = written(tmp_path, f"[{STORE}]", hop)
    before, after = (one["store"] for one in services(path))
    assert (str(before), str(after)) == (f"store (a@{DIGEST[:12]})", f"store (b@{DIGEST[:12]})")
    assert (after.port, after.data, dict(after.environment)) == (1, ("/d",), {"A": "x", "C": "{{ service.host }}"})
    changes = {one.path: (one.before, one.after) for one in difference(*spec.load_environment(path).environments)}
    assert changes == {
        "server.services.store": (f"a@{DIGEST[:12]}", f"b@{DIGEST[:12]}"),
        "server.services.store.environment.A": ("b", "x"),
    }


def test_nothing_of_a_package_is_of_an_image_nor_the_other_way_round(tmp_path: Path) -> None:
    image = f'{{name: redis, image: "redis@sha256:{DIGEST}", environment: {{A: b}}}}'
    hops = [f"server: {{services: [{one}]}}" for one in (image, "redis@7.0", "redis@none")]
    path = written(tmp_path, f"[{{name: redis, version: 7.0, os: debian:12}}, {STORE}]", *hops)
    first, second, third, last = services(path)
    assert (first["redis"].os, second["redis"].os, second["redis"].version) == ("debian:12", "", "latest")
    assert second["redis"].image
    assert (third["redis"].image, third["redis"].version, dict(third["redis"].environment)) == (None, "7.0", {})
    assert last.keys() == {"store"}


def test_a_package_that_becomes_an_image_differs_in_what_is_said_of_it(tmp_path: Path) -> None:
    image = f'{{name: redis, image: "redis@sha256:{DIGEST}", ready: {{timeout_s: 5}}}}'
    path = written(tmp_path, f"[redis@7.0, {STORE}]", f"server: {{services: [{image}]}}")
    changes = {one.path: (one.before, one.after) for one in difference(*spec.load_environment(path).environments)}
    assert changes == {
        "server.services.redis": ("7.0", f"redis@{DIGEST[:12]}"),
        "server.services.redis.ready.timeout_s": (None, "5.0"),
    }
    usual = written(tmp_path, f"[redis@7.0, {STORE}]", f"server: {{services: [{image.replace(': 5}', ': 60}')}]}}")
    assert [one.path for one in difference(*spec.load_environment(usual).environments)] == ["server.services.redis"]


def test_an_archive_lies_beside_the_file_and_belongs_to_it(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    archive = tmp_path / "services/store.tar"
    archive.write_bytes(b"an archive")
    sha256 = hashlib.sha256(b"an archive").hexdigest()
    path = written(
        tmp_path, f"[{{name: store, image: {{from: services/store.tar, sha256: {sha256}}}, port: 1, data: []}}]"
    )
    assert spec.load_environment(path).beside == (archive,)
    archive.write_bytes(b"another")
    with pytest.raises(InputError) as caught:
        spec.load_environment(path)
    assert f"{path}:5:70: `services/store.tar` is not the file that is meant" in caught.value.into("en")


def test_what_a_recipe_needs_that_nobody_packages_is_asked_for_as_an_image(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        spec.load_environment(written(tmp_path, "[]"))
    assert "`shop` needs the service `store`\n  → give an image that there is: {name: store" in caught.value.into("en")


def test_a_seed_that_an_image_does_not_take_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recipes/shop").mkdir(parents=True)
    (tmp_path / "recipes/shop/people.ldif").write_text("dn: a")
    recipe = RECIPE.replace("[store]", "[ldap]").replace("services.store", "services.ldap")
    recipe += "seed: [{ldif: {file: people.ldif, service: ldap}}]\n"
    path = written(tmp_path, f'[{{name: ldap, image: "a@sha256:{DIGEST}", port: 1, data: []}}]', recipe=recipe)
    with pytest.raises(InputError) as caught:
        spec.load_environment(path)
    assert caught.value.into("en").startswith(f"{path}:5:27: `ldap` as an image takes no ldif")


def test_an_image_over_the_data_of_another_cannot_be_exported(tmp_path: Path) -> None:
    other = f'server: {{services: [{{name: store, image: "b@sha256:{DIGEST}"}}]}}'
    path = written(tmp_path, f"[{STORE}]", f"{{kind: in-place, {other}}}")
    (found,) = refusals(spec.load(path, None))
    assert (found.line, found.column) == (7, 31)
    assert refusals(spec.load(written(tmp_path, f"[{STORE}]", f"{{{other}}}"), None)) == ()
    same = "{kind: in-place, server: {product: shop@1.0}}"
    assert refusals(spec.load(written(tmp_path, f"[{STORE}]", same), None)) == ()

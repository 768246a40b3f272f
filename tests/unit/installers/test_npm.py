"""harness.installers.npm: what a lock of npm's becomes, and the archive that goes into an image."""

import base64
import hashlib
import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness import beside
from harness.cache import Cache
from harness.errors import FetchError, GoneError, InputError
from harness.installers.npm import member as npm
from harness.installers.npm import registry
from harness.installers.npm.archive import archive
from harness.installers.npm.member import Npm, NpmArguments
from harness.language import Message
from harness.model import Base, Package
from harness.protocols import Site
from harness.systems import SYSTEMS
from tests.unit.installers.packing import tarball
from tests.unit.shop import DictRegistry


@pytest.fixture
def site(tmp_path: Path) -> Site:
    base = Base(os="debian:12", source="bootstrap")
    registry = DictRegistry(cache=Cache(tmp_path / "cache"), closed=True)
    return Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=registry)


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def test_a_package_that_there_is_not_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """npm says `Not Found - GET …` with the whole address of the registry."""

    def run(arguments: object, folder: Path) -> object:
        raise InputError(Message("npm finds nothing that fits: {reason}", reason="Not Found - GET https://r.example/x"))

    monkeypatch.setattr(registry, "run", run)
    with pytest.raises(InputError, match="no package `d3-tipp`") as caught:
        registry.versions("d3-tipp")
    assert "version: {npm: …}" in caught.value.into("en")
    assert "version: {npm: …}" in caught.value.into("zh")


# ----------------------------------------------------------------- arguments
@pytest.mark.parametrize(
    "entry", ["jquery", "jquery@1.12.4", "@babel/core@^7.1", "a@>=1 <2", "x@1.x || 2", "lodash@latest"]
)
def test_packages_of_a_registry_are_taken(entry: str) -> None:
    assert NpmArguments.model_validate([entry]).packages == (entry,)


@pytest.mark.parametrize(
    "entry",
    ["--registry=http://x", "", "a@http://x/y.tgz", "a@git+ssh://x", "user/repo", "./local", "a@file:../x", "a@npm:b@1",
     "a b"],
)  # fmt: skip
def test_anything_else_is_refused(entry: str) -> None:
    with pytest.raises(ValidationError):
        NpmArguments.model_validate([entry])


# ---------------------------------------------------------------------- lock
def packages(entries: dict[str, dict[str, Any]], machine: str = "x86_64") -> list[Package]:
    return list(npm._packages(entries, machine))


def test_a_lock_becomes_packages_in_the_order_of_their_paths() -> None:
    entries: dict[str, dict[str, Any]] = {
        "": {"name": "harness"},
        "node_modules/b": {"version": "2.0.0", "integrity": "sha512-b"},
        "node_modules/b/node_modules/@s/a": {
            "version": "1.0.0",
            "integrity": "sha512-a",
            "resolved": "https://x/a.tgz",
        },
        "node_modules/alias": {"name": "real", "version": "3.0.0", "integrity": "sha1-r"},
        "node_modules/b/node_modules/inside": {"version": "1.0.0", "inBundle": True},
    }
    found = packages(entries)
    assert [(one.name, one.version, one.path) for one in found] == [
        ("real", "3.0.0", "node_modules/alias"),
        ("b", "2.0.0", "node_modules/b"),
        ("@s/a", "1.0.0", "node_modules/b/node_modules/@s/a"),
    ]
    assert "https" not in repr(found)


@pytest.mark.parametrize(
    ("entry", "machine", "taken"),
    [
        ({"os": ["linux"], "cpu": ["x64"]}, "x86_64", True),
        ({"os": ["linux"], "cpu": ["arm64"]}, "x86_64", False),
        ({"os": ["linux"], "cpu": ["arm64"]}, "aarch64", True),
        ({"os": ["darwin"]}, "x86_64", False),
        ({"os": ["!win32"]}, "x86_64", True),
        ({"os": ["!linux"]}, "x86_64", False),
        ({"libc": ["musl"]}, "x86_64", False),
        ({"libc": ["glibc"]}, "x86_64", True),
        ({"cpu": "any"}, "x86_64", True),
    ],
)
def test_only_what_runs_in_the_image_is_taken(entry: dict[str, Any], machine: str, taken: bool) -> None:
    whole = {"node_modules/a": {"version": "1.0.0", "integrity": "sha512-a"} | entry}
    assert bool(packages(whole, machine)) is taken


def test_what_comes_from_no_registry_is_refused() -> None:
    with pytest.raises(InputError, match="from-git"):
        packages({"node_modules/from-git": {"version": "1.0.0", "resolved": "git+ssh://x"}})


def test_checksums_are_compared_by_the_strongest_kind() -> None:
    good, other = integrity(b"x"), integrity(b"y")
    sha1 = "sha1-" + base64.b64encode(hashlib.sha1(b"x").digest()).decode()
    assert registry.matches(b"x", good)
    assert registry.matches(b"x", sha1)
    assert registry.matches(b"x", f"{other} {good}")
    assert not registry.matches(b"x", other)
    assert not registry.matches(b"x", f"{sha1} {other}")
    assert not registry.matches(b"x", "")
    assert not registry.matches(b"x", "md5-" + base64.b64encode(hashlib.md5(b"x").digest()).decode())


# ------------------------------------------------------------------- archive
MANIFEST = {"name": "@s/tool", "bin": {"tool": "./cli.js", "escape": "../../x", "gone": "gone.js"}}


def members(path: Path, tarballs: dict[str, Path]) -> dict[str, tarfile.TarInfo]:
    path.write_bytes(b"".join(archive(tarballs)))
    with tarfile.open(path) as made:
        return {member.name: member for member in made}


def test_packages_are_unpacked_where_the_lock_says(tmp_path: Path) -> None:
    tool = tarball(
        tmp_path / "tool.tgz",
        {"package/package.json": json.dumps(MANIFEST), "package/cli.js": "#!", "package/lib/a.js": "1"},
        links=("package/link",),
    )
    odd = tarball(tmp_path / "odd.tgz", {"odd-name/package.json": '{"name": "odd", "bin": "run"}', "odd-name/run": "1",
                                         "odd-name/../../out": "2"})  # fmt: skip
    found = members(tmp_path / "a.tar", {"node_modules/@s/tool": tool, "node_modules/@s/tool/node_modules/odd": odd})
    files = {name for name, member in found.items() if member.isfile()}
    assert files == {
        "node_modules/@s/tool/package.json",
        "node_modules/@s/tool/cli.js",
        "node_modules/@s/tool/lib/a.js",
        "node_modules/@s/tool/node_modules/odd/package.json",
        "node_modules/@s/tool/node_modules/odd/run",
    }
    links = {name: member.linkname for name, member in found.items() if member.issym()}
    assert links == {
        "node_modules/.bin/tool": "../@s/tool/cli.js",
        "node_modules/@s/tool/node_modules/.bin/odd": "../odd/run",
    }
    assert found["node_modules/@s/tool/cli.js"].mode == 0o755
    assert found["node_modules/@s/tool/lib/a.js"].mode == 0o644
    assert {member.mtime for member in found.values()} == {0}
    assert {(member.uid, member.gid) for member in found.values()} == {(0, 0)}


def test_every_folder_comes_before_what_is_in_it(tmp_path: Path) -> None:
    one = tarball(tmp_path / "one.tgz", {"package/a/b/c.js": "1"})
    names = list(members(tmp_path / "a.tar", {"node_modules/one": one}))
    assert names == ["node_modules", "node_modules/one", "node_modules/one/a", "node_modules/one/a/b",
                     "node_modules/one/a/b/c.js"]  # fmt: skip


def test_same_packages_same_bytes(tmp_path: Path) -> None:
    one = tarball(tmp_path / "one.tgz", {"package/b.js": "1", "package/a.js": "2"})
    other = tarball(tmp_path / "other.tgz", {"elsewhere/a.js": "2", "elsewhere/b.js": "1"})
    first = b"".join(archive({"node_modules/one": one, "node_modules/two": one}))
    assert first == b"".join(archive({"node_modules/two": other, "node_modules/one": other}))


@pytest.mark.parametrize("content", [b"", b"not a tarball", b"\x1f\x8b\x08\x00broken"])
def test_a_broken_package_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tgz").write_bytes(content)
    with pytest.raises(FetchError, match="node_modules/x"):
        list(archive({"node_modules/x": tmp_path / "x.tgz"}))


# --------------------------------------------------------------------- fetch
def test_what_is_in_the_cache_starts_no_npm(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "run", lambda *_: pytest.fail("npm was started"))
    content = tarball(tmp_path / "one.tgz", {"package/a.js": "1"}).read_bytes()
    package = Package(
        installer="npm", name="one", version="1.0.0", checksum=integrity(content), path="node_modules/one"
    )
    cache = site.registry.cache
    cache.remember("npm-files", package.checksum, value=cache.add([content])[0])
    assert Npm().has([package], (), site)
    (file,) = Npm().fetch([package], (), site)
    assert file.sha256 == hashlib.sha256(Path(str(file.content)).read_bytes()).hexdigest()
    assert Npm().contents((), [package], (), site).instructions == (f"ADD {file.path} /srv/",)


def test_a_file_that_is_not_what_was_locked_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def pack(arguments: list[str], folder: Path) -> list[dict[str, str]]:
        (folder / "s-one-1.0.0.tgz").write_bytes(b"something else")
        return [{"name": "@s/one", "version": "1.0.0", "filename": "@s/one-1.0.0.tgz"}]

    monkeypatch.setattr(registry, "run", pack)
    package = Package(
        installer="npm", name="@s/one", version="1.0.0", checksum=integrity(b"x"), path="node_modules/@s/one"
    )
    assert not Npm().has([package], (), site)
    with pytest.raises(FetchError, match=r"@s/one@1\.0\.0"):
        Npm().fetch([package], (), site)
    assert not Npm().has([package], (), site)


def test_what_a_registry_no_longer_has_is_gone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def pack(arguments: list[str], folder: Path) -> None:
        raise InputError(npm.Message("no matching version found for one@1.0.0"))

    monkeypatch.setattr(registry, "run", pack)
    package = Package(installer="npm", name="one", version="1.0.0", checksum=integrity(b"x"), path="node_modules/one")
    with pytest.raises(GoneError, match=r"one@1\.0\.0"):
        Npm().fetch([package], (), site)


def test_without_packages_there_is_nothing_to_do(site: Site) -> None:
    assert Npm().fetch((), (), site) == ()
    assert Npm().contents((), (), (), site).instructions == ()


# ---------------------------------------------------------------- files beside
def given(site: Site, *names: str) -> NpmArguments:
    return beside.sealed(NpmArguments.model_validate({"files": list(names)}), site.folder)


@pytest.fixture
def recipe(site: Site, tmp_path: Path) -> Site:
    folder = tmp_path / "recipe"
    folder.mkdir()
    manifest = json.dumps({"name": "@shop/cart", "version": "2.1.0", "main": "cart.js"})
    tarball(folder / "cart-2.1.0.tgz", {"package/package.json": manifest, "package/cart.js": "cart"})
    return replace(site, folder=folder)


def test_a_package_beside_the_recipe_is_locked_and_unpacked_without_a_registry(recipe: Site) -> None:
    wanted = given(recipe, "cart-2.1.0.tgz")
    (package,) = Npm().resolve([wanted], {}, (), recipe)
    content = (recipe.folder / "cart-2.1.0.tgz").read_bytes()
    assert (package.name, package.version, package.path) == ("@shop/cart", "2.1.0", "node_modules/@shop/cart")
    assert package.checksum == integrity(content)
    (file,) = Npm().fetch([package], (), recipe)
    with tarfile.open(Path(str(file.content))) as made:
        assert "node_modules/@shop/cart/cart.js" in made.getnames()


def test_a_package_is_taken_from_beside_the_recipe_where_the_cache_has_lost_it(
    recipe: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = given(recipe, "cart-2.1.0.tgz")
    packages = Npm().resolve([wanted], {}, (), recipe)
    elsewhere = DictRegistry(cache=Cache(tmp_path / "other"), closed=True)
    monkeypatch.setattr(registry, "run", lambda *_: pytest.fail("a registry was asked"))
    assert Npm().fetch(packages, (), replace(recipe, registry=elsewhere, asked=(wanted,)))


@pytest.mark.parametrize("files", [{}, {"package/package.json": "{"}, {"package/package.json": '{"name": "../x"}'},
                                   {"package.json": '{"name": "x"}'}])  # fmt: skip
def test_what_is_no_package_is_named(recipe: Site, files: dict[str, str]) -> None:
    tarball(recipe.folder / "x.tgz", files)
    with pytest.raises(InputError, match=r"x\.tgz is no npm package"):
        Npm().resolve([given(recipe, "x.tgz")], {}, (), recipe)


@pytest.mark.parametrize(
    "asked", [{}, {"files": ["x.zip"]}, {"packages": [], "files": []}, {"files": [{"sha256": "0"}]}]
)
def test_files_that_cannot_be_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NpmArguments.model_validate(asked)

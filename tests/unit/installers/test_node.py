"""harness.installers.npm.node: which Node.js is taken, and what an image gets of it."""

import base64
import hashlib
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import FetchError, InputError
from harness.installers.npm import Node, NodeArguments, registry
from harness.model import Base
from harness.protocols import Site
from harness.systems import SYSTEMS
from tests.unit.installers.packing import tarball
from tests.unit.shop import DictRegistry

PUBLISHED = ["0.12.18", "16.20.2", "18.20.7", "18.20.8", "20.0.0-rc.1", "20.19.5"]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What npm is asked; it has every version."""
    seen: list[Sequence[str]] = []
    files = {"package/bin/node": "node", "package/LICENSE": "MIT", "package/include/node/v8.h": "x" * 1000}
    content = tarball(tmp_path / "node.tgz", files).read_bytes()  # gzip writes the time into it

    def run(arguments: Sequence[str], folder: Path) -> Any:
        seen.append(arguments)
        if arguments[-2] == "versions":
            return PUBLISHED
        if arguments[0] == "pack":
            (folder / "node.tgz").write_bytes(content)
            name, _, version = arguments[-1].rpartition("@")
            return [{"name": name, "version": version, "filename": "node.tgz"}]
        return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()

    monkeypatch.setattr(registry, "run", run)
    return seen


@pytest.fixture
def site(tmp_path: Path) -> Site:
    base = Base(os="debian:12", source="bootstrap")
    registry = DictRegistry(cache=Cache(tmp_path / "cache"), closed=True)
    return Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=registry)


def wanted(*versions: Any) -> list[NodeArguments]:
    return [NodeArguments.model_validate(version) for version in versions]


@pytest.mark.parametrize(
    ("asked_for", "version"),
    [
        ("18", "18.20.8"),
        ("18.20.7", "18.20.7"),
        (">=16,<20", "18.20.8"),
        ("latest", "20.19.5"),
        ({"version": "16"}, "16.20.2"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_the_newest_release_that_fits_is_locked(site: Site, asked_for: Any, version: str) -> None:
    (package,) = Node().resolve(wanted(asked_for), {}, (), site)
    assert (package.installer, package.name, package.version) == ("node", "node", version)
    assert package.checksum.startswith("sha512-")


@pytest.mark.usefixtures("asked")
def test_a_version_that_never_was_names_the_nearest(site: Site) -> None:
    with pytest.raises(InputError) as refused:
        Node().resolve(wanted("19"), {}, (), site)
    assert "18.20.8" in refused.value.into("en")
    with pytest.raises(InputError, match="one Node"):
        Node().resolve(wanted("16", "18"), {}, (), site)
    with pytest.raises(InputError, match="no package `nod`"):
        Node().versions("nod", site)


def test_what_is_preferred_is_taken_without_asking(site: Site, asked: list[Any]) -> None:
    packages = Node().resolve(wanted("18.20.7"), {}, (), site)
    asked.clear()
    assert Node().resolve(wanted("18"), {}, packages, site) == packages
    assert asked == []


def test_the_image_gets_the_program_alone_and_it_is_fetched_once(site: Site, asked: list[Any]) -> None:
    packages = Node().resolve(wanted("18"), {}, (), site)
    assert not Node().has(packages, (), site)
    made = Node().contents(wanted("18"), packages, (), site)
    assert made.instructions == ("ADD node-18.20.8.tar /usr/local/",)
    with tarfile.open(Path(str(made.files[0].content))) as archive:
        found = {one.name: one.mode for one in archive}
    assert found == {"bin/node": 0o755, "share/doc/node/LICENSE": 0o644}
    assert Node().has(packages, (), site)
    asked.clear()
    assert Node().contents(wanted("18"), packages, (), site) == made
    assert asked == []


@pytest.mark.usefixtures("asked")
def test_a_package_without_a_program_is_broken(site: Site, tmp_path: Path) -> None:
    (package,) = Node().resolve(wanted("18"), {}, (), site)
    sha256, _ = site.registry.cache.add([tarball(tmp_path / "x.tgz", {"package/x": ""}).read_bytes()])
    site.registry.cache.remember("npm-files", package.checksum, value=sha256)
    with pytest.raises(FetchError, match="cannot be unpacked"):
        Node().fetch([package], (), site)


@pytest.mark.parametrize("value", ["new", "", "18 || 20", {"versions": "18"}, [], {"version": "-v"}])
def test_what_is_no_version_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        NodeArguments.model_validate(value)

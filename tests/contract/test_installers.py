"""One specification for every installer, against the registries that this machine is set to use."""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness.cache import Cache
from harness.engine import ContainerRegistry, Engine
from harness.errors import GoneError, InputError
from harness.installers import INSTALLERS
from harness.lock.resolver import this_machine
from harness.model import File, Package
from harness.protocols import Contents, Installer, Site
from harness.systems import SYSTEMS

pytestmark = pytest.mark.engine


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What an installer is asked in these tests."""

    wanted: Any  # arguments
    more: Any  # arguments of a plug-in, which needs something that `wanted` needs too
    package: str = ""  # of `wanted`; empty where the installer knows no packages
    held: str = ""  # a package that both need
    named: bool = True  # arguments are names of packages
    grows: bool = True  # `more` is locked beside `wanted`
    layers: bool = True  # each of the two is a layer of its own
    refused: tuple[Any, ...]  # arguments


def zipped(name: str) -> bytes:
    """An archive with one file, always the same bytes."""
    with zipfile.ZipFile(made := io.BytesIO(), "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}.html"), name)
    return made.getvalue()


def checksum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


SAMPLES = {
    "apt": Sample(
        wanted=["python3"],
        more=["python3-venv"],
        package="python3",
        refused=([], ["-o=Dir=/"], ["a; b"], [""]),
    ),
    "pip": Sample(
        wanted=["flask==3.0.3"],
        more=["flask-admin==1.6.1", "docopt==0.6.2"],
        package="flask",
        held="werkzeug",
        refused=([], ["--index-url=x"], ["a @ https://x.invalid/a.whl"], ["./a"]),
    ),
    "npm": Sample(
        wanted=["send@0.19.0"],
        more=["serve-static@1.16.2"],
        package="send",
        held="ms",
        refused=([], ["--registry=x"], ["a@https://x.invalid/a.tgz"], ["./a"]),
    ),
    "archive": Sample(
        wanted={"from": "site.zip", "sha256": checksum_of(zipped("site")), "to": "/srv"},
        more={"from": "more.zip", "sha256": checksum_of(zipped("more")), "to": "/srv/more"},
        refused=({"from": "site.zip", "to": "/srv"}, {"from": "site.zip", "sha256": "0", "to": "/srv"}, "site.zip"),
    ),
    "image": Sample(
        wanted={"from": "site.zip", "sha256": checksum_of(zipped("site"))},
        more={"from": "more.zip", "sha256": checksum_of(zipped("more"))},
        layers=False,
        refused=("shop:2.1", {"from": "site.zip"}, {}, []),
    ),
    "dockerfile": Sample(
        wanted="site",
        more="more",
        grows=False,
        layers=False,
        refused=("", {"from": "site", "file": "/etc/passwd"}, {"from": "site", "egress": "host"}, []),
    ),
    "node": Sample(
        wanted="4.9.1",
        more="4.9.1",
        package="node",
        named=False,
        grows=False,
        layers=False,
        refused=("new", "", [], {"version": "--v"}),
    ),
    "files": Sample(
        wanted={"from": "site", "to": "/srv"},
        more={"from": "more", "to": "/srv"},
        grows=False,
        refused=({"from": "site"}, {"from": "site", "to": "relative"}, "site"),
    ),
}


@pytest.fixture(params=INSTALLERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def installer(name: str) -> Installer:
    return INSTALLERS[name]


@pytest.fixture
def sample(name: str) -> Sample:
    return SAMPLES[name]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def site(engine: Engine, shared: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("HARNESS_CACHE", str(shared.folder))
    for folder in ("site", "more"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.html").write_text(folder)
        (tmp_path / f"{folder}.zip").write_bytes(zipped(folder))
    registry = ContainerRegistry(shared, engine=engine)
    system = SYSTEMS["debian:12"]
    base = registry.base(system)
    yield Site(system=system, base=base, machine=this_machine(), registry=registry, folder=tmp_path, user="app")


@pytest.fixture
def elsewhere(site: Site, tmp_path: Path) -> Site:
    """The same place with an empty cache."""
    registry = ContainerRegistry(Cache(tmp_path / "empty"), engine=site.registry.engine)  # type: ignore[attr-defined]
    return replace(site, registry=registry)


def arguments(installer: Installer, *data: Any) -> list[Any]:
    return [installer.Arguments.model_validate(one) for one in data]


_resolved: dict[str, tuple[Package, ...]] = {}


def packages(
    installer: Installer,
    sample: Sample,
    site: Site,
    *,
    more: bool = False,
    held: dict[str, str] | None = None,
    preferred: tuple[Package, ...] = (),
    again: bool = False,
) -> tuple[Package, ...]:
    """What the sample resolves to; asked once for all tests, unless ``again``."""
    key = repr((type(installer), more, held, preferred, site.registry.cache.folder))
    if again or key not in _resolved:
        both = [sample.wanted, sample.more] if more else [sample.wanted]
        _resolved[key] = installer.resolve(arguments(installer, *both), held or {}, preferred, site)
    return _resolved[key]


def contents(installer: Installer, sample: Sample, site: Site) -> tuple[Contents, Contents]:
    """Of the product's layer, and of the plug-ins' above it."""
    below = packages(installer, sample, site)
    both = packages(installer, sample, site, more=True, preferred=below)
    kept = [package for package in below if package in both]
    above = [package for package in both if package not in below]
    product = installer.contents(arguments(installer, sample.wanted), kept, (), site)
    return product, installer.contents(arguments(installer, sample.more), above, kept, site)


def test_every_installer_has_a_sample() -> None:
    assert SAMPLES.keys() == INSTALLERS.keys()


def test_arguments_that_are_no_packages_of_a_registry_are_refused(installer: Installer, sample: Sample) -> None:
    for data in sample.refused:
        with pytest.raises(ValidationError):
            installer.Arguments.model_validate(data)


def test_arguments_survive_being_written_and_read(installer: Installer, sample: Sample) -> None:
    (made,) = arguments(installer, sample.wanted)
    assert installer.Arguments.model_validate(made.model_dump(mode="json", by_alias=True)) == made


def test_what_it_needs_is_what_apt_can_install(installer: Installer) -> None:
    for system in SYSTEMS.values():
        needed = list(installer.needs(system))
        assert not needed or INSTALLERS["apt"].Arguments.model_validate(needed)


def test_published_versions_are_those_of_one_package(installer: Installer, sample: Sample, site: Site) -> None:
    if not sample.package:
        with pytest.raises(InputError):
            installer.versions("site", site)
        return
    versions = installer.versions(sample.package, site)
    assert versions and len(set(versions)) == len(versions)
    (found,) = {one.version for one in packages(installer, sample, site) if one.name == sample.package}
    assert found in versions


def test_a_package_that_is_not_there_is_the_user_s_mistake(installer: Installer, sample: Sample, site: Site) -> None:
    if sample.package and sample.named:
        with pytest.raises(InputError):
            installer.versions("harness-no-such-package-anywhere", site)
        with pytest.raises(InputError):
            installer.resolve(arguments(installer, ["harness-no-such-package-anywhere"]), {}, (), site)


def test_the_same_question_has_the_same_answer(installer: Installer, sample: Sample, site: Site) -> None:
    first = packages(installer, sample, site, more=True)
    assert packages(installer, sample, site, more=True, again=True) == first
    assert all(one.installer == name_of(installer) and one.version and one.checksum for one in first)
    assert len({(one.name, one.path, one.file) for one in first}) == len(first)


def name_of(installer: Installer) -> str:
    return next(name for name, one in INSTALLERS.items() if one is installer)


def test_nothing_that_is_locked_names_a_registry(installer: Installer, sample: Sample, site: Site) -> None:
    for package in packages(installer, sample, site, more=True):
        assert not re.search(r"://|registry|index\.", package.model_dump_json())


def test_packages_of_the_product_stay_as_they_are_with_a_plugin(
    installer: Installer, sample: Sample, site: Site
) -> None:
    below = packages(installer, sample, site)
    both = packages(installer, sample, site, more=True, preferred=below)
    assert set(below) <= set(both)
    assert sample.grows is (len(both) > len(below))


@pytest.mark.parametrize("name", [name for name, sample in SAMPLES.items() if sample.held])
def test_a_package_below_can_be_held(installer: Installer, sample: Sample, site: Site) -> None:
    now = next(one.version for one in packages(installer, sample, site) if one.name == sample.held)
    published = [one for one in installer.versions(sample.held, site) if re.fullmatch(r"[\d.]+", one)]
    earlier = published[published.index(now) - 1]
    held = packages(installer, sample, site, held={sample.held: earlier})
    assert {one.version for one in held if one.name == sample.held} == {earlier}


def test_files_are_what_their_checksums_say_and_are_fetched_once(
    installer: Installer, sample: Sample, elsewhere: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = packages(installer, sample, elsewhere)
    installer.fetch(found, (), elsewhere)
    assert installer.has(found, (), elsewhere)
    offline(monkeypatch)
    for file in installer.fetch(found, (), replace(elsewhere, registry=Closed(elsewhere.registry.cache))):
        assert checksum(file) == file.sha256


@dataclass
class Closed:
    """A registry that must not be asked."""

    cache: Cache

    def base(self, system: Any, wanted: Any = None) -> Any:
        raise AssertionError("the engine was asked")

    def fetch(self, base: Any, script: str) -> Any:
        raise AssertionError("a container was started")


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    from harness.engine import process

    monkeypatch.setattr(process, "process", lambda *_, **__: pytest.fail("a process was started"))
    monkeypatch.setattr(requests.Session, "send", lambda *_, **__: pytest.fail("the network was used"))


def checksum(file: File) -> str:
    return checksum_of(file.content if isinstance(file.content, bytes) else file.content.read_bytes())


def test_a_version_that_no_registry_has_is_gone(installer: Installer, sample: Sample, elsewhere: Site) -> None:
    if sample.package:
        found = next(one for one in packages(installer, sample, elsewhere) if one.name == sample.package)
        file = found.file.replace(found.version, "0.0.999")
        checksum = "sha512-" + "A" * 86 + "==" if found.checksum.startswith("sha512") else "sha256:" + "0" * 64
        gone = found.model_copy(update={"version": "0.0.999", "file": file, "checksum": checksum})
        assert not installer.has([gone], (), elsewhere)
        with pytest.raises(GoneError) as raised:
            installer.fetch([gone], (), elsewhere)
        assert sample.package in str(raised.value)
        assert "0.0.999" in str(raised.value)


LAYERED = [name for name, sample in SAMPLES.items() if sample.layers]


@pytest.mark.parametrize("name", LAYERED)
def test_same_packages_same_layer(installer: Installer, sample: Sample, site: Site) -> None:
    assert contents(installer, sample, site) == contents(installer, sample, site)


@pytest.mark.parametrize("name", LAYERED)
def test_a_layer_needs_no_network_and_names_nothing_of_this_machine(
    installer: Installer, sample: Sample, site: Site
) -> None:
    for layer in contents(installer, sample, site):
        text = "\n".join(layer.instructions)
        assert layer.files and text
        assert not re.search(r"https?:|proxy|\.pem|\.crt|index-url|registry", text)
        assert str(site.registry.cache.folder) not in text and str(site.folder) not in text
        assert all(not Path(file.path).is_absolute() and ".." not in Path(file.path).parts for file in layer.files)


@pytest.mark.parametrize("name", LAYERED)
def test_a_layer_above_does_not_hold_what_is_below(installer: Installer, sample: Sample, site: Site) -> None:
    product, plugins = contents(installer, sample, site)
    tools = {file.sha256 for file in product.files if "/build/" in file.path}  # they install, and are not installed
    assert not {file.sha256 for file in product.files} & {file.sha256 for file in plugins.files} - tools

"""Installers over registries that are dictionaries, and a shop that is installed with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.cache import Cache
from harness.errors import GoneError, InputError
from harness.installers import INSTALLERS
from harness.language import Message
from harness.model import (
    Base,
    Client,
    Environment,
    EnvironmentFile,
    File,
    Installation,
    Package,
    Part,
    Recipe,
    Ref,
    Server,
    VersionSource,
)
from harness.model.packages import PackageList
from harness.protocols import Contents, Installer, Site
from harness.systems import System
from harness.versions import choose


@dataclass(kw_only=True)
class DictInstaller:
    """Resolves to the newest version of each package and of what it needs; files are made of names."""

    name: str
    published: dict[str, list[str]]
    needed: dict[str, list[str]] = field(default_factory=dict)  # "name version" or "name" -> names
    drifts: bool = False
    system_packages: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)
    Arguments: type[PackageList] = PackageList

    def needs(self, system: System) -> tuple[str, ...]:
        return self.system_packages

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        self.calls.append(f"versions {package}")
        if package not in self.published:
            raise InputError(Message("no package {package}", package=package))
        return tuple(self.published[package])

    def resolve(
        self, wanted: Sequence[PackageList], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        names = sorted(
            (entry for arguments in wanted for entry in arguments.packages), key=lambda entry: "=" not in entry
        )
        self.calls.append(f"resolve {' '.join(names)}")
        kept = {package.name: package.version for package in preferred}
        found: dict[str, str] = {}
        while names:
            name, _, version = names.pop(0).partition("=")
            version = version or held.get(name, "")
            if not version:
                version = kept[name] if kept.get(name) in self.published[name] else self.published[name][-1]
            if name not in found:
                found[name] = choose(version, self.published[name])
                names += self.needed.get(f"{name} {found[name]}", self.needed.get(name, []))
        return tuple(self.package(name, found[name]) for name in sorted(found))

    def package(self, name: str, version: str) -> Package:
        sha256 = File.of("", f"{name} {version}".encode()).sha256
        return Package(installer=self.name, name=name, version=version, checksum=f"sha256:{sha256}")

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        return all(site.registry.cache.find(_sha256(package)) for package in packages)

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        files = []
        for package in packages:
            path = site.registry.cache.find(_sha256(package))
            if path is None:
                self.calls.append(f"fetch {package.name} {package.version}")
                if package.version not in self.published[package.name]:
                    raise GoneError(Message("{name} {version} is gone", name=package.name, version=package.version))
                _, path = site.registry.cache.add([f"{package.name} {package.version}".encode()])
            files.append(File(path=f"{self.name}/{package.name}", sha256=_sha256(package), content=path))
        return tuple(files)

    def contents(
        self, wanted: Sequence[PackageList], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        if not packages:
            return Contents()
        words = " ".join(f"{package.name}={package.version}" for package in packages)
        return Contents(files=self.fetch(packages, below, site), instructions=(f"RUN {self.name} {words}",))


def _sha256(package: Package) -> str:
    return package.checksum.removeprefix("sha256:")


@dataclass(kw_only=True)
class DictRegistry:
    """A registry without an engine. ``bases`` are those that cannot be had, and what comes instead."""

    cache: Cache
    bases: dict[Base, Base] = field(default_factory=dict)
    closed: bool = False

    def base(self, system: System, wanted: Base | None = None) -> Base:
        assert not self.closed, "the engine was asked"
        base = wanted or Base(os=system.name, source="bootstrap")
        return self.bases.get(base, base)

    def fetch(self, base: Base, script: str) -> Mapping[str, Path]:
        raise AssertionError("no installer here runs a script")


@dataclass(kw_only=True)
class Shop:
    """A shop with a plug-in, a compat layer and a dependency, on registries one can change."""

    registry: DictRegistry
    folder: Path
    apt: DictInstaller = field(
        default_factory=lambda: DictInstaller(
            name="apt",
            drifts=True,
            published={
                "chromium": ["150.0-1", "156.0-1"],
                "chromium-driver": ["150.0-1", "156.0-1", "156.1-1"],
                "redis-server": ["5:7.0.15-1", "5:7.0.15-2"],
                **{name: ["1-1", "1-2"] for name in ("tzdata", "locales", "python3")},
                **{name: ["2"] for name in ("fonts-dejavu-core", "fonts-liberation", "fonts-wqy-microhei")},
            },
        )
    )
    pip: DictInstaller = field(
        default_factory=lambda: DictInstaller(
            name="pip",
            system_packages=("python3",),
            published={"shop": ["1.0", "2.0"], "coupon": ["0.5", "0.6"], "forms": ["3.1", "3.2"], "bridge": ["1.0"]},
            needed={"shop": ["forms"], "coupon": ["forms"], "bridge": []},
        )
    )

    def recipe(self, **changes: object) -> Recipe:
        def part(name: str, word: str) -> Part:
            entry = Installation(installer="pip", arguments=[f"{name}={{{{ {word}.version }}}}"])
            return Part(version=VersionSource(installer="pip", package=name), install=(entry,))

        fields: dict[str, object] = {
            "name": "shop",
            "folder": self.folder,
            "product": part("shop", "product"),
            "plugins": {"coupon": part("coupon", "plugin")},
            "compat": {"bridge": part("bridge", "layer")},
            "dependencies": "pip",
            "start": ("shop", "--port", "8000"),
            "port": 8000,
        }
        return Recipe.model_validate(fields | changes)

    def recipes(self, **changes: object) -> dict[str, Recipe]:
        return {"shop": self.recipe(**changes)}

    def environment(
        self, product: str = "1.0", *, plugins: Iterable[Ref] = (Ref(name="coupon", version="0.5"),), **server: object
    ) -> Environment:
        fields = {"product": Ref(name="shop", version=product), "plugins": tuple(plugins)} | server
        return Environment(client=Client(), server=Server.model_validate(fields))

    def file(self, *environments: Environment) -> EnvironmentFile:
        found = environments or (self.environment("1.0"), self.environment("2.0"))
        return EnvironmentFile(path=self.folder / "shop.yaml", name="shop", environments=found)

    def calls(self) -> list[str]:
        """What the registries were asked since the last time."""
        made = [*self.apt.calls, *self.pip.calls]
        self.apt.calls.clear()
        self.pip.calls.clear()
        return made


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = Shop(registry=DictRegistry(cache=Cache(tmp_path / "cache")), folder=tmp_path)
    installers: dict[str, Installer] = {"apt": made.apt, "pip": made.pip}
    for name, installer in installers.items():
        monkeypatch.setitem(INSTALLERS, name, installer)
    return made

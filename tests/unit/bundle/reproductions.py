"""A shop that was upgraded: its files, a run of them, and bundles of it, without an engine or a registry."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import lock, reports, spec
from harness.bundle import Bundle, Member, pack
from harness.bundle.replaying import Unpacked
from harness.case_secrets import secrets_of
from harness.evidence import SIDES, RunFolder
from harness.lock.digests import digest_of
from harness.lock.resolver import this_machine
from harness.masking import Secrets
from harness.model import Base, BundledImage, Case, Lock, LockedEnvironment, LockedSet, Manifest, Package
from harness.model.lock import wanted_versions
from harness.sealing import seal
from tests.stories import GALLERY, leave_run
from tests.unit.bundle.forging import MANIFEST

ENVIRONMENT = """\
schema: 1
name: shop
client: {browser: chromium@156.0}
server:
  product: shop@1.0
  plugins: [coupon@0.5]
upgrade:
  - server: {product: shop@2.0}
"""
RECIPE = """\
schema: 1
name: shop
product:
  version: ["1.0", "2.0"]
  install:
    - pip: ["shop=={{ product.version }}"]
plugins:
  coupon:
    version: ["0.5"]
    install:
      - pip: ["coupon=={{ plugin.version }}"]
templates:
  - {source: shop.ini.j2, to: /srv/shop.ini}
setup:
  - [shop, init, "for {{ product.version }}"]
start: [shop, --port, "8000"]
port: 8000
"""
SCENARIO = """\
schema: 1
name: buy
steps:
  - open: /
  - expect: {target: h1, text: Shop}
"""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with an environment file, its recipe and a scenario."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    @property
    def case(self) -> Case:
        return spec.load(self.folder / "environment.yaml", self.folder / "scenario.yaml")

    @property
    def lock(self) -> Lock:
        """A lock that fits, as if every version that is asked for were there, with nothing it needs."""
        case = self.case
        locked = tuple(
            LockedEnvironment(
                versions={path: ref.version for path, ref in wanted_versions(one).items()},
                server=LockedSet(product=(_package("pip", "shop", one.server.product.version),)),
                browser=LockedSet(product=(_package("apt", "chromium", one.client.browser.version),)),
            )
            for one in case.file.environments
        )
        digest = digest_of(case.file.environments, locked, case.recipes)
        bases = (Base(os="debian:12", source="bootstrap"),)
        return Lock(digest=digest, machine=this_machine(), bases=bases, environments=locked)

    @property
    def inputs(self) -> list[Member]:
        """What a bundle of it holds besides evidence."""
        files = [file for file in sorted(self.folder.rglob("*")) if file.is_file()]
        members = [Member(path=file.relative_to(self.folder).as_posix(), content=file) for file in files]
        return [*members, Member(path="environment.lock.yaml", content=lock.text(self.lock).encode())]


def project(
    folder: Path,
    *,
    environment: str = ENVIRONMENT,
    recipe: str = RECIPE,
    scenario: str = SCENARIO,
    files: Mapping[str, str] | None = None,
) -> Project:
    """The shop's files in a folder that is not there yet; ``files`` are more, beside the recipe."""
    made = Project(folder=folder)
    made.write("environment.yaml", environment)
    made.write("scenario.yaml", scenario)
    made.write("recipes/shop/recipe.yaml", recipe)
    for name, text in {"shop.ini.j2": "version={{ product.version }}\n", **(files or {})}.items():
        made.write(f"recipes/shop/{name}", text)
    return made


def leave(
    shop: Project, root: Path, *, environ: Mapping[str, str] | None = None, locked: Lock | None = None, **about: object
) -> RunFolder:
    """The folder of a run of it, which found what the gallery's story tells. ``about`` is what the verdict says
    of it instead."""
    case, locked = shop.case, locked or shop.lock
    exact = {side: locked.side(side).exact(case.file.side(side)) for side in SIDES}
    said: dict[str, Any] = {"environment": "shop", "scenario": "buy", "environments": exact, **about}
    run = leave_run(root, GALLERY, **said)
    environment, scenario = ((shop.folder / name).read_bytes() for name in ("environment.yaml", "scenario.yaml"))
    run.keep_inputs(environment, scenario, [recipe.folder for recipe in case.recipes.values()])
    run.write_lock(locked)
    for side in SIDES:
        context = run.side(side) / "context" / "server"
        context.mkdir(parents=True)
        (context / "Dockerfile").write_text(f"FROM shop:{side}\n")
    reports.write(run.path, "en")
    seal(run, secrets_of([case], environ) if environ is not None else Secrets())
    return run


def bundled(path: Path, shop: Project, *more: Member, **said: Any) -> Path:
    """A bundle of its files and some more; ``said`` is what its manifest says instead."""
    pack(path, MANIFEST.model_copy(update=said), [*shop.inputs, *more])
    return path


@contextmanager
def opened(path: Path, shop: Project) -> Iterator[Unpacked]:
    """A bundle as it is once it was unpacked, without being read in another process first."""
    with Bundle.open(path) as bundle:
        yield Unpacked(bundle=bundle, path=path, folder=shop.folder, case=shop.case, lock=shop.lock)


def images(roles: Mapping[str, str]) -> tuple[BundledImage, ...]:
    """What a manifest says of the images that it brings: reference → what they are for."""
    return tuple(BundledImage(tag=tag, id="sha256:" + 64 * "0", role=role) for tag, role in roles.items())


def records(rows: Iterable[tuple[tuple[str, ...], Any]]) -> bytes:
    """Records of a cache as a bundle has them."""
    return json.dumps([{"key": list(key), "value": value} for key, value in rows]).encode()


def manifest(path: Path) -> Manifest:
    with Bundle.open(path) as bundle:
        return bundle.manifest


def _package(installer: str, name: str, version: str) -> Package:
    return Package(installer=installer, name=name, version=version, checksum="sha256:" + 64 * "0")

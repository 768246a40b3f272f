"""Asking the registries: each question once, however many environments ask it."""

import json
import platform
import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from harness.browsers import BROWSERS
from harness.errors import InputError, nearest
from harness.installers import INSTALLERS
from harness.language import Message
from harness.lock.endpoints import with_endpoint
from harness.model import (
    Base,
    Client,
    Environment,
    LockedEnvironment,
    LockedSet,
    Package,
    Part,
    Recipe,
    VersionSource,
)
from harness.model.lock import wanted_versions
from harness.once import Once
from harness.protocols import BrowserSource, Registry, Site
from harness.services import SERVICES
from harness.systems import SYSTEMS, System
from harness.versions import choose_in_turn
from harness.wanted import ImageName, Layers, image_of, images, system, wanted

THREADS = 8
BROWSER = "client.browser"


_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def this_machine() -> str:
    """The processor whose packages are taken, as Python wheels name it."""
    name = platform.machine().lower()
    return _MACHINES.get(name, name)


class Resolver:
    """Questions to registries about environments on given bases. May be used by several threads."""

    def __init__(self, recipes: Mapping[str, Recipe], registry: Registry, bases: Iterable[Base], machine: str) -> None:
        self.recipes = recipes
        self.registry = registry
        self.bases = {base.os: base for base in bases}
        self.machine = machine
        self._once = Once[Any]()
        self._turns = {name: threading.Lock() for name in INSTALLERS}

    def environments(
        self, environments: Sequence[Environment], locked: Sequence[LockedEnvironment] | None = None
    ) -> tuple[LockedEnvironment, ...]:
        """All environments, resolved side by side; versions of ``locked`` are kept where they are
        still published. InputError, FetchError."""
        known = dict(zip(environments, locked, strict=True)) if locked else {}
        distinct = list(dict.fromkeys(environments))
        with ThreadPoolExecutor(THREADS, thread_name_prefix="lock") as pool:
            list(pool.map(lambda question: self.published(*question), self._first_questions(distinct)))
            versions = {one: self.versions(one, known[one].versions if known else None) for one in distinct}
            jobs = [(one, image) for one in distinct for image in images(one)]

            def one_set(job: tuple[Environment, ImageName]) -> LockedSet:
                one, image = job
                locked_set = known[one].packages(image) if known else None
                return self.packages(one, versions[one], image, locked_set)

            sets = dict(zip(jobs, pool.map(one_set, jobs), strict=True))
        locked_ones = {}
        for one in distinct:
            locked_ones[one] = LockedEnvironment(versions=versions[one], server=_NONE, browser=_NONE)
            for image in images(one):
                locked_ones[one] = locked_ones[one].with_packages(image, sets[one, image])
            locked_ones[one] = with_endpoint(locked_ones[one], one, self.registry.cache)
        return tuple(locked_ones[one] for one in environments)

    def sources(self, environment: Environment) -> Iterable[tuple[str, VersionSource, System]]:
        """Paths of versions that a registry knows, with where they are asked for; one path may have several."""
        for path in wanted_versions(environment):
            for source in self._sources(path, environment):
                if isinstance(source, VersionSource):
                    yield path, source, system(environment, image_of(path))

    def _first_questions(self, environments: Iterable[Environment]) -> Iterable[tuple[VersionSource, System]]:
        """What has to be asked in any case, each once."""
        first: dict[tuple[Environment, str], tuple[VersionSource, System]] = {}
        for one in environments:
            for path, source, where in self.sources(one):
                first.setdefault((one, path), (source, where))
        return dict.fromkeys(first.values())

    def versions(
        self, environment: Environment, locked: Mapping[str, str] | None = None, only: Iterable[str] | None = None
    ) -> dict[str, str]:
        """What every version becomes, by path; ``locked`` ones are kept unless they are among
        ``only`` and no longer published. InputError where nothing fits."""
        chosen = dict(locked or {})
        for path, ref in wanted_versions(environment).items():
            if only is not None and path not in only:
                continue
            if not self._still_there(path, environment, chosen.get(path)):
                try:
                    chosen[path] = choose_in_turn(ref.version, self.published_of(path, environment))
                except InputError as exc:
                    what = Message("{ref}: {problem}", ref=ref, problem=exc.what)
                    raise InputError(what, self._elsewhere(path, environment) or exc.advice) from exc
        return chosen

    def _still_there(self, path: str, environment: Environment, version: str | None) -> bool:
        return version is not None and any(version in found for found in self.published_of(path, environment))

    def _elsewhere(self, path: str, environment: Environment) -> Message | None:
        """Why a source of a browser was not asked, where one was not."""
        for source in BROWSERS[environment.client.browser.name].sources if path == BROWSER else ():
            if self.machine not in (source.machines or (self.machine,)):
                machines = ", ".join(source.machines)
                return Message("{source} has files for {machines} alone", source=source.name, machines=machines)
        return None

    def published_of(self, path: str, environment: Environment) -> Iterator[Sequence[str]]:
        """What each source of a path has, in turn; asked for only as far as it is read."""
        for source in self._sources(path, environment):
            if not isinstance(source, VersionSource):
                yield source
            elif path == BROWSER:
                yield self.drivable(environment.client, self._browser_source(environment.client, source))
            else:
                yield self.published(source, system(environment, image_of(path)))

    @staticmethod
    def _browser_source(client: Client, asked: VersionSource) -> BrowserSource:
        return next(one for one in BROWSERS[client.browser.name].sources if one.part.version == asked)

    def drivable(self, client: Client, source: BrowserSource) -> tuple[str, ...]:
        """The versions of a browser that a source has for this machine and that can be driven, oldest first."""
        asked = source.part.version
        assert isinstance(asked, VersionSource)
        if self.machine not in (source.machines or (self.machine,)):
            return ()
        found = self.published(asked, SYSTEMS[client.os])
        return tuple(
            version
            for version in found
            if re.fullmatch(source.versions, version)
            and (not source.since or int(version.split(".")[0]) >= source.since)
        )

    def published(self, source: VersionSource, system: System) -> tuple[str, ...]:
        """All versions of a package, oldest first."""
        ask = INSTALLERS[source.installer].versions
        found: tuple[str, ...] = self._once.ask(
            ("versions", source, system), lambda: ask(source.package, self.site(system))
        )
        return found

    def packages(
        self,
        environment: Environment,
        versions: Mapping[str, str],
        image: ImageName,
        locked: LockedSet | None = None,
        *,
        kept: Collection[str] = (),
    ) -> LockedSet:
        """What is installed in one image: what the product alone needs and still has with its
        plug-ins, and what they add. Versions of ``locked`` are kept where they can be; the
        packages of installers that are ``kept`` are just taken from it."""
        recipe = self.recipe(environment)
        exact = LockedEnvironment(versions=dict(versions), server=_NONE, browser=_NONE).exact(environment)
        layers = wanted(exact, recipe)[image]
        site = replace(self.site(system(environment, image)), folder=recipe.folder)
        held = {ref.name: ref.version for ref in exact.server.dependencies} if image == "server" else {}
        product: list[Package] = []
        plugins: list[Package] = []
        for name in INSTALLERS:
            if locked and name in kept:
                product += [package for package in locked.product if package.installer == name]
                plugins += [package for package in locked.plugins if package.installer == name]
                continue
            known = [one for one in (*locked.product, *locked.plugins) if one.installer == name] if locked else []
            mine = held if name == recipe.dependencies else {}
            below, all_of_it = self._closures(name, layers, mine, known, site)
            product += [package for package in below if package in all_of_it]
            plugins += [package for package in all_of_it if package not in below]
        _all_held(held, [*product, *plugins], recipe)
        return LockedSet(product=tuple(product), plugins=tuple(plugins))

    def site(self, system: System) -> Site:
        """InputError where the lock has no base image of that system: a set-up that its file does not name wants it."""
        if system.name not in self.bases:
            raise InputError(Message("the lock has no base image of {system}", system=system.name))
        return Site(
            system=system,
            base=self.bases[system.name],
            machine=self.machine,
            registry=self.registry,
        )

    def recipe(self, environment: Environment) -> Recipe:
        return self.recipes[environment.server.product.name]

    def _closures(
        self, name: str, layers: Layers, held: Mapping[str, str], known: Sequence[Package], site: Site
    ) -> tuple[tuple[Package, ...], tuple[Package, ...]]:
        """Packages of the product alone, and of the product with its plug-ins."""
        below = self._closure(name, layers.product.get(name, ()), held, known, site)
        if not layers.plugins.get(name):
            return below, below
        return below, self._closure(name, layers.both(name), held, known or below, site)

    def _closure(
        self, name: str, arguments: Sequence[Any], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        if not arguments:
            return ()
        data = json.dumps([[one.model_dump(mode="json") for one in arguments], sorted(held.items())])
        key = ("packages", name, data, tuple(preferred), site.system)
        found: tuple[Package, ...] = self._once.ask(
            key, lambda: INSTALLERS[name].resolve(arguments, held, preferred, replace(site, asked=tuple(arguments)))
        )
        return found

    def _sources(self, path: str, environment: Environment) -> Sequence[VersionSource | tuple[str, ...]]:
        if path == BROWSER:
            return [source.part.version for source in BROWSERS[environment.client.browser.name].sources]
        return [self._source(path, environment)]

    def _source(self, path: str, environment: Environment) -> VersionSource | tuple[str, ...]:
        recipe = self.recipe(environment)
        if path == "server.product":
            return recipe.product.version
        if path == "server.node":
            return VersionSource(installer="node", package="node")
        kind, name = path.split(".", 2)[1:]
        if kind == "services":
            return SERVICES[name].part(system(environment, image_of(path))).version
        if kind == "extensions":
            extension = next(one for one in environment.client.extensions if one.name == name)
            return VersionSource(installer=extension.source, package=name)
        if kind == "dependencies":
            if recipe.dependencies is None:
                raise InputError(
                    Message("the recipe {recipe} does not say whose packages its dependencies are", recipe=recipe.name)
                )
            return VersionSource(installer=recipe.dependencies, package=name)
        parts: Mapping[str, Part] = getattr(recipe, kind)
        return parts[name].version

    def fetch(self, name: str, packages: Sequence[Package], below: Sequence[Package], site: Site) -> None:
        """Bring packages here. One set after the other, so that what two have in common is fetched once."""

        def bring() -> None:
            with self._turns[name]:
                INSTALLERS[name].fetch(packages, below, site)

        self._once.ask(("fetch", name, tuple(packages), tuple(below), site.system), bring)


_NONE = LockedSet()


def _all_held(held: Mapping[str, str], packages: Sequence[Package], recipe: Recipe) -> None:
    """InputError where a package that is held at a version is not among those that are installed."""
    there = {_plain(package.name): package.name for package in packages if package.installer == recipe.dependencies}
    for name in held:
        if _plain(name) not in there:
            raise InputError(
                Message("{package} is held at a version, but nothing that is installed needs it", package=name),
                nearest(name, there.values()),
            )


def _plain(name: str) -> str:
    """As PEP 503 compares names; npm's are compared no less exactly by it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def used_systems(environments: Iterable[Environment]) -> list[System]:
    """The operating systems of all images, each once."""
    return list(dict.fromkeys(SYSTEMS[system(one, image).name] for one in environments for image in images(one)))

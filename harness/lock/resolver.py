"""Asking the registries: each question once, however many environments ask it."""

import json
import platform
import re
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from harness.browsers import BROWSERS
from harness.errors import InputError, nearest
from harness.installers import INSTALLERS
from harness.language import Message
from harness.model import Base, Environment, LockedEnvironment, LockedSet, Package, Part, Recipe, Ref, VersionSource
from harness.model.lock import wanted_versions
from harness.protocols import Registry, Site
from harness.systems import SYSTEMS, System
from harness.versions import choose
from harness.wanted import IMAGES, ImageName, Layers, system, wanted

THREADS = 8
T = TypeVar("T")
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
        self._asked: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()
        self._turns = {name: threading.Lock() for name in INSTALLERS}

    def environments(
        self, environments: Sequence[Environment], locked: Sequence[LockedEnvironment] | None = None
    ) -> tuple[LockedEnvironment, ...]:
        """All environments, resolved side by side; versions of ``locked`` are kept where they are
        still published. InputError, FetchError."""
        known = dict(zip(environments, locked, strict=True)) if locked else {}
        distinct = list(dict.fromkeys(environments))
        with ThreadPoolExecutor(THREADS, thread_name_prefix="lock") as pool:
            questions = dict.fromkeys((source, system) for one in distinct for _, source, system in self.sources(one))
            list(pool.map(lambda question: self.published(*question), questions))
            versions = {one: self.versions(one, known[one].versions if known else None) for one in distinct}
            jobs = [(one, image) for one in distinct for image in IMAGES]

            def one_set(job: tuple[Environment, ImageName]) -> LockedSet:
                one, image = job
                locked_set = getattr(known[one], image) if known else None
                return self.packages(one, versions[one], image, locked_set)

            sets = dict(zip(jobs, pool.map(one_set, jobs), strict=True))
        return tuple(
            LockedEnvironment(versions=versions[one], server=sets[one, "server"], browser=sets[one, "browser"])
            for one in environments
        )

    def sources(self, environment: Environment) -> Iterable[tuple[str, VersionSource, System]]:
        """Paths of versions that a registry knows, with where they are asked for."""
        for path in wanted_versions(environment):
            source = self._source(path, environment)
            if isinstance(source, VersionSource):
                yield path, source, system(environment, "browser" if path == "client.browser" else "server")

    def versions(
        self, environment: Environment, locked: Mapping[str, str] | None = None, only: Iterable[str] | None = None
    ) -> dict[str, str]:
        """What every version becomes, by path; ``locked`` ones are kept unless they are among
        ``only`` and no longer published. InputError where nothing fits."""
        where = {path: (source, system) for path, source, system in self.sources(environment)}
        chosen = dict(locked or {})
        for path, ref in wanted_versions(environment).items():
            if only is not None and path not in only:
                continue
            published = self.published(*where[path]) if path in where else self._listed(path, environment)
            if chosen.get(path) not in published:
                chosen[path] = _chosen(ref, published)
        return chosen

    def published(self, source: VersionSource, system: System) -> tuple[str, ...]:
        """All versions of a package, oldest first."""
        ask = INSTALLERS[source.installer].versions
        return self.once(("versions", source, system), lambda: ask(source.package, self.site(system)))

    def packages(
        self,
        environment: Environment,
        versions: Mapping[str, str],
        image: ImageName,
        locked: LockedSet | None = None,
        *,
        only_drifting: bool = False,
    ) -> LockedSet:
        """What is installed in one image: what the product alone needs and still has with its
        plug-ins, and what they add. Versions of ``locked`` are kept where they can be; with
        ``only_drifting``, packages of installers that do not drift are just taken from it."""
        recipe = self.recipe(environment)
        exact = LockedEnvironment(versions=dict(versions), server=_NONE, browser=_NONE).exact(environment)
        layers = wanted(exact, recipe)[image]
        site = self.site(system(environment, image))
        held = {ref.name: ref.version for ref in exact.server.dependencies} if image == "server" else {}
        product: list[Package] = []
        plugins: list[Package] = []
        for name, installer in INSTALLERS.items():
            if locked and only_drifting and not installer.drifts:
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
        return self.once(key, lambda: INSTALLERS[name].resolve(arguments, held, preferred, site))

    def _source(self, path: str, environment: Environment) -> VersionSource | tuple[str, ...]:
        recipe = self.recipe(environment)
        if path == "client.browser":
            return BROWSERS[environment.client.browser.name].part.version
        if path == "server.product":
            return recipe.product.version
        kind, name = path.split(".", 2)[1:]
        if kind == "dependencies":
            if recipe.dependencies is None:
                raise InputError(
                    Message("the recipe {recipe} does not say whose packages its dependencies are", recipe=recipe.name)
                )
            return VersionSource(installer=recipe.dependencies, package=name)
        parts: Mapping[str, Part] = getattr(recipe, kind)
        return parts[name].version

    def _listed(self, path: str, environment: Environment) -> tuple[str, ...]:
        source = self._source(path, environment)
        assert not isinstance(source, VersionSource)
        return source

    def fetch(self, name: str, packages: Sequence[Package], below: Sequence[Package], site: Site) -> None:
        """Bring packages here. One set after the other, so that what two have in common is fetched once."""

        def bring() -> None:
            with self._turns[name]:
                INSTALLERS[name].fetch(packages, below, site)

        self.once(("fetch", name, tuple(packages), tuple(below), site.system), bring)

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer to a question; whoever asks it a second time waits for the first."""
        with self._lock:
            future = self._asked.get(key)
            mine = future is None
            if future is None:
                future = self._asked[key] = Future()
        if mine:
            try:
                future.set_result(ask())
            except BaseException as exc:
                future.set_exception(exc)
                raise
        answer: T = future.result()
        return answer


_NONE = LockedSet()


def _chosen(ref: Ref, published: Sequence[str]) -> str:
    try:
        return choose(ref.version, published)
    except InputError as exc:
        raise InputError(Message("{ref}: {problem}", ref=ref, problem=exc.what), exc.advice) from exc


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
    return list(dict.fromkeys(SYSTEMS[os] for one in environments for os in (one.server.os, one.client.os)))

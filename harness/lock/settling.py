"""settle: everything that a lock names, brought here; what can no longer be had, replaced and reported."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from harness.errors import FetchError, GoneError
from harness.installers import INSTALLERS
from harness.language import Message
from harness.lock.digests import digest_of
from harness.lock.files import names_of
from harness.lock.resolver import THREADS, Resolver
from harness.model import Base, Drift, Environment, Lock, LockedEnvironment, LockedSet, Package, Recipe
from harness.protocols import Registry
from harness.systems import SYSTEMS
from harness.wanted import ImageName, image_of, images, system, wanted


def is_settled(
    lock: Lock, environments: Sequence[Environment], recipes: Mapping[str, Recipe], registry: Registry
) -> bool:
    """Whether the cache holds every file that the lock names. Asks no registry and no engine."""
    resolver = Resolver(recipes, registry, lock.bases, lock.machine)
    return all(
        INSTALLERS[name].has(packages, below, resolver.site(system(environment, image)))
        for environment, locked in zip(environments, lock.environments, strict=True)
        for image in images(environment)
        for name, packages, below in fetches(locked.packages(image))
    )


def settle(
    lock: Lock,
    environments: Sequence[Environment],
    recipes: Mapping[str, Recipe],
    registry: Registry,
    *,
    strict: bool = False,
) -> Lock:
    """Make the base images of ``lock`` be on the engine and the files it names in the cache.

    Returns the lock with what was really taken. A base image that cannot be had here, and
    a version that its distribution dropped, are replaced by the nearest there is, each
    with a Drift; with ``strict`` they are a FetchError. Packages of installers that do
    not drift are GoneError where they are gone; InputError where the environment file
    asks for just the version that is gone.
    """
    bases = tuple(registry.base(SYSTEMS[base.os], base) for base in lock.bases)
    drifts = [_moved(old, new) for old, new in zip(lock.bases, bases, strict=True) if old != new]
    if drifts and strict:
        raise FetchError(
            Message("the base image of {system} that is locked cannot be had here", system=drifts[0].package),
            Message("`harness lock` takes the one that can be had"),
        )
    resolver = Resolver(recipes, registry, bases, lock.machine)
    pairs = dict(zip(environments, lock.environments, strict=True))
    with ThreadPoolExecutor(THREADS, thread_name_prefix="fetch") as pool:
        jobs = [(environment, locked, image) for environment, locked in pairs.items() for image in images(environment)]
        done = list(pool.map(lambda job: _settled(resolver, *job, strict=strict), jobs))
    for (environment, old, image), new in zip(jobs, done, strict=True):
        if new is not old:
            versions = pairs[environment].versions | _changed(old.versions, new.versions)
            changed = pairs[environment].model_copy(update={"versions": versions})
            pairs[environment] = changed.with_packages(image, new.packages(image))
            drifts += _drifts(old.packages(image), new.packages(image))
    if not drifts:
        return lock
    locked = tuple(pairs[environment] for environment in environments)
    update = {
        "bases": bases,
        "environments": locked,
        "drifts": tuple(dict.fromkeys([*lock.drifts, *drifts])),
        "digest": digest_of(environments, locked, recipes),
    }
    return lock.model_copy(update=update)


def fetches(packages: LockedSet) -> Iterator[tuple[str, list[Package], list[Package]]]:
    """An image's packages by installer and layer, each with what the layer below has."""
    for name in INSTALLERS:
        product = [package for package in packages.product if package.installer == name]
        plugins = [package for package in packages.plugins if package.installer == name]
        if product:
            yield name, product, []
        if plugins:
            yield name, plugins, product


def _settled(
    resolver: Resolver, environment: Environment, locked: LockedEnvironment, image: ImageName, *, strict: bool
) -> LockedEnvironment:
    try:
        _fetch(resolver, environment, locked, image)
    except GoneError:
        drifting = [name for name, *_ in fetches(locked.packages(image)) if INSTALLERS[name].drifts]
        if strict or not drifting:
            raise
        locked = _again(resolver, environment, locked, image)
        _fetch(resolver, environment, locked, image)
    return locked


def _fetch(resolver: Resolver, environment: Environment, locked: LockedEnvironment, image: ImageName) -> None:
    recipe = resolver.recipe(environment)
    layers = wanted(locked.exact(environment), recipe)[image]
    site = replace(resolver.site(system(environment, image)), folder=recipe.folder)
    for name, here, below in fetches(locked.packages(image)):
        resolver.fetch(name, here, below, replace(site, asked=layers.both(name)))


def _again(
    resolver: Resolver, environment: Environment, locked: LockedEnvironment, image: ImageName
) -> LockedEnvironment:
    """Resolve what drifts anew, keeping all that is still there; the rest stays as it is locked."""
    paths = [
        path
        for path, source, where in resolver.sources(environment)
        if INSTALLERS[source.installer].drifts and where == system(environment, image) and image_of(path) == image
    ]
    versions = resolver.versions(environment, locked.versions, paths)
    kept = [name for name, installer in INSTALLERS.items() if not installer.drifts]
    packages = resolver.packages(environment, versions, image, locked.packages(image), kept=kept)
    return locked.model_copy(update={"versions": versions}).with_packages(image, packages)


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    return {path: version for path, version in new.items() if old.get(path) != version}


def _moved(old: Base, new: Base) -> Drift:
    return Drift(package=old.os, locked=old.digest or old.source, used=new.digest or new.source)


def drifts_between(old: Sequence[LockedEnvironment], new: Sequence[LockedEnvironment]) -> tuple[Drift, ...]:
    """What became of the packages of ``old``, each change once."""
    pairs = [(a.packages(image), b.packages(image)) for a, b in zip(old, new, strict=True) for image in a.images]
    return tuple(dict.fromkeys(drift for before, after in pairs for drift in _drifts(before, after)))


def _drifts(old: LockedSet, new: LockedSet) -> list[Drift]:
    before, after = names_of([*old.product, *old.plugins]), names_of([*new.product, *new.plugins])
    return [
        Drift(package=name, locked=version, used=after.get((installer, name), ""))
        for (installer, name), version in before.items()
        if after.get((installer, name)) != version
    ]

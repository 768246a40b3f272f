"""vary: the lock of set-ups that a file does not name, out of the lock of those that it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import time

from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import FetchError, InputError
from harness.installers import INSTALLERS
from harness.language import Message
from harness.lock.digests import digest_of, digest_of_question
from harness.lock.endpoints import with_endpoint
from harness.lock.resolver import Resolver
from harness.lock.resolving import REMEMBERED_S
from harness.lock.settling import is_settled, settle
from harness.model import Environment, Lock, LockedEnvironment, LockedSet, Recipe
from harness.model.lock import wanted_versions
from harness.protocols import Registry
from harness.versions import choose, in_order
from harness.wanted import ImageName, Layers, image_of, images, system, wanted

_NONE = LockedSet()


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A set-up that the lock has."""

    environment: Environment
    locked: LockedEnvironment
    recipe: Recipe

    @cached_property
    def layers(self) -> dict[ImageName, Layers]:
        return wanted(self.locked.exact(self.environment), self.recipe)

    def has(self, image: ImageName, environment: Environment) -> bool:
        """Whether that image is there, on the system that it would have in another set-up."""
        return image in self.layers and system(self.environment, image) == system(environment, image)


def vary(
    lock: Lock,
    known: Sequence[Environment],
    asked: Sequence[Environment],
    recipes: Mapping[str, Recipe],
    registry: Registry,
    *,
    strict: bool = False,
) -> Lock:
    """The lock of ``asked``, on the base images of ``lock``, which is of ``known``; all its packages lie in the cache.

    What ``lock`` says of a part or an image is taken from it; a registry is asked for the rest, with the
    versions of ``lock`` kept where they can be, unless it was within the last 24 hours. With ``strict`` none is asked.
    InputError where set-ups cannot exist, or nothing fits; FetchError where a registry does not answer; EngineError.
    """
    resolver = Resolver(recipes, registry, lock.bases, lock.machine)
    all_known = [
        _Known(environment=one, locked=its, recipe=resolver.recipe(one))
        for one, its in zip(known, lock.environments, strict=True)
    ]
    for one in asked:
        _check(one, resolver.recipe(one))
    locked = tuple(_varied(lock, all_known, one, resolver, strict=strict) for one in asked)
    digest = digest_of(asked, locked, recipes)
    result = lock.model_copy(update={"environments": locked, "digest": digest})
    if is_settled(result, asked, recipes, registry):
        return result
    return settle(result, asked, recipes, registry, strict=strict)


def newer(
    lock: Lock,
    known: Sequence[Environment],
    environment: Environment,
    path: str,
    recipes: Mapping[str, Recipe],
    registry: Registry,
) -> tuple[str, ...]:
    """Published versions after that of ``path`` in a ``known`` set-up: the one to take first, then the others;
    early ones last. InputError and FetchError as registries give them."""
    resolver = Resolver(recipes, registry, lock.bases, lock.machine)
    now = lock.environments[list(known).index(environment)].versions[path]
    published = [version for source in resolver.published_of(path, environment) for version in source]
    ordered = in_order([*published, now])
    left = list(ordered[ordered.index(now) + 1 :])
    found = []
    while left:
        found.append(choose("latest", left))
        left.remove(found[-1])
    return tuple(found)


def _check(environment: Environment, recipe: Recipe) -> None:
    """InputError where a set-up asks for what its product does not have, or lacks what it needs."""
    server = environment.server
    for kind, refs in (("plugins", server.plugins), ("compat", server.compat)):
        for ref in refs:
            if ref.name not in getattr(recipe, kind):
                raise InputError(Message("the recipe {recipe} knows no {name}", recipe=recipe.name, name=ref.name))
    there = {ref.name for ref in server.services}
    for name in recipe.services:
        if name not in there:
            raise InputError(Message("`{product}` needs the service `{name}`", product=recipe.name, name=name))


def _varied(
    lock: Lock, known: Sequence[_Known], environment: Environment, resolver: Resolver, *, strict: bool
) -> LockedEnvironment:
    for one in known:
        if one.environment == environment:
            return one.locked
    cache = resolver.registry.cache
    question = digest_of_question([environment], resolver.recipes, lock.machine, lock)
    if remembered := _remembered(cache, question):
        return remembered
    versions, asked = _versions(known, environment, resolver, strict=strict)
    result = LockedEnvironment(versions=versions, server=_NONE, browser=_NONE)
    layers = wanted(result.exact(environment), resolver.recipe(environment))
    for image in images(environment):
        taken = _taken(known, environment, image, layers[image])
        if taken is None:
            asked = True
            taken = _resolved(known, environment, versions, image, layers[image], resolver, strict=strict)
        result = result.with_packages(image, taken)
    result = with_endpoint(result, environment, cache)
    if asked:
        cache.remember("varied", question, value={"at_s": time(), "locked": result.model_dump(mode="json")})
    return result


def _remembered(cache: Cache, question: str) -> LockedEnvironment | None:
    record = cache.record("varied", question)
    try:
        if record is None or time() - record["at_s"] > REMEMBERED_S:
            return None
        return LockedEnvironment.model_validate(record["locked"])
    except (ValidationError, KeyError, TypeError):  # of an older release
        return None


def _versions(
    known: Sequence[_Known], environment: Environment, resolver: Resolver, *, strict: bool
) -> tuple[dict[str, str], bool]:
    """What every version becomes, and whether a registry was asked for one."""
    versions, unknown = dict[str, str](), list[str]()
    for path, ref in wanted_versions(environment).items():
        for one in known:
            same = wanted_versions(one.environment).get(path) == ref
            if same and system(one.environment, image_of(path)) == system(environment, image_of(path)):
                versions[path] = one.locked.versions[path]
        if path not in versions:
            unknown.append(path)
    if unknown and strict:
        raise _not_locked(", ".join(unknown))
    return (resolver.versions(environment, versions, unknown) if unknown else versions), bool(unknown)


def _taken(known: Sequence[_Known], environment: Environment, image: ImageName, layers: Layers) -> LockedSet | None:
    """What is known of an image that holds the same; or of its lower layer, where there is nothing above it."""
    product, plugins = layers.as_data()
    for one in known[::-1]:
        if not one.has(image, environment):
            continue
        held = image != "server" or one.environment.server.dependencies == environment.server.dependencies
        packages = one.locked.packages(image)
        theirs = one.layers[image].as_data()
        if held and theirs == [product, plugins]:
            return packages
        if theirs[0] == product and not plugins and (held or _all_in(environment, packages)):
            return packages.model_copy(update={"plugins": ()})
    return None


def _all_in(environment: Environment, packages: LockedSet) -> bool:
    """Whether what is held at a version is there in the lower layer, at that version."""
    there = {(package.name, package.version) for package in packages.product}
    return all((ref.name, ref.version) in there for ref in environment.server.dependencies)


def _resolved(
    known: Sequence[_Known],
    environment: Environment,
    versions: Mapping[str, str],
    image: ImageName,
    layers: Layers,
    resolver: Resolver,
    *,
    strict: bool,
) -> LockedSet:
    """What a registry says of an image, with the packages of the nearest that is known kept."""
    if strict:
        raise _not_locked(image)
    near = [one for one in known if one.has(image, environment)]
    same = [one for one in near if one.environment.server.product == environment.server.product]
    if not near:
        return resolver.packages(environment, versions, image)
    nearest = (same or near)[-1]
    return resolver.packages(
        environment,
        versions,
        image,
        nearest.locked.packages(image),
        kept=_unchanged(nearest, environment, image, layers, resolver.recipe(environment)),
    )


def _unchanged(
    known: _Known, environment: Environment, image: ImageName, layers: Layers, recipe: Recipe
) -> tuple[str, ...]:
    """Installers that are asked for just what they are asked for in a set-up that is known."""
    theirs = known.layers[image]
    held = known.environment.server.dependencies == environment.server.dependencies
    return tuple(
        name
        for name in INSTALLERS
        if (theirs.product.get(name), theirs.plugins.get(name)) == (layers.product.get(name), layers.plugins.get(name))
        and (held or name != recipe.dependencies)
    )


def _not_locked(what: str) -> FetchError:
    return FetchError(Message("the lock does not say what {what} would be", what=what))

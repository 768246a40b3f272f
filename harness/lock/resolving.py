"""resolve: environment file → Lock."""

from collections.abc import Mapping
from time import time

from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import FetchError, InputError
from harness.language import Message
from harness.lock.digests import digest_of, digest_of_question
from harness.lock.files import path_beside
from harness.lock.resolver import Resolver, this_machine, used_systems
from harness.lock.settling import drifts_between, is_settled, settle
from harness.model import EnvironmentFile, Lock, Recipe
from harness.model.lock import wanted_versions
from harness.protocols import Registry

REMEMBERED_S = 24 * 3600  # how long an unlocked run takes the answers of registries for granted
_STALE = Message("run `harness lock` to write it anew")


def resolve(
    file: EnvironmentFile,
    recipes: Mapping[str, Recipe],
    registry: Registry,
    *,
    existing: Lock | None = None,
    strict: bool = False,
    fresh: bool = False,
) -> Lock:
    """The lock of ``file``, whose packages all lie in the cache.

    ``recipes`` are by product. With an ``existing`` lock that is what it names, and
    where all of it is in the cache, no network, process or engine is asked; ``strict``
    as in ``settle``. One for another processor gives its versions, with this machine's
    files. Without one, the registries are asked, unless they were within the last 24
    hours; ``fresh`` asks them in any case. InputError where a version is not
    published, versions do not fit together, or ``existing`` is stale; FetchError where a
    registry does not answer or no longer has what is locked; EngineError.
    """
    machine = this_machine()
    if existing is not None:
        check(existing, file, recipes)
    lock = existing
    if lock is None or lock.machine != machine:
        if lock is not None and strict:
            raise FetchError(
                Message("the lock is for {locked}, this machine is {machine}", locked=lock.machine, machine=machine),
                _STALE,
            )
        question = digest_of_question(file.environments, recipes, machine, lock)
        lock = (None if fresh else _remembered(question, registry.cache)) or _asked(
            file, recipes, registry, machine, lock
        )
        value = {"at_s": time(), "lock": lock.model_dump(mode="json")}
        registry.cache.remember("locks", question, value=value)
    if is_settled(lock, file.environments, recipes, registry):
        return lock
    return settle(lock, file.environments, recipes, registry, strict=strict)


def _asked(
    file: EnvironmentFile, recipes: Mapping[str, Recipe], registry: Registry, machine: str, other: Lock | None
) -> Lock:
    """What the registries answer now; the versions of a lock for another processor, where there is one."""
    wanted = {base.os: base for base in other.bases} if other else {}
    bases = tuple(registry.base(system, wanted.get(system.name)) for system in used_systems(file.environments))
    environments = Resolver(recipes, registry, bases, machine).environments(
        file.environments, other.environments if other else None
    )
    digest = digest_of(file.environments, environments, recipes)
    drifts = drifts_between(other.environments, environments) if other else ()
    return Lock(digest=digest, machine=machine, bases=bases, environments=environments, drifts=drifts)


def check(lock: Lock, file: EnvironmentFile, recipes: Mapping[str, Recipe]) -> None:
    """InputError where ``lock`` is not of what ``file`` and its recipes ask for."""
    path = path_beside(file.path)
    complete = len(lock.environments) == len(file.environments) and all(
        wanted_versions(environment).keys() <= locked.versions.keys()
        for environment, locked in zip(file.environments, lock.environments, strict=True)
    )
    systems = {system.name for system in used_systems(file.environments)}
    if (
        not complete
        or systems - {base.os for base in lock.bases}
        or lock.digest != digest_of(file.environments, lock.environments, recipes)
    ):
        raise InputError(
            Message("{path} does not fit {environment}: one of them has changed", path=path, environment=file.path),
            _STALE,
        )


def _remembered(question: str, cache: Cache) -> Lock | None:
    record = cache.record("locks", question)
    if record is None or time() - record["at_s"] > REMEMBERED_S:
        return None
    try:
        return Lock.model_validate(record["lock"])
    except ValidationError:  # of an older release
        return None

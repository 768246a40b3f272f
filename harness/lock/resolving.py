"""resolve: environment file → Lock."""

import hashlib
from collections.abc import Mapping, Sequence
from time import time

from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import FetchError, HarnessError, InputError
from harness.language import Message
from harness.lock.checking import stale
from harness.lock.digests import digest_of, digest_of_question, digest_of_recipe
from harness.lock.files import path_beside
from harness.lock.resolver import Resolver, this_machine, used_systems
from harness.lock.settling import drifts_between, is_settled, settle
from harness.model import Environment, EnvironmentFile, Lock, Recipe
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
    refused: dict[Environment, HarnessError] | None = None,
) -> Lock:
    """The lock of ``file``, whose packages all lie in the cache.

    ``recipes`` are by product. With an ``existing`` lock that is what it names, and
    where all of it is in the cache, no network, process or engine is asked; ``strict``
    as in ``settle``. One for another processor gives its versions, with this machine's
    files. Without one, the registries are asked, unless they were within the last 24
    hours; ``fresh`` asks them in any case. InputError where a version is not
    published, versions do not fit together, or ``existing`` is stale; FetchError where a
    registry does not answer or no longer has what is locked; EngineError. Where ``refused``
    is given and only some set-ups cannot be resolved, they are put into it with their
    errors, and the lock is of the others.
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
        known = None if fresh else _remembered(question, file, recipes, registry.cache)
        lock = known or _asked(file, recipes, registry, machine, lock, refused)
        products = dict.fromkeys(one.server.product.name for one in file.environments if one not in (refused or {}))
        digests = {name: digest_of_recipe(recipes[name]) for name in products}
        lock = lock.model_copy(update={"recipes": digests})
        if not refused:
            value = {"at_s": time(), "lock": lock.model_dump(mode="json")}
            registry.cache.remember("locks", question, value=value)
    locked = tuple(one for one in file.environments if one not in (refused or {}))
    if is_settled(lock, locked, recipes, registry):
        return lock
    drifted = None if strict or fresh else _drifted(lock, registry.cache)
    if drifted and is_settled(drifted, locked, recipes, registry):
        return drifted
    settled = settle(lock, locked, recipes, registry, strict=strict)
    if settled is not lock:
        value = {"at_s": time(), "lock": settled.model_dump(mode="json")}
        registry.cache.remember("drifted", _digest(lock), value=value)
    return settled


def _drifted(lock: Lock, cache: Cache) -> Lock | None:
    """What became of a lock, some of whose packages are gone, within the last 24 hours."""
    record = cache.record("drifted", _digest(lock))
    try:
        return Lock.model_validate(record["lock"]) if record and time() - record["at_s"] <= REMEMBERED_S else None
    except (ValidationError, TypeError, KeyError):  # of an older release
        return None


def _digest(lock: Lock) -> str:
    return hashlib.sha256(lock.model_dump_json().encode()).hexdigest()


def _asked(
    file: EnvironmentFile,
    recipes: Mapping[str, Recipe],
    registry: Registry,
    machine: str,
    other: Lock | None,
    refused: dict[Environment, HarnessError] | None,
) -> Lock:
    """What the registries answer now; the versions of a lock for another processor, where there is one."""
    wanted = {base.os: base for base in other.bases} if other else {}
    bases = tuple(registry.base(system, wanted.get(system.name)) for system in used_systems(file.environments))
    resolver, asked = Resolver(recipes, registry, bases, machine), file.environments
    try:
        environments = resolver.environments(asked, other.environments if other else None)
    except (InputError, FetchError):
        if refused is None or other:
            raise
        refused |= _refusals(resolver, asked)
        asked = tuple(one for one in asked if one not in refused)
        if not refused or not asked:
            raise
        environments = resolver.environments(asked)
    digest = digest_of(asked, environments, recipes)
    drifts = drifts_between(other.environments, environments) if other else ()
    return Lock(digest=digest, machine=machine, bases=bases, environments=environments, drifts=drifts)


def _refusals(resolver: Resolver, environments: Sequence[Environment]) -> dict[Environment, HarnessError]:
    """The set-ups that cannot be resolved, each with why."""
    refused: dict[Environment, HarnessError] = {}
    for one in environments:
        try:
            resolver.environments([one])
        except (InputError, FetchError) as exc:
            refused[one] = exc
    return refused


def check(lock: Lock, file: EnvironmentFile, recipes: Mapping[str, Recipe]) -> None:
    """InputError where ``lock`` is not of what ``file`` and its recipes ask for."""
    if reasons := stale(lock, file, recipes):
        raise InputError(
            Message(
                "{path} does not fit {environment}: {why}",
                path=path_beside(file.path),
                environment=file.path,
                why=reasons[0],
            ),
            _STALE,
        )


def _remembered(question: str, file: EnvironmentFile, recipes: Mapping[str, Recipe], cache: Cache) -> Lock | None:
    record = cache.record("locks", question)
    if record is None or time() - record["at_s"] > REMEMBERED_S:
        return None
    try:
        lock = Lock.model_validate(record["lock"])
        same = lock.digest == digest_of(file.environments, lock.environments, recipes)
    except (ValidationError, ValueError, KeyError):  # of an older release
        return None
    return lock if same else None  # files beside a recipe may be others now

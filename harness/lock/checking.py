"""Whether a lock is of what its file and its recipes ask for, and why not. Asks no registry and no engine."""

from collections.abc import Iterator, Mapping

from harness.errors import InputError
from harness.language import Message
from harness.lock.digests import digest_of, digest_of_recipe
from harness.lock.resolver import this_machine, used_systems
from harness.model import Environment, EnvironmentFile, Lock, LockedEnvironment, LockedSet, Recipe
from harness.model.lock import BROWSER, wanted_versions
from harness.model.packages import PackageList
from harness.systems import SYSTEMS
from harness.versions import choose
from harness.wanted import image_of, images, wanted


def stale(lock: Lock, file: EnvironmentFile, recipes: Mapping[str, Recipe]) -> tuple[Message, ...]:
    """Why ``lock`` is not of what ``file`` and its recipes ask for, each reason once; none where it is.
    InputError where a template of a recipe fails."""
    asked, there = len(file.environments), len(lock.environments)
    if asked != there:
        return (Message("the file has {asked} set-ups, the lock {there}", asked=asked, there=there),)
    pairs = list(zip(file.environments, lock.environments, strict=True))
    found = [reason for pair in pairs for reason in _missing(*pair)]
    bases, systems = {base.os for base in lock.bases}, {system.name for system in used_systems(file.environments)}
    found += [Message("{system} is not in the lock", system=name) for name in sorted(systems - bases)]
    found += [Message("this release knows no {system}", system=name) for name in sorted(bases - SYSTEMS.keys())]
    if found:
        return tuple(dict.fromkeys(found))
    if lock.digest == digest_of(file.environments, lock.environments, recipes):
        return ()
    moved = tuple(dict.fromkeys(reason for pair in pairs for reason in _moved(*pair)))
    return moved or (Message("what recipes or browsers install is not what was locked"),)


def gaps(lock: Lock, file: EnvironmentFile, recipes: Mapping[str, Recipe]) -> tuple[Message, ...]:
    """What a lock that is not stale lacks."""
    found = []
    for environment, locked in zip(file.environments, lock.environments, strict=True):
        layers = wanted(locked.exact(environment), recipes[environment.server.product.name])
        for image in images(environment):
            packages = locked.packages(image)
            there = {package.installer for package in (*packages.product, *packages.plugins)}
            asked = {**layers[image].product, **layers[image].plugins}
            found += [
                Message("there is no package of {installer} in the lock, and the recipe asks for some", installer=name)
                for name in asked
                if name not in there and any(isinstance(one, PackageList) for one in layers[image].both(name))
            ]
    return tuple(dict.fromkeys(found))


def remarks(lock: Lock, recipes: Mapping[str, Recipe]) -> tuple[Message, ...]:
    """What is worth knowing of a lock that is up to date."""
    found = [
        Message("files of the recipe {recipe} have changed since; it installs the same", recipe=name)
        for name, digest in lock.recipes.items()
        if name in recipes and digest != digest_of_recipe(recipes[name])
    ]
    if lock.machine != this_machine():
        found.append(
            Message(
                "its files are for {locked}, this machine is {machine}", locked=lock.machine, machine=this_machine()
            )
        )
    return tuple(found)


def _missing(environment: Environment, locked: LockedEnvironment) -> Iterator[Message]:
    for one in environment.server.services:
        there = locked.services.get(one.name, LockedSet()).product
        if one.image and [f"sha256:{one.image.digest}"] != [package.checksum for package in there]:
            yield Message("{path}: {ref} is not in the lock", path=f"server.services.{one.name}", ref=one)
    for path, ref in wanted_versions(environment).items():
        if path not in locked.versions or image_of(path) not in locked.images:
            yield Message("{path}: {ref} is not in the lock", path=path, ref=ref)


def _moved(environment: Environment, locked: LockedEnvironment) -> Iterator[Message]:
    """Where a version is not what the file asks for any more."""
    asked = wanted_versions(environment)
    for path, ref in asked.items():
        version = locked.versions[path]
        try:
            choose(ref.version, [version])
        except InputError:
            yield Message(
                "{path}: the file asks for {ref}, the lock has {version}", path=path, ref=ref, version=version
            )
    if environment.client.browser.host != (there := locked.endpoint.host if locked.endpoint else ""):
        ref = environment.client.browser
        yield Message(
            "{path}: the file asks for {ref}, the lock has {version}", path=BROWSER, ref=ref, version=there or "-"
        )
    for path in locked.versions:
        if path not in asked:
            yield Message("{path} is in the lock and no longer in the file", path=path)

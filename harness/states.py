"""What a replica holds before a customer uses it: seeded, and carried through upgrades in place.

A state is the content of the folders that outlive an upgrade: ``data`` of the product's recipe, and those of
services. Each is made once in a replica of its own and kept in the cache:

- that of the oldest version: services ready, ``seed`` up to its requests and scenarios, the product started until it
  answers, ``seed``'s requests and scenarios (then that replica has a browser), all stopped in order;
- that of each later one: its images over the folders of the version before, services ready (and their own upgrade
  done), ``migrate`` run in the product's container; without ``migrate`` the product is started until it answers.

A replica starts from a state as from any image: that of product or service, with the folders laid over it.
"""

import hashlib
import json
import os
import posixpath
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from harness import templating
from harness.cache import Cache
from harness.engine import Engine, build, images
from harness.engine.containers import Running
from harness.errors import LOG_LINES, ProductNotReady, ReplicaError
from harness.language import Message
from harness.masking import Secrets
from harness.model import Context, Environment, File, Image, Migration, Recipe, Scenario, Side, Trace
from harness.model.lock import SERVICES as OF_SERVICE
from harness.once import Once
from harness.provision import Provisioned
from harness.replay import replay
from harness.replicas import ending, seeding
from harness.replicas.memory import SETTING, exhausted
from harness.replicas.passwords import LINEAGE
from harness.replicas.seeding import CommandLog
from harness.services import SERVICES, Terms, terms
from harness.wanted import system

ASIDE = "/opt/harness-state"  # in an image: what its container takes in when it starts
FORMAT = 1  # changes where the same question would be answered otherwise
Kept = dict[str, dict[str, str]]  # image -> folder -> SHA-256 of a tar of it, in the cache


class MigrationFailed(ReplicaError):
    """A command of an upgrade in place failed: ``migration`` says which, and what it printed."""

    def __init__(self, migration: Migration) -> None:
        self.migration = migration
        what = Message(
            "the upgrade in place fails: `{command}` ended with exit code {code}",
            command=migration.command,
            code=migration.exit_code,
        )
        super().__init__(what, Message("it printed:\n{log}", log=migration.output), log=migration.output)


@dataclass(frozen=True, kw_only=True)
class Release:
    """One set-up of a lineage: what it is, its images, and how a replica of it is started behind its gate."""

    environment: Environment  # exact
    recipe: Recipe
    images: Mapping[str, Image]  # "product", "services.<name>"; "browser" where its seed needs one
    digest: str  # of what its product is given when it runs
    start: Callable[[Mapping[str, Image]], AbstractContextManager[Provisioned]]

    def commands(self, which: Sequence[Sequence[str]]) -> list[list[str]]:
        """Commands of the recipe with their templates filled in. InputError."""
        return commands(self.environment, self.recipe, which)

    def folders(self, image: str) -> tuple[str, ...]:
        """What of an image's containers outlives an upgrade."""
        return self.recipe.data if image == "product" else self.services[image].data

    @cached_property
    def services(self) -> dict[str, Terms]:
        """How its services are used, by image."""
        return {f"{OF_SERVICE}{ref.name}": terms(ref) for ref in self.environment.server.services}

    def load(self, name: str, file: str) -> tuple[str, ...]:
        """The command by which a service takes in what is in a file in its container."""
        image = f"{OF_SERVICE}{name}"
        return self.services[image].load(system(self.environment, image), file)

    def is_given(self, image: str) -> bool:
        """Whether it is the image of a service that somebody gave."""
        return image in self.services and self.services[image].ref.image is not None

    @cached_property
    def recorded(self) -> list[Any]:
        """What its state depends on, besides how it is come by; for a digest."""
        tags = {name: image.tag for name, image in self.images.items()}
        given = [one.ref.model_dump(mode="json") for one in self.services.values() if one.ref.image]
        return [tags, self.digest, self.recipe.data, *([given] if given else [])]


@dataclass(frozen=True, kw_only=True)
class States:
    """The states of a lineage, the oldest release first."""

    lineage: Sequence[Release]
    engine: Engine
    cache: Cache
    secrets: Secrets
    folder: Path  # where `seed.log` and `migrate.log` are left
    say: Callable[[Message], None]
    once: Once[Kept]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)  # that steps of a seed refer to

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """A digest for each release, of all that its state depends on."""
        keys, before = [], ""
        for number, release in enumerate(self.lineage):
            recipe = release.recipe
            way = release.commands(recipe.migrate) if number else seeding.recorded(recipe, release.commands)
            data = json.dumps([FORMAT, before, release.recorded, way], sort_keys=True)
            keys.append(before := hashlib.sha256(data.encode()).hexdigest())
        return tuple(keys)

    def images(self) -> dict[str, Image]:
        """The images of the last release over its state, which is made from the nearest that is kept.

        MigrationFailed where the product's own commands fail; ReplicaError where a replica does not get
        ready or the seed does not come to lie in it; EngineError, BuildError.
        """
        return self._over(self.lineage[-1], self._state(len(self.lineage) - 1))

    def _state(self, number: int) -> Kept:
        """The state of one release; the other side of a run, which may want the same, waits for it."""
        return self.once.ask(self.keys[number], lambda: self._kept(number) or self._made(number))

    def _made(self, number: int) -> Kept:
        kept = self._migrated(number, self._state(number - 1)) if number else self._seeded(self.lineage[0])
        self.cache.remember("state", self.keys[number], value=kept)
        return kept

    def _kept(self, number: int) -> Kept | None:
        kept: Kept | None = self.cache.record("state", self.keys[number])
        if kept is None or not all(self.cache.find(sha256) for one in kept.values() for sha256 in one.values()):
            return None
        return kept

    def _seeded(self, release: Release) -> Kept:
        self.say(Message("seeding {product}", product=release.environment.server.product))
        with release.start(self._over(release, {})) as provisioned, self._log("seed.log") as log:
            running = provisioned.product, provisioned.services
            seeding.before_start(release.recipe, release.commands, *running, release.load, log)
            provisioned.product.open_gate()
            provisioned.wait_until_ready()
            replayed = partial(self._replayed, provisioned)
            seeding.after_start(release.recipe, provisioned.replica.product_address, replayed, log)
            return self._stopped(release, provisioned)

    def _replayed(self, provisioned: Provisioned, scenario: Scenario) -> Trace:
        """The trace of a scenario of the seed; its evidence lies in ``seed/<name>``."""
        self.say(Message("seeding: {scenario}", scenario=scenario.name))
        folder = self.folder / "seed" / scenario.name
        folder.mkdir(parents=True, exist_ok=True)
        side: Side = "before"  # of whichever upgrade
        return replay(scenario, provisioned.replica, folder, side=side, secrets=self.secrets, environ=self.environ)

    def _migrated(self, number: int, before: Kept) -> Kept:
        release, older = self.lineage[number], self.lineage[number - 1]
        self.say(Message("migrating to {product}", product=release.environment.server.product))
        with release.start(self._over(release, before)) as provisioned, self._log("migrate.log") as log:
            for name, service in provisioned.services.items():
                if command := upgrade_of_service(name, older.environment, release.environment):
                    self._run(service, command, log)
            for words in release.commands(release.recipe.migrate):
                self._run(provisioned.product, words, log, release)
            if not release.recipe.migrate:
                self._started(release, provisioned, log)
            return self._stopped(release, provisioned)

    def _started(self, release: Release, provisioned: Provisioned, log: CommandLog) -> None:
        """Start the product, which migrates by that. ProductNotReady where it does not get ready; but one that answers
        otherwise than its recipe asks for is judged by what a customer sees of it later."""
        provisioned.product.open_gate()
        try:
            provisioned.wait_until_ready()
        except ProductNotReady as exc:
            log.write(f"{exc.what}\n{exc.log}")
            if exc.code is not None or not ending.is_seen(exc):
                what = Message("{product}: {why}", product=release.environment.server.product, why=exc.what)
                raise ProductNotReady(
                    what, exc.advice, log=exc.log, code=exc.code, status=exc.status, short=exc.short
                ) from exc

    def _run(self, container: Running, command: Sequence[str], log: CommandLog, short: Release | None = None) -> None:
        """MigrationFailed where it fails; ReplicaError where the product of ``short`` has too little memory, of us."""
        code, output = log.run(container, command)
        why = exhausted(container, short.environment, short.recipe, output.splitlines()) if code and short else None
        if why and why.ours:  # the customer's machine may have more
            raise ReplicaError(why.what, SETTING, log=output)
        if code:
            tail = "\n".join(output.rstrip().splitlines()[-LOG_LINES:])
            raise MigrationFailed(Migration(command=log.masked(seeding.shown(command)), exit_code=code, output=tail))

    def _stopped(self, release: Release, provisioned: Provisioned) -> Kept:
        """What is kept of a replica; the product stops before its services."""
        containers = {"product": provisioned.product}
        containers |= {f"{OF_SERVICE}{name}": one for name, one in provisioned.services.items()}
        for container in containers.values():
            container.stop()
        return {
            name: {path: self.cache.add(container.folder(path))[0] for path in release.folders(name)}
            for name, container in containers.items()
        }

    def _over(self, release: Release, kept: Kept) -> dict[str, Image]:
        """The images of a release with the folders that are kept laid over them, where there are any."""
        return {
            name: self._laid(image, kept.get(name, {}), is_given=release.is_given(name))
            for name, image in release.images.items()
        }

    def _laid(self, image: Image, folders: Mapping[str, str], *, is_given: bool) -> Image:
        """An image with these folders over it; one of a service that is given says where its data began."""
        label = f"LABEL {LINEAGE}={self.keys[0]}" if is_given else ""
        files, lines = self._folders(image, folders) if folders else ([], [])
        if not label and not lines:
            return image
        dockerfile = "\n".join([f"FROM {image.tag}", *([label] if label else []), *lines, ""])
        context = Context(name="state", parent=image.tag, dockerfile=dockerfile, files=tuple(files))
        return build(self.engine, context, log=self.folder / "build-state.log")

    def _folders(self, image: Image, folders: Mapping[str, str]) -> tuple[list[File], list[str]]:
        """The files of folders that are to lie over an image, and the instructions. Where it has a volume there,
        which hides what a build puts into it, its container takes them in when it starts."""
        volumes = images.volumes(self.engine, image.tag)
        hidden = any(_meets(folder, volume) for folder in folders for volume in volumes)
        user, files, lines = images.user(self.engine, image.tag), [], []
        for number, (folder, sha256) in enumerate(folders.items(), start=1):
            path = self.cache.find(sha256)
            assert path is not None  # `_kept` looked, or it was added just now
            files.append(File(path=f"{number}.tar", sha256=sha256, content=path))
            place = f"{ASIDE}/{number}/" if hidden else posixpath.join(posixpath.dirname(folder), "")
            lines.append(f"ADD {json.dumps([f'{number}.tar', place])}")
        quoted = " ".join([ASIDE] if hidden else map(shlex.quote, folders))
        lines = [
            "USER root",
            f"RUN rm -rf {quoted}",
            *lines,
            f"RUN chown -R {shlex.quote(user)} {quoted}",
            f"USER {user}",
        ]
        if hidden:
            command = images.command(self.engine, image.tag)
            lines += [f"ENTRYPOINT {json.dumps(['sh', '-euc', _taken_in(folders), 'sh', *command])}", "CMD []"]
        return files, lines

    def _log(self, name: str) -> CommandLog:
        return CommandLog(self.folder / name, self.secrets)


def _meets(folder: str, volume: str) -> bool:
    """Whether one of the two is, or lies in, the other."""
    first, second = f"{folder.rstrip('/')}/", f"{volume.rstrip('/')}/"
    return first.startswith(second) or second.startswith(first)


def _taken_in(folders: Iterable[str]) -> str:
    """A script that fills folders with what lies aside, and then becomes its arguments."""
    lines = [
        f"mkdir -p {where}; find {where} -mindepth 1 -delete; cp -a {ASIDE}/{number}/{name}/. {where}/"
        for number, folder in enumerate(folders, start=1)
        for where, name in [(shlex.quote(folder), shlex.quote(posixpath.basename(folder)))]
    ]
    return "\n".join([*lines, 'exec "$@"'])


def upgrade_of_service(name: str, older: Environment, newer: Environment) -> tuple[str, ...]:
    """The command by which a service that was upgraded in place makes its data its own, where it needs one. An image
    that is given does it by itself."""
    if any(ref.image for ref in newer.server.services if ref.name == name):
        return ()
    versions = [{ref.name: ref.version for ref in one.server.services} for one in (older, newer)]
    if versions[0].get(name) in (None, versions[1][name]):
        return ()
    return SERVICES[name].upgraded(system(newer, f"{OF_SERVICE}{name}"))


def commands(environment: Environment, recipe: Recipe, which: Sequence[Sequence[str]]) -> list[list[str]]:
    """Commands of a recipe with their templates filled in; ``environment`` has exact versions. InputError."""
    seen, path = templating.context(environment), recipe.path
    return [[templating.expand(word, seen, path=path, line=recipe.line(word)) for word in one] for one in which]


def digest(values: Mapping[str, str]) -> str:
    """SHA-256 of variables, which may be secret."""
    return hashlib.sha256(json.dumps(sorted(values.items())).encode()).hexdigest()


def needed(lineage: Sequence[Environment], recipe: Recipe) -> bool:
    """Whether a replica of the last of a lineage, whose first has ``recipe``, starts from a state, and not from
    nothing."""
    return len(lineage) > 1 or bool(recipe.seed)


def needs_browser(recipe: Recipe) -> bool:
    """Whether the replica in which a recipe's seed is made has a browser."""
    return any(entry.scenario for entry in recipe.seed)

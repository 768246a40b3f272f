"""What is in a replica before anybody uses it, made by services that run once, in the order in which harness does it.

- ``seed-1``, ``seed-2`` …: what is done before the product of the oldest set-up starts;
- ``seed-start`` and ``seed-answers``: that product, until it answers and the requests of its seed are made;
- for each upgrade in place ``hop-1-…``: services whose image changed stop and start anew over their data, data are
  handed over to the new users, services and product run their own upgrade: ``hop-1-migrate``.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from harness.compose import generations, seeds
from harness.compose.generations import PROGRESS_VOLUME, Generation
from harness.compose.images import HOME, PROGRESS, ProjectImage
from harness.compose.releases import Exported, Lineage, data_volumes, stage
from harness.compose.services import DONE, PREPARING, STARTED, After, Service, once, over, until_over
from harness.model import File
from harness.model.lock import SERVICES as OF_SERVICE
from harness.replicas.specs import PRODUCT
from harness.services import terms
from harness.states import commands, needed, upgrade_of_service
from harness.wanted import system


@dataclass(kw_only=True)
class Preparing:
    """Plans them; ``services`` are all but the product, browser and what is between, ``after`` what these wait for."""

    lineage: Lineage
    services: list[Service] = field(default_factory=list)
    after: After = field(default_factory=dict)

    def plan(self) -> None:
        """Fill both. InputError where a file or template of the recipe is wrong."""
        for number in range(len(self.lineage.releases)):
            self._services_of(number)
            if not self._prepares:
                continue
            if number == 0:
                self._seed()
            else:
                self._hop(number)

    @property
    def ready(self) -> After:
        """All of ``after``, and the services of the newest set-up."""
        return self.after | self._healthy(len(self.lineage.releases) - 1)

    @cached_property
    def _prepares(self) -> bool:
        releases = self.lineage.releases
        return needed([one.environment for one in releases], releases[0].recipe)

    @cached_property
    def _generations(self) -> tuple[Generation, ...]:
        return generations.generations(self.lineage)

    @cached_property
    def _commanded(self) -> set[str]:
        """The services that are given commands."""
        first, *later = self.lineage.releases
        found = {entry.load.service for entry in first.recipe.seed if entry.load}
        for older, newer in zip(self.lineage.releases, later, strict=False):
            found |= {name for name in newer.rendering.services
                      if upgrade_of_service(name, older.environment, newer.environment)}  # fmt: skip
        return found

    def _healthy(self, number: int) -> After:
        return {name: how for one in generations.of(number, self._generations) for name, how in one.ready.items()}

    def _services_of(self, number: int) -> None:
        """Those that start with a set-up, when those whose place they take have ended."""
        over_now = [one.name for one in self._generations if one.last == number - 1]
        if over_now:
            name = f"{stage(number)}-stop"
            self._helped(name, over(*over_now), self.after)
            self.after = {name: DONE, **dict.fromkeys(over_now, DONE)}
        for one in self._generations:
            if one.first != number:
                continue
            older = any(each.service == one.service and each.last == number - 1 for each in self._generations)
            after = self.after if number else {}
            if older:
                after = {self._handed_over(f"{stage(number)}-{one.service}-owner", one.image, one.volumes): DONE}
            shares = one.service in self._commanded
            self.services.append(generations.running(self.lineage, one, after, prepares=self._prepares, shares=shares))
            if beside := generations.watching(self.lineage, one):
                self.services.append(beside)

    def _seed(self) -> None:
        first = self.lineage.releases[0]
        filled = partial(commands, first.environment, first.recipe)
        for number, row in enumerate(seeds.rows(first.recipe), start=1):
            name = f"seed-{number}"
            files = seeds.script(row, name, first.recipe, filled, partial(_load, first))
            self._script(name, 0, row.service, files)
        if len(self.lineage.releases) > 1 or any(entry.is_late for entry in first.recipe.seed):
            self._started(0)

    def _hop(self, number: int) -> None:
        older, newer = self.lineage.releases[number - 1 : number + 1]
        prefix = stage(number)
        if newer.recipe.data:
            image, _ = self.lineage.product(number)
            name = self._handed_over(f"{prefix}-owner", image, data_volumes(newer.recipe))
            self.after = self.after | {name: DONE}
        for name in newer.rendering.services:
            if command := upgrade_of_service(name, older.environment, newer.environment):
                script = f"{prefix}-{name}-upgrade"
                self._script(script, number, name, [seeds.commanded(script, [shlex.join(command)])])
        if newer.recipe.migrate:
            lines = map(shlex.join, commands(newer.environment, newer.recipe, newer.recipe.migrate))
            self._script(f"{prefix}-migrate", number, "", [seeds.commanded(f"{prefix}-migrate", list(lines))])
        else:
            self._started(number)

    def _script(self, name: str, number: int, service: str, files: Sequence[File]) -> None:
        """A script that runs once in the product's container, or beside a service."""
        command, after = once(name, "sh", f"{HOME}/{name}/run"), self.after | self._healthy(number)
        if service:
            one = next(each for each in generations.of(number, self._generations) if each.service == service)
            image, spec = one.image, self.lineage.specs.service(service, "", {})
            made = Service(name=name, spec=spec, image=image, command=command, within=one.name, shared=one.sockets)
        else:
            image, spec = self.lineage.product(number)
            volumes = data_volumes(self.lineage.releases[number].recipe)
            made = Service(name=name, spec=spec, image=image, command=command, volumes=volumes)
        image.add(*files)
        self._add(made, "once.sh", after=after)
        self.after = {name: DONE}

    def _started(self, number: int) -> None:
        """The product until it answers, and has got what its seed sends it."""
        one, (image, spec) = self.lineage.releases[number], self.lineage.product(number)
        name, volumes = f"{stage(number)}-start", data_volumes(one.recipe)
        command = until_over(name, "TERM", *one.command)
        made = Service(name=name, spec=spec, image=image, command=command, volumes=volumes)
        self._add(made, "until.sh", after=self.after | self._healthy(number), alias=PRODUCT)
        answers = f"{stage(number)}-answers"
        asking = asked(one, PRODUCT, one.recipe.ready.timeout_s)
        folder = "" if number else seeds.requests(one.recipe, answers, one.port, self.lineage.helper)
        lines = [once(answers, *asking, *([folder] if folder else [])), over(name)]
        self._helped(answers, ("sh", "-euc", "\n".join(map(shlex.join, lines))), {name: STARTED})
        self.after = {name: DONE, answers: DONE}

    def _helped(self, name: str, command: tuple[str, ...], after: After) -> None:
        """Something of our own."""
        made = Service(name=name, spec=self.lineage.helper_spec, image=self.lineage.helper, command=command)
        self._add(made, "once.sh", "over.sh", after=after)

    def _handed_over(self, name: str, image: ProjectImage, volumes: dict[str, str]) -> str:
        """Data that another image made become those of its user."""
        command, spec = once(name, "chown", "-R", image.user, *volumes.values()), self.lineage.helper_spec
        made = Service(name=name, spec=spec, image=image, command=command, volumes=volumes, owns=True)
        self._add(made, "once.sh", after=self.after)
        return name

    def _add(self, made: Service, *programs: str, after: After, alias: str = "") -> None:
        """A service that runs these programs, in the network of what prepares, where it may have another name."""
        made.image.add_templates(*programs)
        made.image.keeps_progress()
        networks = {} if made.within else {PREPARING: (alias,) if alias else ()}
        shared = {**made.shared, PROGRESS_VOLUME: PROGRESS}
        self.services.append(replace(made, networks=networks, shared=shared, after=after))


def asked(one: Exported, host: str, timeout_s: float) -> tuple[str, ...]:
    """The command that waits until the product of a set-up answers at a host."""
    ready = one.recipe.ready
    where = f"{host}:{one.port}"
    return "perl", f"{HOME}/ask.pl", where, f"{timeout_s:.0f}", ready.path, str(ready.status), ready.text or ""


def _load(one: Exported, service: str, file: str) -> tuple[str, ...]:
    """The command by which a service of a set-up takes in a file."""
    ref = next(ref for ref in one.environment.server.services if ref.name == service)
    return terms(ref).load(system(one.environment, f"{OF_SERVICE}{service}"), file)

"""Services through a lineage: one runs as long as its image is the same; the next has its data."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.compose.images import HOME, PROGRESS, ProjectImage, merged, started
from harness.compose.releases import Lineage, stage
from harness.compose.services import NETWORK, PREPARING, Check, Condition, Service, until_over
from harness.services import DATA, SERVICES

PROGRESS_VOLUME = "progress"
EVERY_S, TIMES = 2, 60


@dataclass(frozen=True, kw_only=True)
class Generation:
    """A service in the set-ups from ``first`` to ``last``."""

    service: str
    image: ProjectImage
    first: int
    last: int
    is_last: bool  # it runs on when all is prepared

    @property
    def name(self) -> str:
        return self.service if self.is_last else f"{stage(self.first)}-{self.service}"

    @property
    def volume(self) -> str:
        return f"{self.service}-data"

    @property
    def sockets(self) -> dict[str, str]:
        """The volume that it shares with who gives it commands."""
        return {f"{self.name}-tmp": "/tmp"}


def generations(lineage: Lineage) -> tuple[Generation, ...]:
    """All of a lineage, older ones first."""
    found: list[Generation] = []
    newest = len(lineage.releases) - 1
    for number, one in enumerate(lineage.releases):
        for name, chain in one.rendering.services.items():
            image = lineage.images.of(chain, f"{lineage.folder(number)}/{name}", SERVICES[name].user)
            before = next((each for each in found if each.service == name and each.last == number - 1), None)
            if before and before.image is image:
                found[found.index(before)] = replace(before, last=number, is_last=number == newest)
            else:
                found.append(Generation(service=name, image=image, first=number, last=number, is_last=number == newest))
    return tuple(found)


def running(lineage: Lineage, one: Generation, after: dict[str, Condition], *, prepares: bool, shares: bool) -> Service:
    """The service that it is; ``prepares`` where something makes its data first, which ``shares`` its sockets."""
    service = SERVICES[one.service]
    one.image.add_templates("greet.pl")
    pattern = service.ready.pattern.decode("latin-1")
    check = ["perl", f"{HOME}/greet.pl", str(service.port), service.hello.hex(), pattern]
    command: tuple[str, ...] = ()
    shared = one.sockets if shares else {}
    networks: dict[str, tuple[str, ...]] = {PREPARING: () if one.is_last else (one.service,)} if prepares else {}
    networks |= {NETWORK: ()} if one.is_last else {}
    if not one.is_last:
        one.image.add_templates("until.sh")
        one.image.keeps_progress()
        shared |= {PROGRESS_VOLUME: PROGRESS}
        own = started(merged(one.image.chain))
        command = until_over(one.name, service.stop_signal.removeprefix("SIG"), *own)
        check.append(f"{PROGRESS}/{one.name}.over")
    return Service(
        name=one.name,
        spec=lineage.specs.service(one.service, "", lineage.credentials.password(one.service)),
        image=one.image,
        command=command,
        networks=networks,
        after=after,
        volumes={one.volume: DATA},
        shared=shared,
        check=Check(command=tuple(check), every_s=EVERY_S, times=TIMES),
    )


def of(number: int, all_of_them: tuple[Generation, ...]) -> Iterator[Generation]:
    """Those that run in a set-up."""
    return (one for one in all_of_them if one.first <= number <= one.last)

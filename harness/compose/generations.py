"""Services through a lineage: one runs as long as its image is the same; the next has its data."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.compose.images import HOME, PROGRESS, ProjectImage, merged, started
from harness.compose.releases import Lineage, stage
from harness.compose.services import (
    DONE,
    HEALTHY,
    NETWORK,
    PREPARING,
    STARTED,
    After,
    Check,
    Service,
    until_over,
)
from harness.model import ServiceRef
from harness.services import SERVICES, terms

PROGRESS_VOLUME = "progress"
EVERY_S, TIMES = 2, 60


@dataclass(frozen=True, kw_only=True)
class Generation:
    """A service in the set-ups from ``first`` to ``last``."""

    ref: ServiceRef
    image: ProjectImage
    first: int
    last: int
    is_last: bool  # it runs on when all is prepared

    @property
    def service(self) -> str:
        return self.ref.name

    @property
    def name(self) -> str:
        return self.service if self.is_last else f"{stage(self.first)}-{self.service}"

    @property
    def volumes(self) -> dict[str, str]:
        """Its data: volume -> folder."""
        return {f"{self.service}-data{f'-{number}' if number > 1 else ''}": folder
                for number, folder in enumerate(terms(self.ref).data, start=1)}  # fmt: skip

    @property
    def ready(self) -> After:
        """What whoever needs it waits for."""
        return {f"{self.name}-ready": DONE} if _is_watched(self.ref) else {self.name: HEALTHY}

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
            ref = next(ref for ref in one.environment.server.services if ref.name == name)
            user = one.users[name] if ref.image else SERVICES[name].user
            image = lineage.images.of(chain, f"{lineage.folder(number)}/{name}", user)
            before = next((each for each in found if each.service == name and each.last == number - 1), None)
            if before and before.image is image and (not ref.image or ref == before.ref):
                found[found.index(before)] = replace(before, last=number, is_last=number == newest)
            else:
                found.append(Generation(ref=ref, image=image, first=number, last=number, is_last=number == newest))
    return tuple(found)


def _is_watched(ref: ServiceRef) -> bool:
    """Whether somebody else looks whether it is ready, as nobody knows what is in its image."""
    return ref.image is not None and not ref.ready.command


def watching(lineage: Lineage, one: Generation) -> Service | None:
    """What runs beside a service until it is ready, in its network; None where it says itself whether it is."""
    if not _is_watched(one.ref):
        return None
    agreed = terms(one.ref)
    known = agreed.known
    hello, pattern = (known.hello.hex(), known.ready.pattern.decode("latin-1")) if known else ("", "")
    lineage.helper.add_templates("greet.pl")
    words = shlex.join(["perl", f"{HOME}/greet.pl", str(agreed.port), hello, pattern])
    tries = round(agreed.ref.ready.timeout_s)
    waits = f"for try in $(seq {tries}); do {words} && exit; sleep 1; done; exit 1"
    return Service(
        name=f"{one.name}-ready",
        spec=lineage.helper_spec,
        image=lineage.helper,
        command=("sh", "-c", waits),
        within=one.name,
        after={one.name: STARTED},
    )


def running(lineage: Lineage, one: Generation, after: After, *, prepares: bool, shares: bool) -> Service:
    """The service that it is; ``prepares`` where something makes its data first, which ``shares`` its sockets."""
    check = _check(one)
    command: tuple[str, ...] = ()
    shared = one.sockets if shares else {}
    networks: dict[str, tuple[str, ...]] = {PREPARING: () if one.is_last else (one.service,)} if prepares else {}
    networks |= {NETWORK: ()} if one.is_last else {}
    if not one.is_last:
        one.image.add_templates("until.sh")
        one.image.keeps_progress()
        shared |= {PROGRESS_VOLUME: PROGRESS}
        own = started(merged(one.image.chain))
        command = until_over(one.name, SERVICES[one.service].stop_signal.removeprefix("SIG"), *own)
        check.append(f"{PROGRESS}/{one.name}.over")
    return Service(
        name=one.name,
        spec=lineage.specs.service(one.service, "", lineage.credentials.of_service(one.ref)),
        image=one.image,
        command=command,
        networks=networks,
        after=after,
        volumes=one.volumes,
        shared=shared,
        check=Check(command=tuple(check), every_s=EVERY_S, times=TIMES) if check else None,
    )


def _check(one: Generation) -> list[str]:
    """The command in its container that says whether it is ready; empty where something beside it looks."""
    if one.ref.image:
        return list(one.ref.ready.command or ())
    service = SERVICES[one.service]
    one.image.add_templates("greet.pl")
    pattern = service.ready.pattern.decode("latin-1")
    return ["perl", f"{HOME}/greet.pl", str(service.port), service.hello.hex(), pattern]


def of(number: int, all_of_them: tuple[Generation, ...]) -> Iterator[Generation]:
    """Those that run in a set-up."""
    return (one for one in all_of_them if one.first <= number <= one.last)

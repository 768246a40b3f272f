"""offers: the browsers that there are for each operating system, version by version."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from harness.browsers import BROWSERS
from harness.errors import EngineError, HarnessError
from harness.language import Message
from harness.lock.resolver import THREADS, Resolver, this_machine
from harness.model import Base, Client
from harness.protocols import BrowserSource, Registry
from harness.systems import System


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One source of a browser, as ``client`` may name it: its versions, oldest first, or why they are not known."""

    os: str
    browser: str
    source: str
    versions: tuple[str, ...] = ()
    unknown: Message | None = None


def offers(
    systems: Iterable[System], bases: Iterable[Base], registry: Registry, absent: Message | None = None
) -> tuple[Offer, ...]:
    """What each source says now. ``bases`` are those that are here: where one is missing, what its packages
    would tell is not known, for the reason ``absent``."""
    here = {base.os: base for base in bases}
    wanted = list(systems)
    stand_ins = [here.get(system.name) or Base(os=system.name, source="bootstrap") for system in wanted]
    resolver = Resolver({}, registry, stand_ins, this_machine())
    questions = [(system, name, source) for system in wanted for name, source in _sources()]

    def offer(question: tuple[System, str, BrowserSource]) -> Offer:
        system, name, source = question
        return _offer(resolver, system, name, source, None if system.name in here else absent)

    with ThreadPoolExecutor(THREADS, thread_name_prefix="offers") as pool:
        return tuple(pool.map(offer, questions))


def _sources() -> Iterator[tuple[str, BrowserSource]]:
    for name, browser in BROWSERS.items():
        for source in browser.sources:
            yield name, source


def _offer(resolver: Resolver, system: System, browser: str, source: BrowserSource, absent: Message | None) -> Offer:
    known = Offer(os=system.name, browser=browser, source=source.name)
    try:
        if absent and source.from_system:
            raise EngineError(absent)
        return replace(known, versions=resolver.drivable(Client(os=system.name), source))
    except HarnessError as exc:
        return replace(known, unknown=exc.what)

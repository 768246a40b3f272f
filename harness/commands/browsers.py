"""``harness browsers``: what ``client.browser`` may say on this machine, from where it comes, what is built."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.engine import Engine
    from harness.language import Message
    from harness.lock import Offer
    from harness.model import Base
    from harness.systems import System


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from harness.systems import SYSTEMS

    parser.add_argument(
        "--os",
        action="append",
        choices=SYSTEMS,
        help="ask for this one, and make its base image where it is not here; may be repeated "
        "(without it: all, as far as their base images are here)",
    )


def main(args: argparse.Namespace) -> int:
    import json

    from harness.engine import ContainerRegistry
    from harness.errors import ExitCode
    from harness.lock import offers
    from harness.systems import SYSTEMS

    engine, absent = _engine()
    systems = [SYSTEMS[name] for name in args.os or SYSTEMS]
    registry = ContainerRegistry(engine=engine) if engine else ContainerRegistry()
    bases = _bases(engine, systems, registry, make=bool(args.os)) if engine else []
    found = offers(systems, bases, registry, absent)
    built = _built(engine) if engine else None
    if args.json:
        print(json.dumps([row for offer in found for row in _rows(offer, built)], indent=1, ensure_ascii=False))
        return ExitCode.GOOD
    for line in _lines(found, built, absent if engine is None else None, args.lang):
        print(line)
    return ExitCode.GOOD


def _engine() -> tuple[Engine | None, Message]:
    """The engine, and why what a base image is needed for is not known where it is not here."""
    from harness.engine import connect
    from harness.errors import EngineError
    from harness.language import Message

    try:
        return connect(), Message("its base image is not here; `--os` makes it")
    except EngineError as exc:
        return None, exc.what


def _bases(engine: Engine, systems: list[System], registry: Any, *, make: bool) -> list[Base]:
    from harness.engine import present_base

    found = [registry.base(system) if make else present_base(engine, system) for system in systems]
    return [base for base in found if base]


def _built(engine: Engine) -> set[tuple[str, str, str]]:
    """(operating system, browser, version) of the images that the engine has."""
    from harness.cache import Cache
    from harness.engine import tags
    from harness.render import BUILT

    cache = Cache()
    records = [cache.record(BUILT, tag) for tag in tags(engine, "harness/browser")]
    return {(record[0], record[1], record[2]) for record in records if record}


def _rows(offer: Offer, built: set[tuple[str, str, str]] | None) -> list[dict[str, Any]]:
    about = {"os": offer.os, "browser": offer.browser, "source": offer.source}
    if offer.unknown:
        return [about | {"version": None, "built": None, "unknown": str(offer.unknown)}]
    return [
        about | {"version": version, "built": None if built is None else (offer.os, offer.browser, version) in built}
        for version in offer.versions
    ]


def _elsewhere() -> list[str]:
    from harness.browsers import BROWSERS

    return [name for name, browser in BROWSERS.items() if not browser.sources]


def _lines(
    offers: tuple[Offer, ...], built: set[tuple[str, str, str]] | None, unknown: Message | None, lang: Any
) -> list[str]:
    from harness.language import Message

    lines: list[str] = []
    for offer in offers:
        if f"{offer.os}:" not in lines:
            lines.append(f"{offer.os}:")
        if offer.unknown:
            what = Message("not known: {why}", why=offer.unknown)
            lines.append(f"  {offer.browser:<9} {'?':<26} {offer.source:<22} {what.into(lang)}")
        for version in offer.versions:
            here = Message("built").into(lang) if (offer.os, offer.browser, version) in (built or ()) else ""
            lines.append(f"  {offer.browser:<9} {version:<26} {offer.source:<22} {here}".rstrip())
    for name in _elsewhere():
        what = Message(
            "{browser}: one that runs elsewhere, behind a WebDriver server that the file names", browser=name
        )
        lines.append(what.into(lang))
    if unknown:
        lines.append(Message("which of them are built is not known: {why}", why=unknown).into(lang))
    return lines

"""``harness diff``: what differs between two customers, or before and after an upgrade."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.contrast import SetUp
    from harness.language import Language
    from harness.model import Case, Contrast, Contrasted, Layer, Lock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environment", type=Path, metavar="ENV", help="an environment file")
    parser.add_argument(
        "other", nargs="?", type=Path, metavar="OTHER", help="another; without it: before and after the upgrade of ENV"
    )
    parser.add_argument(
        "--to",
        type=int,
        metavar="HOP",
        help="so many entries of `upgrade` are done: of the one file, where all are without this; "
        "of both files, where none is",
    )
    parser.add_argument("--all", action="store_true", help="list every package below, not only how many differ")


def main(args: argparse.Namespace) -> int:
    from harness.contrast import contrast
    from harness.errors import ExitCode
    from harness.writing.words import printable

    if args.other is None:
        case, locked = _known(args.environment, args.lang, quiet=args.json)
        hop = _hop(case, len(case.file.environments) - 1 if args.to is None else args.to, least=1)
        sides = _set_up(case, locked, 0), _set_up(case, locked, hop)
    else:
        known = [_known(path, args.lang, quiet=args.json) for path in (args.environment, args.other)]
        before, after = (_set_up(case, locked, _hop(case, args.to or 0, least=0)) for case, locked in known)
        sides = before, after
    found = contrast(*sides)
    if args.json:
        print(found.model_dump_json(indent=1))
    else:
        print(printable("\n".join(_lines(found, args.all, args.lang))))
    return ExitCode.GOOD if found.equal else ExitCode.REGRESSION  # as diff(1) has it


def _known(path: Path, lang: Language, *, quiet: bool) -> tuple[Case, Lock]:
    """A file with its lock; where none lies beside it, the registries say what its versions become."""
    from harness import lock, spec
    from harness.engine import ContainerRegistry
    from harness.errors import InputError
    from harness.language import Message
    from harness.progress import progress
    from harness.spec.kinds import kind

    if kind(path) in ("lock", "matrix"):
        raise InputError(
            Message("{path} is no environment file", path=path),
            Message("name the environment file; its lock is read where it lies beside it"),
        )
    case = spec.load(path, None)
    locked = lock.beside(path)
    if locked is None:
        with progress(lang=lang, quiet=quiet, verbose=False) as shown:
            shown.stage("", Message("resolving versions"))
            return case, lock.resolve(case.file, case.recipes, ContainerRegistry())
    lock.check(locked, case.file, case.recipes)
    return case, locked


def _hop(case: Case, hop: int, *, least: int) -> int:
    from harness.errors import InputError
    from harness.language import Message

    last = len(case.file.environments) - 1
    if least <= hop <= last:
        return hop
    if last < least:
        raise InputError(
            Message("{path} has no upgrade, so there is nothing to compare", path=case.file.path),
            Message("name a second file, or add an `upgrade:` list to it that says what changed"),
        )
    raise InputError(
        Message("{path} has no upgrade {number}", path=case.file.path, number=hop),
        Message("--to takes a number from {least} to {last}", least=least, last=last),
    )


def _set_up(case: Case, locked: Lock, hop: int) -> SetUp:
    from harness import lock
    from harness.contrast import SetUp
    from harness.model import Contrasting

    environment, one = case.file.environments[hop], locked.environments[hop]
    return SetUp(
        which=Contrasting(file=str(case.file.path), upgrades=hop),
        environment=one.exact(environment),
        locked=one,
        lock=locked,
        recipe=lock.digest_of_recipe(case.recipe(environment)),
    )


def _lines(found: Contrast, everything: bool, lang: Language) -> Iterator[str]:
    from harness.contrast import LAYERS
    from harness.language import Message
    from harness.writing.words import LAYER_WORDS

    for sign, side in (("---", found.before), ("+++", found.after)):
        after = Message("{path}, after upgrade {number}", path=side.file, number=side.upgrades)
        yield f"{sign} {after.into(lang) if side.upgrades else side.file}"
    if found.equal:
        yield Message("nothing differs").into(lang)
    for layer in LAYERS:
        if lines := list(_layer(found, layer, everything, lang)):
            yield ""
            yield LAYER_WORDS[layer].into(lang)
            yield from lines


def _layer(found: Contrast, layer: Layer, everything: bool, lang: Language) -> Iterator[str]:
    direct, below = found.of(layer, direct=True), found.of(layer, direct=False)
    yield from _table(direct)
    if everything:
        yield from _table(below)
    elif below:
        yield f"  {_folded(below, lang)}"


def _table(rows: tuple[Contrasted, ...]) -> Iterator[str]:
    from harness.writing.words import columns, one_line, padded

    names = [one_line(f"{one.source} {one.name}".strip()) for one in rows]
    befores = [one_line(one.before or "–", 60) for one in rows]
    for name, before, one in zip(names, befores, rows, strict=True):
        widths = [max(map(columns, words)) for words in (names, befores)]
        sign = {"added": "+", "removed": "-", "changed": "~"}[one.how]
        yield f"  {sign} {padded(name, widths[0])}  {padded(before, widths[1])} → {one_line(one.after or '–', 60)}"


def _folded(below: tuple[Contrasted, ...], lang: Language) -> str:
    from collections import Counter

    from harness.language import Message

    counts = Counter(one.how for one in below)
    told = [
        Message("{count} added", count=counts["added"]) if counts["added"] else None,
        Message("{count} removed", count=counts["removed"]) if counts["removed"] else None,
        Message("{count} changed", count=counts["changed"]) if counts["changed"] else None,
    ]
    words = ", ".join(one.into(lang) for one in told if one)
    return Message("packages below that: {told}; --all lists them", told=words).into(lang)

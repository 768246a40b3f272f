"""``harness export``: the replicas of an environment for other tools."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.compose import Exported, Sides
    from harness.engine import ContainerRegistry
    from harness.language import Language, Message
    from harness.model import Case, Environment, Lock, Side


PACKED = "packed-images"  # records of the cache: image -> SHA-256 of a tar.gz of its files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=("compose",), help="what to write")
    parser.add_argument("environment", type=Path, metavar="ENV", help="environment file")
    parser.add_argument("--side", choices=("before", "after"), help="one end of the upgrade; both without it")
    parser.add_argument("--output", type=Path, metavar="DIR", required=True, help="a new or empty folder")


def main(args: argparse.Namespace) -> int:
    import json

    from harness import lock, run, spec
    from harness.engine import ContainerRegistry
    from harness.errors import ExitCode

    case = spec.load(args.environment, None)
    _check_folder(args.output)
    _check(case)
    engine, locked = run.prepare(case.file, case.recipes, lock.beside(case.file.path))
    registry = ContainerRegistry(engine=engine, bases=locked.bases)
    sides = _sides(case, locked, registry, args.side)
    written = _write(args.output, case.file.name, sides, registry, args.lang)
    if args.json:
        print(json.dumps({"folder": str(args.output), "files": [str(path) for path in written]}))
    else:
        for line in _told(args.output, written):
            print(line.into(args.lang))
    return ExitCode.GOOD


def _check_folder(folder: Path) -> None:
    from harness.errors import InputError
    from harness.evidence import unwritable
    from harness.language import Message

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            Message("{path} is there already, and nothing is written over", path=folder),
            Message("name a new or empty folder"),
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise unwritable(folder, exc) from exc


def _check(case: Case) -> None:
    """InputError where a project would hold less than a replica does."""
    from harness.compose import refusals
    from harness.errors import InputError

    if problems := refusals(case):
        raise InputError.of(problems)


def _sides(
    case: Case, locked: Lock, registry: ContainerRegistry, only: Side | None = None
) -> dict[Side, tuple[Exported, ...]]:
    """What each side has lived through, rendered; each set-up once."""
    from harness import spec
    from harness.compose import Exported
    from harness.evidence import SIDES
    from harness.render import render

    rendered: dict[Environment, Exported] = {}
    sides = [only] if only else SIDES if len(case.file.environments) > 1 else SIDES[:1]
    lineages = {side: case.file.lineage(side) for side in sides}
    for environment in (one for lineage in lineages.values() for one in lineage):
        one = locked.environments[case.file.environments.index(environment)]
        recipe = case.recipe(environment)
        rendering = render(environment, recipe, one, locked, registry)
        rules = [rule for path in case.file.gateways_of(environment) for rule in spec.gateway_file(path).data]
        rendered[environment] = Exported.of(one.exact(environment), recipe, rendering, registry.engine, rules)
    return {side: tuple(rendered[one] for one in lineage) for side, lineage in lineages.items()}


def _write(folder: Path, name: str, sides: Sides, registry: ContainerRegistry, lang: Language) -> list[Path]:
    """All of it, or nothing."""
    from harness import compose
    from harness.evidence import whole_folder

    with whole_folder(folder) as made:
        local = {
            reference: _local(made / f"base-{number}", reference, registry)
            for number, reference in enumerate(compose.parents(sides))
        }
        written = compose.write(made, name, sides, local)
        for path in local.values():
            path.unlink()
        archives = {
            reference: _saved(made / f"image-{number}.tar", reference, registry)
            for number, reference in enumerate(compose.archives(sides), start=1)
        }
        words = "\n\n".join(one.into(lang) for one in compose.readme(name, sides, archives))
        (made / "README.md").write_text(f"{words}\n", "utf-8")
    return [folder / path.name for path in written]


def _saved(path: Path, reference: str, registry: ContainerRegistry) -> str:
    """An image in a file that ``docker load`` takes."""
    from harness.engine import images

    with path.open("wb") as out:
        out.writelines(images.save(registry.engine, [reference]))
    return path.name


def _local(path: Path, reference: str, registry: ContainerRegistry) -> Path:
    """The files of an image in a tar.gz, the same bytes each time, so that engines know what they built on it."""
    import shutil

    from harness.engine import built, images

    image, cache = built(registry.engine, reference), registry.cache
    key = image.id if image else reference
    kept = cache.find(cache.record(PACKED, key) or "")
    if kept is None:
        sha256, kept = cache.add(_packed(images.file_system(registry.engine, reference)))
        cache.remember(PACKED, key, value=sha256)
    shutil.copyfile(kept, path)
    return path


def _packed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """As gzip, RFC 1952, without a time in it."""
    import zlib

    packer = zlib.compressobj(6, wbits=zlib.MAX_WBITS | 16)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


def _told(folder: Path, written: Iterable[Path]) -> Iterator[Message]:
    from harness.language import Message

    files = ", ".join(path.name for path in written)
    yield Message("written to {folder}: {files}, README.md", folder=folder, files=files)
    for path in written:
        yield Message("  cd {folder} && docker compose -f {file} up --build", folder=folder, file=path.name)

"""``harness export``: the replicas of an environment for other tools."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.compose import Exported
    from harness.engine import ContainerRegistry
    from harness.language import Language, Message
    from harness.model import Case, Lock, Side


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=("compose",), help="what to write")
    parser.add_argument("environment", type=Path, metavar="ENV", help="environment file")
    parser.add_argument("--output", type=Path, metavar="DIR", required=True, help="a new or empty folder")


def main(args: argparse.Namespace) -> int:
    import json

    from harness import lock, run, spec
    from harness.engine import ContainerRegistry
    from harness.errors import ExitCode

    case = spec.load(args.environment, None)
    _check_folder(args.output)
    _check_data(case)
    engine, locked = run.prepare(case.file, case.recipes, lock.beside(case.file.path))
    registry = ContainerRegistry(engine=engine, bases=locked.bases)
    sides = _sides(case, locked, registry)
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


def _check_data(case: Case) -> None:
    """InputError where a project would hold less than a replica does."""
    from harness.errors import InputError
    from harness.language import Message

    if case.file.kinds or any(one.server.services for one in case.file.environments) or _seeds(case):
        raise InputError(
            Message(
                "{path} has services, seed data or an upgrade in place, which are not exported", path=case.file.path
            ),
            Message("`harness up {path}` starts it with all of that", path=case.file.path),
        )
    if _crossed(case):
        raise InputError(
            Message("{path} has something between browser and product, which is not exported", path=case.file.path),
            Message("`harness up {path}` starts it with all of that", path=case.file.path),
        )


def _crossed(case: Case) -> bool:
    links = [one.link for one in case.file.environments]
    return any(one.proxy or one.tls or one.basic_auth or one.blocked for one in links)


def _seeds(case: Case) -> bool:
    return any(recipe.seed for recipe in case.recipes.values())


def _sides(case: Case, locked: Lock, registry: ContainerRegistry) -> dict[Side, Exported]:
    from harness.compose import Exported
    from harness.evidence import SIDES
    from harness.render import render

    found: dict[Side, Exported] = {}
    for side in SIDES if len(case.file.environments) > 1 else SIDES[:1]:
        environment, one = case.file.side(side), locked.side(side)
        recipe = case.recipe(environment)
        rendering = render(environment, recipe, one, locked, registry)
        found[side] = Exported(environment=one.exact(environment), recipe=recipe, rendering=rendering)
    return found


def _write(
    folder: Path, name: str, sides: dict[Side, Exported], registry: ContainerRegistry, lang: Language
) -> list[Path]:
    """All of it, or nothing."""
    from harness import compose
    from harness.evidence import whole_folder

    with whole_folder(folder) as made:
        local = {
            reference: _local(made / f"base-{number}", reference, registry)
            for number, reference in enumerate(compose.parents(sides.values()))
        }
        written = compose.write(made, name, sides, local)
        for path in local.values():
            path.unlink()
        words = "\n\n".join(one.into(lang) for one in _readme(name, sides, written))
        (made / "README.md").write_text(f"{words}\n", "utf-8")
    return [folder / path.name for path in written]


def _local(path: Path, reference: str, registry: ContainerRegistry) -> Path:
    """The files of an image in a tar.gz."""
    import gzip

    from harness.engine import images

    with gzip.open(path, "wb", compresslevel=6) as out:
        for chunk in images.file_system(registry.engine, reference):
            out.write(chunk)
    return path


def _readme(name: str, sides: dict[Side, Exported], written: Iterable[Path]) -> Iterator[Message]:
    from harness.compose import PORTS
    from harness.language import Message
    from harness.replicas.specs import PRODUCT

    yield Message("# {name}", name=name)
    yield Message(
        "Written by `harness export compose`: the replicas of this environment for Docker Compose. Images, networks, "
        "limits and variables are those that harness itself uses; nothing needs a network to be built or to run."
    )
    for path in written:
        side: Side = "before" if path.stem == "before" else "after"
        yield Message(
            "{side}: `docker compose -f {file} up --build`. The product is at http://127.0.0.1:{product}; the browser "
            "of the customer answers WebDriver at http://127.0.0.1:{browser}, and in it the product is {url}.",
            side=Message("Before") if side == "before" else Message("After"),
            file=path.name,
            product=PORTS[side][0],
            browser=PORTS[side][1],
            url=f"http://{PRODUCT}:{sides[side].recipe.port}",
        )
    yield Message(
        "PRODUCT_PORT and BROWSER_PORT choose other ports of 127.0.0.1. A variable that Compose asks for is one that "
        "the recipe keeps out of images."
    )
    yield Message(
        "The service `door` is no part of the replica: it lets connections from this machine into its network, which "
        "has no way out and so none in."
    )


def _told(folder: Path, written: Iterable[Path]) -> Iterator[Message]:
    from harness.language import Message

    files = ", ".join(path.name for path in written)
    yield Message("written to {folder}: {files}, README.md", folder=folder, files=files)
    for path in written:
        yield Message("  cd {folder} && docker compose -f {file} up --build", folder=folder, file=path.name)

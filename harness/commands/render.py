"""``harness render``: print or write the Dockerfiles and build contexts of an environment."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environment", type=Path, metavar="ENV", help="an environment file")
    parser.add_argument("--side", choices=("before", "after"), default="before", help="which side of the upgrade")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write the contexts there instead of printing")
    parser.add_argument(
        "--complete",
        action="store_true",
        help="with --output: also the packages, so that `docker build` works, not only their checksums",
    )


def main(args: argparse.Namespace) -> int:
    import json

    from harness import lock, spec
    from harness.engine import ContainerRegistry
    from harness.language import Message
    from harness.render import render, write

    case = spec.load(args.environment, None)
    registry = ContainerRegistry()
    existing = lock.beside(case.file.path)
    locked = lock.resolve(case.file, case.recipes, registry, existing=existing)
    environment = case.file.side(args.side)
    rendering = render(environment, case.recipe(environment), locked.side(args.side), locked, registry)
    chains = {"server": rendering.server, "browser": rendering.browser}
    written = write(rendering, args.output, complete=args.complete) if args.output else ()
    if args.json:
        rows = [
            {
                "image": image,
                "name": context.name,
                "tag": context.tag,
                "parent": context.parent,
                "dockerfile": context.dockerfile,
                "files": {file.path: file.sha256 for file in context.files},
            }
            for image, chain in chains.items()
            for context in chain
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif written:
        print(Message("written to {folders}", folders=", ".join(map(str, written))).into(args.lang))
    else:
        for image, chain in chains.items():
            for context in chain:
                print(f"# {image}: {context.tag}\n{context.dockerfile}")
    return 0

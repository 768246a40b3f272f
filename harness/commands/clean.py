"""``harness clean``: remove what was left behind, and on request images and fetched files."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.engine import Swept

HELP = "remove what a run that died left behind; with --images also our images, with --cache what was fetched"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--images", action="store_true", help="also the images that were built")
    parser.add_argument("--cache", action="store_true", help="also the fetched packages")


def main(args: argparse.Namespace) -> int:
    import shutil

    from harness.cache import cache_folder
    from harness.engine import connect, remove, sweep

    engine = connect()
    swept = remove(engine, images=True) if args.images else sweep(engine)
    if args.cache:
        shutil.rmtree(cache_folder(), ignore_errors=True)
    return told(swept, args)


def told(swept: "Swept", args: argparse.Namespace) -> int:
    """Print what was removed."""
    import json
    from dataclasses import asdict

    from harness.errors import ExitCode
    from harness.language import Message

    counts = asdict(swept)
    if args.json:
        print(json.dumps(counts))
    else:
        rows = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(Message("removed: {rows}", rows=rows).into(args.lang))
    return ExitCode.GOOD

"""``harness clean``: remove what was left behind, and on request images and fetched files."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--images", action="store_true", help="also the images that were built, and what runs of them")
    parser.add_argument("--cache", action="store_true", help="also the fetched packages")


def main(args: argparse.Namespace) -> int:
    import json
    import shutil
    from dataclasses import asdict

    from harness.cache import cache_folder
    from harness.engine import connect, remove, sweep
    from harness.errors import ExitCode

    engine = connect()
    swept = remove(engine, images=True) if args.images else sweep(engine)
    if args.cache:
        shutil.rmtree(cache_folder(), ignore_errors=True)
    print(json.dumps(asdict(swept)) if args.json else swept.words().into(args.lang))
    return ExitCode.GOOD

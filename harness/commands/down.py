"""``harness down``: remove what runs."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="run id, as `harness ps` shows it; all without it")


def main(args: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from harness.engine import connect, remove
    from harness.errors import ExitCode

    swept = remove(connect(), run_id=args.run)
    print(json.dumps(asdict(swept)) if args.json else swept.words().into(args.lang))
    return ExitCode.GOOD

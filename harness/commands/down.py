"""``harness down``: remove what runs."""

import argparse

HELP = "stop and remove replicas: those of one run, or all of ours on this engine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="run id, as `harness ps` shows it; all without it")


def main(args: argparse.Namespace) -> int:
    from harness.commands.clean import told
    from harness.engine import connect, remove

    return told(remove(connect(), run_id=args.run), args)

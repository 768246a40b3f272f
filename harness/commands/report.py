"""``harness report``: a run folder rendered again."""

import argparse
from pathlib import Path

HELP = "render the reports of an earlier run again, in another language or format"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from harness.reports import REPORTS

    parser.add_argument("run", metavar="RUN", help="folder of a run, or `latest`")
    parser.add_argument(
        "--format",
        action="append",
        choices=tuple(REPORTS),
        help="may be given several times; html and junit without it",
    )
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="where `latest` is looked for")


def main(args: argparse.Namespace) -> int:
    """Files go into the run folder and their paths to standard output; ``terminal`` and ``json`` are printed."""
    from harness.errors import ExitCode
    from harness.evidence import RunFolder, latest
    from harness.reports import REPORTS, write

    here = Path(args.run)
    folder = latest(args.runs) if args.run == "latest" and not here.exists() else RunFolder.open(here)
    names = tuple(dict.fromkeys(args.format or ("html", "junit")))
    printed = ("json",) if args.json else tuple(name for name in names if name in ("terminal", "json"))
    written = write(folder.path, args.lang, [name for name in names if name not in ("terminal", "json")])
    for name in printed:
        print(REPORTS[name].render(folder.path, args.lang))
    if not args.json:
        print("\n".join(map(str, written)), end="\n" if written else "")
    return ExitCode.GOOD

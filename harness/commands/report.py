"""``harness report``: the folder of a run or of a matrix rendered again."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.evidence import MatrixFolder, RunFolder
    from harness.protocols import Report

PRINTED = ("terminal", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from harness.matrix_reports import MATRIX_REPORTS
    from harness.reports import REPORTS

    parser.add_argument("run", metavar="RUN", help="folder of a run or of a matrix, or `latest`")
    parser.add_argument(
        "--format",
        action="append",
        choices=tuple(dict.fromkeys([*REPORTS, *MATRIX_REPORTS])),
        help="may be given several times; html and junit without it, of a matrix ctrf and markdown too",
    )
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="where `latest` is looked for")


def main(args: argparse.Namespace) -> int:
    """Files go into the folder and their paths to standard output; ``terminal`` and ``json`` are printed."""
    from harness import matrix_reports, reports
    from harness.errors import ExitCode
    from harness.evidence import MatrixFolder, latest, opened, write_reports

    here = Path(args.run)
    folder = latest(args.runs) if args.run == "latest" and not here.exists() else opened(here)
    if isinstance(folder, MatrixFolder):
        family, usual = matrix_reports.MATRIX_REPORTS, matrix_reports.USUAL
    else:
        family, usual = reports.REPORTS, reports.USUAL
    names = tuple(dict.fromkeys(args.format or usual))
    _check(names, family, folder)
    printed = ("json",) if args.json else tuple(name for name in names if name in PRINTED)
    written = write_reports(folder.path, args.lang, [family[name] for name in names if name not in PRINTED])
    for name in printed:
        print(family[name].render(folder.path, args.lang))
    if not args.json:
        print("\n".join(map(str, written)), end="\n" if written else "")
    return ExitCode.GOOD


def _check(names: Iterable[str], family: "dict[str, Report]", folder: "RunFolder | MatrixFolder") -> None:
    from harness.errors import InputError
    from harness.evidence import RunFolder
    from harness.language import Message

    kind = Message("a run") if isinstance(folder, RunFolder) else Message("a matrix")
    for name in names:
        if name not in family:
            raise InputError(
                Message(
                    "{path} is the folder of {kind}, and `{format}` is no format of it",
                    path=folder.path,
                    kind=kind,
                    format=name,
                ),
                Message("use one of: {choices}", choices=", ".join(family)),
            )

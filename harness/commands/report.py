"""``harness report``: the folder of a run or of a matrix rendered again."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.evidence import MatrixFolder, RunFolder
    from harness.model import Audience
    from harness.protocols import Report

PRINTED = ("terminal", "json")
SHORT = {"md": "markdown"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from harness.matrix_reports import MATRIX_REPORTS
    from harness.reports import FOR, REPORTS

    parser.add_argument("run", metavar="RUN", help="folder of a run or of a matrix, or `latest`")
    parser.add_argument(
        "--for",
        dest="audience",
        choices=tuple(FOR),
        default="engineer",
        help="customer: one plain paragraph; vendor: versions, the call, old and new answer, stack, steps; "
        "engineer: both, and all evidence",
    )
    parser.add_argument(
        "--format",
        action="append",
        choices=tuple(dict.fromkeys([*REPORTS, *MATRIX_REPORTS, *SHORT])),
        help="may be given several times, `md` is short for markdown; html and junit without it, of a matrix ctrf and "
        "markdown too, for customer and vendor html",
    )
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="where `latest` is looked for")


def main(args: argparse.Namespace) -> int:
    """Files go into the folder and their paths to standard output; ``terminal`` and ``json`` are printed."""
    from harness.errors import ExitCode
    from harness.evidence import latest, opened, write_reports

    here = Path(args.run)
    folder = latest(args.runs) if args.run == "latest" and not here.exists() else opened(here)
    family, usual = _family(folder, args.audience)
    names = tuple(dict.fromkeys(SHORT.get(name, name) for name in args.format or usual))
    for name in names:
        if name not in family:
            raise _refused(name, family, folder, args.audience)
    printed = ("json",) if args.json else tuple(name for name in names if name in PRINTED)
    written = write_reports(folder.path, args.lang, [family[name] for name in names if name not in PRINTED])
    for name in printed:
        print(family[name].render(folder.path, args.lang))
    if not args.json:
        print("\n".join(map(str, written)), end="\n" if written else "")
    return ExitCode.GOOD


def _family(folder: "RunFolder | MatrixFolder", audience: "Audience") -> "tuple[dict[str, Report], tuple[str, ...]]":
    """The formats that there are of it, and those that are written where none is asked for."""
    from harness import matrix_reports, reports
    from harness.errors import InputError
    from harness.evidence import RunFolder
    from harness.language import Message

    if isinstance(folder, RunFolder):
        return reports.FOR[audience], reports.USUAL_FOR[audience]
    if audience == "engineer":
        return matrix_reports.MATRIX_REPORTS, matrix_reports.USUAL
    result = folder.read_result()
    runs = [run for cell in result.cells if cell.verdict == "regression" and (run := cell.evidence)]
    advice = (
        Message("give the folder of one of its runs, such as {path}", path=folder.path / runs[0])
        if runs
        else Message("give the folder of one of its runs")
    )
    raise InputError(
        Message(
            "{path} is the folder of a matrix, and only of a single run something can be said to a {audience}",
            path=folder.path,
            audience=audience,
        ),
        advice,
    )


def _refused(
    name: str, family: "dict[str, Report]", folder: "RunFolder | MatrixFolder", audience: "Audience"
) -> Exception:
    from harness.errors import InputError
    from harness.evidence import RunFolder
    from harness.language import Message

    advice = Message("use one of: {choices}", choices=", ".join(family))
    if audience != "engineer":
        what = Message("`{format}` is no format for a {audience}", format=name, audience=audience)
        return InputError(what, advice)
    kind = Message("a run") if isinstance(folder, RunFolder) else Message("a matrix")
    return InputError(
        Message(
            "{path} is the folder of {kind}, and `{format}` is no format of it",
            path=folder.path,
            kind=kind,
            format=name,
        ),
        advice,
    )

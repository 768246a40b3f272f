"""``harness suggest-compat``: a gateway that gives new answers their old shape, and whether it mends."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="folder of a run whose verdict is a regression, or `latest`")
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="where `latest` is looked for")
    parser.add_argument("--locked", action="store_true", help="refuse to run with anything else than the lock names")
    parser.add_argument("--verbose", action="store_true", help="print what builds print")


def main(args: argparse.Namespace) -> int:
    """0 where the failure is gone and nothing is worse, 1 where it is not, 4 where that could not be told."""
    from harness.controls.suggesting import suggest
    from harness.errors import ExitCode, InputError
    from harness.evidence import MatrixFolder, latest, opened
    from harness.language import Message
    from harness.progress import progress
    from harness.writing.suggestion import suggestion_text

    here = Path(args.run)
    folder = latest(args.runs) if args.run == "latest" and not here.exists() else opened(here)
    if isinstance(folder, MatrixFolder):
        raise InputError(
            Message("{path} is the folder of a matrix", path=folder.path),
            Message("name the folder of one of its cells"),
        )
    with progress(lang=args.lang, quiet=args.json, verbose=args.verbose) as shown:
        found = suggest(folder, progress=shown, strict=args.locked, lang=args.lang)
    print(found.model_dump_json(indent=1) if args.json else suggestion_text(found, args.lang))
    if found.outcome == "mended":
        return ExitCode.GOOD
    return ExitCode.UNDECIDED if found.outcome == "no-answer" else ExitCode.REGRESSION

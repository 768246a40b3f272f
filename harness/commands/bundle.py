"""``harness bundle``: a reproduction in one file, to be handed to someone else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from harness.evidence import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="folder of a run or of a cell of a matrix, or `latest`")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write it; <run>.zip here without it")
    parser.add_argument("--with-packages", action="store_true", help="also what was fetched, and the base images")
    parser.add_argument("--with-images", action="store_true", help="also the images of both replicas")
    parser.add_argument("--issue-text", action="store_true", help="print Markdown for the tracker")
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="where `latest` is looked for")


def main(args: argparse.Namespace) -> int:
    import json

    from harness.bundle.making import EXTRAS, make
    from harness.errors import ExitCode
    from harness.language import Message
    from harness.progress import progress
    from harness.reports import REPORTS

    run = _run(args)
    path = args.output or Path(f"{run.path.resolve().name}.zip")
    extras = [one for one in EXTRAS if getattr(args, f"with_{one}")]
    with progress(lang=args.lang, quiet=args.json, verbose=False) as shown:
        manifest = make(run, path, extras=extras, progress=shown, lang=args.lang)
    size_bytes = path.stat().st_size
    if args.json:
        print(json.dumps({"path": str(path), "size_bytes": size_bytes, **json.loads(manifest.model_dump_json())}))
        return ExitCode.GOOD
    if args.issue_text:
        print(REPORTS["markdown"].render(run.path, args.lang))
    words = Message(
        "{path}: {count} files, {size} MB; `harness replay {path}` runs it again",
        path=path,
        count=len(manifest.files),
        size=f"{size_bytes / 1e6:.1f}",
    )
    print(words.into(args.lang), file=_messages(args))
    return ExitCode.GOOD


def _run(args: argparse.Namespace) -> RunFolder:
    from harness.errors import InputError
    from harness.evidence import MatrixFolder, latest, opened
    from harness.language import Message

    here = Path(args.run)
    folder = latest(args.runs) if args.run == "latest" and not here.exists() else opened(here)
    if not isinstance(folder, MatrixFolder):
        return folder
    cells = [cell for cell in folder.read_result().cells if cell.evidence]
    failing = next((cell for cell in cells if not cell.is_good), cells[0] if cells else None)
    raise InputError(
        Message("{path} is the run of a matrix; a bundle is of one of its cells", path=folder.path),
        Message("name the folder of a cell: {path}", path=folder.path / failing.evidence) if failing else None,
    )


def _messages(args: argparse.Namespace) -> TextIO:
    """Where words for people go: beside the text for the tracker, which is to be piped."""
    return sys.stderr if args.issue_text else sys.stdout

"""``harness baseline update``: the failures of a run as known ones."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.days import day

DAYS = 90  # until an entry expires, without --expires


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("update",), help="keep what still holds, drop what no longer fails, add new")
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a matrix's run")
    parser.add_argument("--baseline", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--reason", default="", help="why the new failures are accepted for now")
    parser.add_argument("--owner", default="", help="who sees to them")
    parser.add_argument("--expires", type=day, metavar="YYYY-MM-DD", help=f"their last day; in {DAYS} days without it")


def main(args: argparse.Namespace) -> int:
    import json
    from datetime import date, timedelta

    from harness.errors import ExitCode, InputError
    from harness.evidence import MatrixFolder
    from harness.language import Message
    from harness.matrix.known import updated
    from harness.model import Known
    from harness.spec.baseline import baseline_file, write_baseline

    today = date.today()
    if args.expires and args.expires < today:
        raise InputError(Message("--expires {day} is over already", day=args.expires))
    folder = MatrixFolder.open(args.run)
    result = folder.read_result()
    old = baseline_file(args.baseline).known if args.baseline.exists() else ()
    fresh = Known(
        cells="*",
        fingerprint="0" * 16,
        reason=args.reason or "?",
        owner=args.owner or "?",
        expires=args.expires or today + timedelta(days=DAYS),
    )
    known = updated(result.cells, old, folder.read_plan().ids, today=today, fresh=fresh)
    there = {(entry.cells, entry.fingerprint, entry.verdict) for entry in old}
    added = [entry for entry in known if (entry.cells, entry.fingerprint, entry.verdict) not in there]
    if added and not (args.reason and args.owner):
        raise InputError(
            Message("{count} failure(s) are new; whoever accepts them says why", count=len(added)),
            Message("give --reason and --owner"),
        )
    write_baseline(args.baseline, known)
    dropped = len(old) - (len(known) - len(added))
    if args.json:
        print(json.dumps({"path": str(args.baseline), "added": len(added), "dropped": dropped, "known": len(known)}))
    else:
        words = Message(
            "{path}: {known} known failure(s), {added} added, {dropped} dropped",
            path=args.baseline,
            known=len(known),
            added=len(added),
            dropped=dropped,
        )
        print(words.into(args.lang))
    return ExitCode.GOOD

"""``harness replay``: what somebody else's bundle comes to here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.bundle.replaying import Replayed, Unpacked
    from harness.language import Language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a file that `harness bundle` made")
    parser.add_argument("--yes", action="store_true", help="run it without being asked")
    parser.add_argument(
        "--allow-env",
        action="append",
        default=[],
        metavar="NAME",
        help="with --yes: give it this variable of your environment, if it wants it; may be given several times",
    )
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="folder for the evidence of runs")
    parser.add_argument("--verbose", action="store_true", help="print what builds print")


def main(args: argparse.Namespace) -> int:
    import os

    from harness.bundle import Bundle
    from harness.bundle.replaying import replay, unpacked
    from harness.progress import progress

    with Bundle.open(args.bundle) as bundle, unpacked(bundle, args.bundle) as there:
        _confirm(args, there)
        environ = {name: os.environ[name] for name in there.asked if name in os.environ}
        with progress(lang=args.lang, quiet=args.json, verbose=args.verbose) as shown:
            command = ("harness", "replay", str(args.bundle))
            replayed = replay(there, runs=args.runs, progress=shown, environ=environ, lang=args.lang, command=command)
    _print(args, replayed)
    return _exit_code(replayed)


def _confirm(args: argparse.Namespace, there: Unpacked) -> None:
    """Say what would run and what it is given, and ask; a stranger's bundle is a stranger's program. A yes
    that is given in advance covers no variable that it does not name."""
    import sys

    from harness.bundle.showing import what_runs
    from harness.errors import InputError
    from harness.language import Message

    if not args.json:
        print("\n".join(what_runs(there, args.lang)), file=sys.stderr)
    if args.yes:
        if refused := [name for name in there.asked if name not in args.allow_env]:
            raise InputError(
                Message("the bundle wants variables of your environment: {names}", names=", ".join(refused)),
                Message(
                    "look at what becomes of them, and add {options}",
                    options=" ".join(f"--allow-env {name}" for name in refused),
                ),
            )
        return
    if args.json or not sys.stdin.isatty():
        raise InputError(
            Message("nobody is there to say whether this may run"), Message("look at it, and add --yes to run it")
        )
    question = Message("Run it? [y/N] ")
    if there.asked:
        question = Message("Run it, and give it the values of {names}? [y/N] ", names=", ".join(there.asked))
    print(question.into(args.lang), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "是"):
        raise InputError(Message("nothing was run"))


def _print(args: argparse.Namespace, replayed: Replayed) -> None:
    import json

    from harness.reports import REPORTS
    from harness.writing.words import one_line

    verdict = replayed.result.verdict
    if args.json:
        row = {
            "outcome": replayed.outcome,
            "expected": replayed.expected.model_dump(mode="json"),
            "differences": [one.message().into(args.lang) for one in replayed.differences],
            "verdict": json.loads(verdict.into(args.lang).model_dump_json()),
        }
        print(json.dumps(row, indent=1, ensure_ascii=False))
        return
    print(_headline(replayed, args.lang))
    for difference in replayed.differences:
        print(f"  {one_line(difference.message().into(args.lang), 2000)}")
    print()

    print(REPORTS["terminal"].render(replayed.result.folder.path, args.lang))


def _headline(replayed: Replayed, lang: Language) -> str:
    from harness.language import Message

    match replayed.outcome:
        case "same":
            return Message("The same verdict and the same failure as expected").into(lang)
        case "different":
            return Message("It comes to something else here").into(lang)
        case _:
            return Message("It could not be run here").into(lang)


def _exit_code(replayed: Replayed) -> int:
    from harness.errors import ExitCode

    if replayed.outcome == "could-not":
        return replayed.result.exit_code(None)
    return ExitCode.GOOD if replayed.outcome == "same" else ExitCode.REGRESSION

"""``harness reproduce``: the main job."""

import argparse
import sys
from pathlib import Path
from typing import Any

REPEAT_MAX = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environment", type=Path, metavar="ENV", help="environment file")
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario file")
    verdicts = ("same", "regression", "fixed", "broken-both", "unstable", "no-verdict")
    parser.add_argument("--expect", choices=verdicts, help="exit with 0 where this verdict comes, with 1 where another")
    parser.add_argument("--swap", action="store_true", help="swap before and after: is the way back good?")
    parser.add_argument("--no-controls", action="store_true", help="stop at the verdict: do not look for its cause")
    parser.add_argument("--try-newer", action="store_true", help="do newer versions of the plug-ins mend it?")
    parser.add_argument("--fewest-steps", action="store_true", help="which steps are needed to show it? (several runs)")
    parser.add_argument(
        "--repeat", type=int, default=0, metavar="N", help="it happens only sometimes: N runs of both sides, at least 2"
    )
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="folder for the evidence of runs")
    parser.add_argument("--locked", action="store_true", help="refuse to run with anything else than the lock names")
    parser.add_argument("--refresh", action="store_true", help="without a lock: resolve anew, not as in the last 24 h")
    parser.add_argument(
        "--known-issues",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a further folder of known issues, such as a git checkout; repeatable",
    )
    parser.add_argument("--verbose", action="store_true", help="print what builds print")


def main(args: argparse.Namespace) -> int:
    from harness import controls, run
    from harness.errors import InputError
    from harness.language import Message
    from harness.progress import progress
    from harness.reports import REPORTS

    controls_asked = {"try_newer": args.try_newer, "fewest_steps": args.fewest_steps, "repeat": args.repeat}
    if args.repeat and not 2 <= args.repeat <= REPEAT_MAX:
        raise InputError(Message("--repeat is a number from 2 to {most}", most=REPEAT_MAX))
    if args.no_controls and (option := next((name for name, asked in controls_asked.items() if asked), None)):
        raise InputError(
            Message("`{option}` is a control, and `--no-controls` wants none", option=f"--{option.replace('_', '-')}"),
            Message("leave one of them out"),
        )
    asked: dict[str, Any] = {} if args.no_controls else controls_asked
    reproduce = run.reproduce if args.no_controls else controls.reproduce
    with progress(lang=args.lang, quiet=args.json, verbose=args.verbose) as shown:
        result = reproduce(
            args.environment,
            args.scenario,
            runs=args.runs,
            strict=args.locked,
            fresh=args.refresh,
            swap=args.swap,
            known=args.known_issues,
            lang=args.lang,
            progress=shown,
            command=_command(args),
            **asked,
        )
    print(REPORTS["json" if args.json else "terminal"].render(result.folder.path, args.lang))
    if result.verdict.verdict == "no-verdict":
        for failure in result.failures:
            print(failure.in_full(args.lang), file=sys.stderr)
    return result.exit_code(args.expect)


def _command(args: argparse.Namespace) -> tuple[str, ...]:
    """What runs it again."""
    names = ("swap", "no-controls", "try-newer", "fewest-steps", "locked")
    options = [f"--{name}" for name in names if getattr(args, name.replace("-", "_"))]
    options += [f"--repeat={args.repeat}"] if args.repeat else []
    return ("harness", "reproduce", str(args.environment), str(args.scenario), *options)

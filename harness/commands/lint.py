"""``harness lint``: is what people wrote valid?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.errors import Problem
    from harness.language import Language
    from harness.matrix import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files or folders; without any, environments/ and scenarios/ of the working folder",
    )


def main(args: argparse.Namespace) -> int:
    from harness.errors import ExitCode
    from harness.language import Message
    from harness.lock import read as read_lock
    from harness.spec.kinds import READERS, files, problems

    found = files(tuple(args.paths) or _usual())
    mistakes = problems(found, {**READERS, "lock": read_lock, "matrix": _planned})
    if args.json:
        _print_json(found, mistakes, args.lang)
    else:
        for problem in mistakes:
            print(problem.into(args.lang))
        if mistakes:
            wrong = len({problem.path for problem in mistakes})
            print(
                Message(
                    "{count} problem(s) in {wrong} of {files} file(s)",
                    count=len(mistakes),
                    wrong=wrong,
                    files=len(found),
                ).into(args.lang)
            )
        else:
            print(Message("{files} file(s), no problem", files=len(found)).into(args.lang))
    return ExitCode.INPUT if mistakes else ExitCode.GOOD


def _planned(path: Path) -> Plan:
    """A matrix with its cells: some mistakes are seen only where values come together."""
    import sys

    from harness.matrix import plan
    from harness.spec.matrix import matrix_file

    return plan(matrix_file(path), cells_max=sys.maxsize)


def _usual() -> tuple[Path, ...]:
    from harness.errors import InputError
    from harness.language import Message

    there = tuple(path for path in (Path("environments"), Path("scenarios")) if path.is_dir())
    if not there:
        raise InputError(
            Message("there is no folder `environments` or `scenarios` here"),
            Message("name the files: harness lint PATH…"),
        )
    return there


def _print_json(found: tuple[Path, ...], mistakes: tuple[Problem, ...], lang: Language) -> None:
    import json

    rows = [
        {
            "path": str(problem.path),
            "line": problem.line,
            "column": problem.column,
            "what": problem.what.into(lang),
            "advice": problem.advice.into(lang) if problem.advice else None,
        }
        for problem in mistakes
    ]
    print(json.dumps({"files": [str(path) for path in found], "problems": rows}, ensure_ascii=False, indent=1))

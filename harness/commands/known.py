"""``harness known``: failures that somebody understood, drafted from a run and looked at again."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.days import day

if TYPE_CHECKING:
    from harness.language import Message
    from harness.model import KnownIssue, Verdict
    from harness.progress import Progress
    from harness.reviewing import Review, Standing

USUAL = Path("environments/known-issues")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("add", "check"),
        help="draft an entry from the failure of a run; run the entries again whose day of review has passed",
    )
    parser.add_argument(
        "what",
        nargs="*",
        metavar="RUN | PATH",
        help=f"add: folder of a run, or `latest`; check: entries or folders of them, {USUAL} without any",
    )
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="folder for the evidence of runs")
    add = parser.add_argument_group("add")
    add.add_argument("--folder", type=Path, default=USUAL, metavar="DIR", help="where entries lie")
    for name, words in (("title", "what fails"), ("cause", "why"), ("mend", "what to do"), ("link", "a ticket")):
        add.add_argument(f"--{name}", default="", help=words)
    add.add_argument("--owner", default="", help="who sees to it")
    add.add_argument("--review", type=day, metavar="YYYY-MM-DD", help="when somebody looks again; in 90 days if not")
    check = parser.add_argument_group("check")
    check.add_argument("--all", action="store_true", help="also those whose day has not come yet")


def main(args: argparse.Namespace) -> int:
    return _add(args) if args.action == "add" else _check(args)


def _add(args: argparse.Namespace) -> int:
    import json
    from datetime import date

    from harness.errors import ExitCode, InputError
    from harness.evidence import MatrixFolder, latest, opened
    from harness.language import Message
    from harness.model.known_issue import as_given
    from harness.reviewing import draft
    from harness.spec.known_issue import write_known_issue

    if len(args.what) != 1:
        raise InputError(Message("one run becomes an entry"), Message("write `harness known add RUN`"))
    here = Path(args.what[0])
    folder = latest(args.runs) if args.what[0] == "latest" and not here.exists() else opened(here)
    if isinstance(folder, MatrixFolder):
        raise InputError(
            Message("{path} is the folder of a matrix", path=folder.path),
            Message("name the folder of one of its cells; `harness baseline update` keeps all failures of a matrix"),
        )
    given = {name: getattr(args, name) for name in ("title", "cause", "mend", "link", "owner", "review")}
    issue = draft(folder, args.folder, today=date.today(), given=given)
    left = [name for name in ("cause", "mend", "owner") if not given[name]]
    comment = Message("Drafted from {path}; cause, mend and owner are yours to write.", path=folder.path.name)
    write_known_issue(issue, f"# {comment.into(args.lang)}\n")
    if args.json:
        print(json.dumps({"path": str(issue.path), "missing": left, **as_given(issue)}, ensure_ascii=False, indent=1))
        return ExitCode.GOOD
    print(issue.path)
    if left:
        print(Message("still to be written: {fields}", fields=", ".join(left)).into(args.lang))
    return ExitCode.GOOD


def _check(args: argparse.Namespace) -> int:
    """0 where all are as they say (or none is due), 1 where one is gone or changed, 4 where one could not be told."""
    from datetime import date

    from harness.errors import ExitCode
    from harness.progress import progress
    from harness.reviewing import review

    issues = _issues(list(map(Path, args.what)) or [USUAL])
    today = date.today()
    due = [issue for issue in issues if args.all or issue.is_due(today)]
    with progress(lang=args.lang, quiet=args.json, verbose=False) as shown:
        reviews = list(review(due, lambda *files: _again(args, shown, *files)))
    _print(args, reviews, len(issues) - len(due))
    standings = {one.standing for one in reviews}
    if standings & {"gone", "changed"}:
        return ExitCode.REGRESSION
    return ExitCode.UNDECIDED if "unknown" in standings else ExitCode.GOOD


def _issues(paths: Iterable[Path]) -> list[KnownIssue]:
    from harness.errors import InputError
    from harness.language import Message
    from harness.spec.known_issue import known_issue_file

    found: list[KnownIssue] = []
    for path in paths:
        if not path.exists():
            raise InputError(
                Message("there is no {path}", path=path),
                Message("name entries, or a folder with one .yaml file an issue"),
            )
        found += map(known_issue_file, sorted(path.glob("*.yaml")) if path.is_dir() else [path])
    return found


def _again(args: argparse.Namespace, shown: Progress, environment: Path, scenario: Path) -> Verdict:
    from harness import run

    return run.reproduce(
        environment,
        scenario,
        runs=args.runs,
        progress=shown,
        lang=args.lang,
        command=("harness", "reproduce", str(environment), str(scenario)),
    ).verdict


def _print(args: argparse.Namespace, reviews: list[Review], not_due: int) -> None:
    import json

    from harness.language import Message
    from harness.writing.words import aligned, printable

    if args.json:
        rows = [
            {
                "issue": one.issue.name,
                "standing": one.standing,
                "why": one.why.into(args.lang),
                "run_folder": one.run_folder,
            }
            for one in reviews
        ]
        print(json.dumps({"reviews": rows, "not_due": not_due}, ensure_ascii=False, indent=1))
        return
    for one in reviews:
        print(printable(f"{one.issue.name}: {_words(one.standing).into(args.lang)}"))
        told = [(Message("Why").into(args.lang), one.why.into(args.lang))]
        if one.run_folder:
            told.append((Message("Evidence").into(args.lang), one.run_folder))
        print(printable("\n".join(aligned(told))))
    if not_due:
        print(Message("{count} not due for review yet; --all runs them too", count=not_due).into(args.lang))
    elif not reviews:
        print(Message("there is no known issue").into(args.lang))


def _words(standing: Standing) -> Message:
    from harness.language import Message

    return {
        "there": Message("still there"),
        "gone": Message("gone: remove the entry, or narrow what it affects"),
        "changed": Message("fails in another way than the entry says"),
        "unknown": Message("could not be told"),
    }[standing]

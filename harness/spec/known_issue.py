"""Known issues: files of ``known-issues/`` → what failures are recognised by."""

from collections.abc import Iterable
from pathlib import Path

from harness.documents import Mistakes, dump, read, validate
from harness.errors import InputError, Problem
from harness.evidence import write_whole
from harness.language import Message
from harness.model import KnownIssue
from harness.model.known_issue import as_given
from harness.spec.header import SCHEMA, body

FOLDER = "known-issues"


def known_issue_file(path: Path) -> KnownIssue:
    """The issue in a file. InputError with every Problem of it."""
    mistakes = Mistakes(path)
    issue = validate(KnownIssue, body(read(path), mistakes), mistakes, {"path": path})
    mistakes.check()
    assert issue is not None
    return issue


def known_issues(environment: Path, more: Iterable[Path] = ()) -> tuple[KnownIssue, ...]:
    """Those of ``known-issues/`` beside an environment file, if there is one, and those of further folders.

    InputError with every Problem of every file, or where a further folder is not there.
    """
    found: dict[Path, None] = {}
    beside = environment.parent / FOLDER
    for folder in (*([beside] if beside.is_dir() else []), *more):
        if not folder.is_dir():
            raise InputError(
                Message("{path} is no folder of known issues", path=folder),
                Message("give a folder with one .yaml file an issue"),
            )
        found |= dict.fromkeys(sorted(folder.glob("*.yaml")))
    problems: list[Problem] = []
    issues: list[KnownIssue] = []
    for path in found:
        try:
            issues.append(known_issue_file(path))
        except InputError as exc:
            problems += exc.problems
    if problems:
        raise InputError.of(tuple(problems))
    return tuple(issues)


def write_known_issue(issue: KnownIssue, comment: str = "") -> None:
    """Write the issue to its path; it is there complete or not at all."""
    issue.path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(issue.path, comment + dump({"schema": SCHEMA, **as_given(issue)}))

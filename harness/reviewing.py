"""reviewing: known issues are drafted from a run, and those whose day of review has passed are run again."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from harness import spec
from harness.errors import HarnessError, InputError
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import Comparison, Environment, KnownCase, KnownIssue, Symptom, Verdict
from harness.recognise import FAILING, recognise

DAYS = 90  # until a new entry is reviewed
PATTERN_MAX = 120  # characters of an error that a drafted pattern keeps
Standing = Literal["there", "gone", "changed", "unknown"]


# ---------------------------------------------------------------------- draft
def draft(run: RunFolder, folder: Path, *, today: date, given: Mapping[str, str | date | None]) -> KnownIssue:
    """An entry for the failure of a run, in ``folder``: its symptoms, the versions it is about, and what runs it again.

    ``given`` are fields that people gave. InputError where the run shows no failure, or one that is known already.
    """
    verdict, comparison = run.read_verdict(), run.read_comparison()
    if verdict.verdict not in FAILING or comparison is None:
        raise InputError(
            Message(
                "the verdict of {path} is {verdict}: there is no failure to know",
                path=run.path,
                verdict=verdict.verdict,
            ),
            Message("name a run whose verdict is one of: {choices}", choices=", ".join(FAILING)),
        )
    issue = KnownIssue.model_validate(
        {
            "path": folder / f"{_slug(verdict)}.yaml",
            "title": verdict.reason_said.message().into("en"),
            "symptoms": tuple(_symptoms(verdict)),
            "affects": _affects(verdict),
            "owner": "?",
            "review": today + timedelta(days=DAYS),
            "case": _case(verdict, folder),
            **{name: value for name, value in given.items() if value},
        }
    )
    _refuse_known(issue, verdict, comparison)
    return issue


def _refuse_known(issue: KnownIssue, verdict: Verdict, comparison: Comparison) -> None:
    if issue.path.exists():
        raise InputError(
            Message("{path} is there already, and nothing is written over", path=issue.path),
            Message("give the new one another name"),
        )
    there = [spec.known_issue_file(path) for path in sorted(issue.path.parent.glob("*.yaml"))]
    if known := recognise(verdict, comparison, there).known:
        raise InputError(
            Message("this failure is known already: {issue}", issue=issue.path.with_name(f"{known[0].issue}.yaml")),
            Message("edit that file, or remove it first"),
        )


def _slug(verdict: Verdict) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", f"{verdict.environment}-{verdict.scenario}".lower())[:60]


def _symptoms(verdict: Verdict) -> Iterator[Symptom]:
    """The fingerprint, and the first error where there is one."""
    if verdict.fingerprint:
        yield Symptom(fingerprint=verdict.fingerprint)
    first = next(iter(verdict.errors), None)
    if first is None:
        return
    pattern = re.escape(first.text[:PATTERN_MAX]).replace(r"\ ", " ")
    if first.kind in ("console", "error"):
        yield Symptom(console=pattern)
    elif first.kind in ("log", "migration", "ended"):
        yield Symptom(log=pattern)
    elif first.kind == "request":
        yield Symptom(request=re.escape(f"{first.where}: {first.text}").replace(r"\ ", " "))


def _affects(verdict: Verdict) -> dict[str, str]:
    """The product from the version after the upgrade on, and the plug-ins as they are."""
    after: Environment | None = verdict.environments.get("after")
    if after is None:
        return {}
    product = after.server.product
    plugins = {f"server.plugins.{one.name}": one.version for one in after.server.plugins}
    return {"server.product": f"{product.name}@>={product.version}", **plugins}


def _case(verdict: Verdict, folder: Path) -> KnownCase | None:
    """The files that the run was made of, where its command names them."""
    files = [Path(word) for word in verdict.command.split() if word.endswith((".yaml", ".yml"))]
    if len(files) != 2 or not all(path.is_file() for path in files):
        return None
    environment, scenario = (os.path.relpath(path, folder) for path in files)
    return KnownCase(environment=environment, scenario=scenario)


# --------------------------------------------------------------------- review
@dataclass(frozen=True, kw_only=True)
class Review:
    """What became of a known issue: still ``there``, ``gone``, ``changed`` (it fails, and is not recognised) or
    ``unknown``, and why."""

    issue: KnownIssue
    standing: Standing
    why: Message
    run_folder: str = ""


Again = Callable[[Path, Path], Verdict]
"""Runs an environment file and a scenario; the verdict has the known issues beside the file."""


def review(issues: Iterable[KnownIssue], again: Again) -> Iterator[Review]:
    """Run the case of each again, one after the other."""
    for issue in issues:
        if issue.case is None:
            why = Message("it names no `case`, so it cannot be run again")
            yield Review(issue=issue, standing="unknown", why=why)
            continue
        try:
            verdict = again(*(issue.path.parent / path for path in (issue.case.environment, issue.case.scenario)))
        except HarnessError as exc:
            yield Review(issue=issue, standing="unknown", why=exc.what)
            continue
        yield Review(
            issue=issue,
            standing=_standing(issue, verdict),
            why=verdict.reason_said.message(),
            run_folder=verdict.run_folder,
        )


def _standing(issue: KnownIssue, verdict: Verdict) -> Standing:
    if verdict.verdict in ("same", "fixed"):
        return "gone"
    if verdict.verdict == "no-verdict":
        return "unknown"
    return "there" if any(one.issue == issue.name for one in verdict.known) else "changed"

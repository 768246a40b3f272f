"""recognise: a verdict and its comparison to the known issues that they show. Pure.

By rules alone, each of which is said: an issue is shown where one of its symptoms is, and where the
environment that fails has the versions that the issue affects.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from harness import versions
from harness.errors import InputError
from harness.language import Message
from harness.model import Comparison, Environment, KnownIssue, Recognised, Said, Side, Symptom, Verdict, rows

FAILING = ("regression", "broken-both", "unstable")
_KINDS = {"console": ("console", "error"), "log": ("log", "migration", "ended"), "request": ("request",)}


def recognise(verdict: Verdict, comparison: Comparison, issues: Iterable[KnownIssue]) -> Verdict:
    """The verdict with the issues that it shows, in their order; nothing else of it changes."""
    if verdict.verdict not in FAILING:
        return verdict
    seen = _seen(comparison, "after") | _raised(verdict)
    environment = verdict.environments.get("after")
    found = [one for issue in issues if (one := _shown(issue, verdict.fingerprint, seen, environment))]
    return verdict.model_copy(update={"known": tuple(found)})


Seen = dict[str, list[str]]


def _seen(comparison: Comparison, side: Side) -> Seen:
    """What only the side that fails showed, as text, by the key of a symptom."""
    seen: Seen = {key: [] for key in _KINDS}
    for item in comparison.differences:
        for key, kinds in _KINDS.items():
            if item.kind in kinds and item.new == (side == "after"):
                headline = item.text.partition("\n")[0]
                seen[key].append(f"{item.where}: {headline}" if key == "request" else f"{item.text}\n{item.where}")
    return seen


def _raised(verdict: Verdict) -> Seen:
    """Exceptions, and whose code raised them or called what did."""
    origins = [error.origin for error in verdict.errors if error.origin]
    return {
        "exception": [name for one in origins for name in (one.exception, one.began_as) if name],
        "package": [name for one in origins for name in (one.package, one.caller) if name],
    }


def _shown(issue: KnownIssue, fingerprint: str, seen: Seen, environment: Environment | None) -> Recognised | None:
    affected = _affected(issue, environment)
    if affected is None:
        return None
    for symptom in issue.symptoms:
        if why := _symptom(symptom, fingerprint, seen):
            return Recognised(
                issue=issue.name,
                title=issue.title,
                cause=issue.cause,
                mend=issue.mend,
                link=issue.link,
                owner=issue.owner,
                why=tuple(map(Said.of, [*why, *affected])),
            )
    return None


def _symptom(symptom: Symptom, fingerprint: str, seen: Seen) -> Sequence[Message]:
    """Why it is there; empty where it is not."""
    why: list[Message] = []
    if symptom.fingerprint:
        if symptom.fingerprint != fingerprint:
            return ()
        why.append(Message("the fingerprint is {fingerprint}", fingerprint=fingerprint))
    for key, wanted in symptom.model_dump(exclude={"fingerprint"}, exclude_none=True).items():
        shows = fits if key == "package" else re.search
        text = next((text for text in seen[key] if shows(wanted, text)), None)
        if text is None:
            return ()
        if key == "package":
            why.append(Message("the error comes from {found}, named is {wanted}", found=text, wanted=wanted))
        else:
            first = next((line for line in text.splitlines() if re.search(wanted, line)), text.partition("\n")[0])
            why.append(Message("`{pattern}` ({key}) fits “{text}”", pattern=wanted, key=key, text=first.strip()))
    return why


def _affected(issue: KnownIssue, environment: Environment | None) -> Sequence[Message] | None:
    """Which versions are affected; None where the environment has others."""
    if not issue.affects:
        return ()
    here = rows(environment) if environment else {}
    for path, wanted in issue.affects.items():
        if path not in here or not fits(wanted, here[path]):
            return None
    return list(_versions(issue.affects, here))


def _versions(affects: dict[str, str], here: dict[str, str]) -> Iterator[Message]:
    for path, wanted in affects.items():
        yield Message("{path} is {found}, affected is {wanted}", path=path, found=here[path], wanted=wanted)


def fits(wanted: str, found: str) -> bool:
    """Is ``found`` (``datasette@1.0a14``, ``1.0``, ``zh_CN.UTF-8``) what ``wanted`` says: equal, ``*`` and ``?`` as in
    a shell, the same name, or one with a version that a range or a prefix means (``datasette@>=1.0a1``, ``<1.1``)?"""
    if fnmatchcase(found, wanted):
        return True
    name, asked = _parts(wanted)
    its_name, version = _parts(found)
    return name == its_name and _means(asked, version)


def _parts(text: str) -> tuple[str, str]:
    """``name@version``; of a version alone the name is empty, of a name alone the version."""
    name, at, version = text.rpartition("@")
    if name:
        return name, version
    return ("", text) if re.match(r"[\d<>=!~^]|v\d", text) and not at else (text, "")


def _means(wanted: str, version: str) -> bool:
    if not wanted:
        return True
    try:
        return wanted not in versions.ALIASES and versions.choose(wanted, [version]) == version
    except InputError:
        return False

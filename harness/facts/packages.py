"""Whose package a file on a server is, by the folder in which each language's manager puts it. Pure."""

import re
from collections.abc import Sequence

from harness.facts.owners import Owner
from harness.facts.tracebacks import Frame, Tongue

_FOLDERS: dict[Tongue, re.Pattern[str]] = {
    "python": re.compile(r"/(?:site|dist)-packages/(?P<name>[^/]+)"),
    "node": re.compile(r"/node_modules/(?P<name>@[^/]+/[^/]+|[^@/][^/]*)"),
    "php": re.compile(r"/vendor/(?P<name>(?!composer/|bin/)[^/]+/[^/]+)/"),
}
_OWN: dict[Tongue, re.Pattern[str]] = {  # of the language itself
    "python": re.compile(r"^<|/lib(?:64)?/(?:python|pypy)\d[\d.]*/(?!site-packages/|dist-packages/)"),
    "node": re.compile(r"^node:|^internal/|^<"),
    "php": re.compile(r"^\["),
    "java": re.compile(r"^(?:java|javax|jdk|sun|kotlin|scala)\."),
}
_PART = re.compile(r"^(?:python|django|flask|node|php|jupyter|mkdocs|sphinx|wagtail|odoo)?[-_.]?", re.IGNORECASE)
_JAR = re.compile(r"-\d[\w.-]*$")
_JAVA_PARTS = 3  # of a class's name, which mostly are whose it is


def is_own(frame: Frame, tongue: Tongue) -> bool:
    """Whether a frame is of the language's own library."""
    return bool(_OWN[tongue].search(frame.file))


def package_of(frame: Frame, tongue: Tongue) -> str:
    """The name of the package that a frame's file is in, as its folder is called; empty where it is in none."""
    if tongue == "java":
        stem = _JAR.sub("", frame.jar.removesuffix(".jar"))
        return stem or ".".join(frame.file.split(".")[:-1][:_JAVA_PARTS])
    found = list(_FOLDERS[tongue].finditer(frame.file))
    return found[-1]["name"].removesuffix(".py") if found else ""


def owner_of_file(frame: Frame, tongue: Tongue, owners: Sequence[Owner]) -> Owner | None:
    """The product, plug-in or compat layer whose file it is: called as its package, else below a folder of its name."""
    package = package_of(frame, tongue)
    if package:
        named = {_plain(package), _plain(package.rpartition("/")[2])}
        return next((owner for owner in owners if named & _names(owner)), None) or _by_folder(frame, tongue, owners)
    return _by_folder(frame, tongue, owners)


def _by_folder(frame: Frame, tongue: Tongue, owners: Sequence[Owner]) -> Owner | None:
    """Of plug-ins alone: what lies below the product's folder may be anybody's."""
    parts = re.split(r"[/.]" if tongue == "java" else "/", frame.file)
    folders = {_plain(part) for part in parts[:-1]} | {_plain(parts[-1].partition(".")[0])}
    for owner in owners:
        if owner.role != "product" and folders & {_plain(name.rpartition("/")[2]) for name in owner.names}:
            return owner
    return None


def _names(owner: Owner) -> set[str]:
    """``django-jazzmin`` is also found as ``jazzmin``: many a package's folder leaves out what it is for."""
    plain = {_plain(name) for name in owner.names} | {_plain(name.rpartition("/")[2]) for name in owner.names}
    return plain | {_PART.sub("", name) or name for name in plain}


def _plain(name: str) -> str:
    """As package managers compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()

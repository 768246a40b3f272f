"""Whose code a page runs: what of a set-up serves which addresses. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from harness.model import Environment, Part, Recipe, Ref, Role, VersionSource

_STEM = re.compile(r"([.-]min|[.-]v?\d+(\.\d+)*|\.(js|mjs|cjs|css|map))+$", re.IGNORECASE)

_WEBPACK = "webpack://"  # with the name of the package that was built: `output.uniqueName`
_PLACE = re.compile(r"(:\d+){1,2}$")


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A product, plug-in or compat layer: ``label`` for people, the ``names`` by which paths call it, and what the
    recipe says that it ``serves`` (paths with ``*``)."""

    label: str
    names: tuple[str, ...]
    serves: tuple[str, ...] = ()
    role: Role = "plugin"


def owners(recipe: Recipe, environment: Environment) -> tuple[Owner, ...]:
    """Plug-ins and compat layers first: what is not theirs may be the product's."""
    server = environment.server
    return (
        *(_owner(ref, part, "plugin") for ref, part in _parts(server.plugins, recipe.plugins)),
        *(_owner(ref, part, "compat") for ref, part in _parts(server.compat, recipe.compat)),
        _owner(server.product, recipe.product, "product"),
    )


def owner_of(url: str, all_owners: Sequence[Owner]) -> Owner | None:
    """Whose file an address, also with line and column, is of: by what recipes say, else by a folder or file called
    as a package. None where nothing says so: that the product's host has a file does not make it the product's."""
    try:
        path = unquote(urlsplit(_PLACE.sub("", url)).path)
    except ValueError:
        return None
    segments = path.split("/")
    for owner in all_owners:
        if any(fnmatchcase(path, pattern) for pattern in owner.serves):
            return owner
    for owner in all_owners:
        if any(_is_called(name, path, segments) for name in owner.names):
            return owner
    if url.startswith(_WEBPACK) and "node_modules" not in segments:
        return next((owner for owner in all_owners if urlsplit(url).netloc in owner.names), None)
    return None


def frames(stack: str, url: str) -> list[str]:
    """The addresses of a stack (one ``function (url:line:column)`` a line), the innermost first, with their places."""
    found = re.findall(r"\(?((?:https?|file):[^\s()]+:\d+:\d+)\)?$", stack, re.MULTILINE)
    return found or [url]


def _parts(refs: Iterable[Ref], known: "dict[str, Part]") -> Iterable[tuple[Ref, Part]]:
    return ((ref, known[ref.name]) for ref in refs if ref.name in known)


def _owner(ref: Ref, part: Part, role: Role) -> Owner:
    source = part.version if isinstance(part.version, VersionSource) else None
    names = tuple(dict.fromkeys([*([source.package] if source else []), ref.name]))
    return Owner(label=str(ref), names=names, serves=part.serves, role=role)


def _is_called(name: str, path: str, segments: Sequence[str]) -> bool:
    """``/node_modules/@a/b/x.js`` for ``@a/b``; a folder, or a file without its version and ``.min``."""
    if "/" in name:
        return f"/{name}/" in path
    return name in segments[:-1] or (bool(segments) and _STEM.sub("", segments[-1]) == name)

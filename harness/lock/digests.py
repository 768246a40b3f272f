"""Digests of what is asked for: they tell a lock that fits from a stale one."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.browsers import BROWSERS
from harness.model import Environment, Lock, LockedEnvironment, Recipe
from harness.model.lock import BROWSER, EXTENSION, wanted_versions
from harness.references import texts
from harness.wanted import images, system, wanted

_NAME_MAX = 200
FORMAT = 1  # changes where the same question would be answered otherwise


def digest_of(
    environments: Sequence[Environment], locked: Sequence[LockedEnvironment], recipes: Mapping[str, Recipe]
) -> str:
    """SHA-256 of what the environments ask for, with the recipe's templates filled in with what is
    locked. What installs nothing (viewport, time zone, start command …) is not in it.
    InputError as ``wanted``; KeyError where ``locked`` lacks a version."""
    rows = []
    for environment, one in zip(environments, locked, strict=True):
        recipe = recipes[environment.server.product.name]
        layers = wanted(one.exact(environment), recipe)
        asked: dict[str, Any] = {path: str(ref) for path, ref in wanted_versions(environment).items()}
        asked |= {EXTENSION + one.name: one.checksum for one in environment.client.extensions if one.checksum}
        if (browser := environment.client.browser).url:
            asked |= {BROWSER: [browser.name, browser.host, browser.capabilities]}
        systems = [system(environment, image).name for image in images(environment)]
        rows.append([systems, asked, recipe.dependencies, [one.as_data() for one in layers.values()]])
    return _sha256([FORMAT, rows])


def digest_of_question(
    environments: Sequence[Environment], recipes: Mapping[str, Recipe], machine: str, other: Lock | None = None
) -> str:
    """SHA-256 of all that can matter before anything is resolved; ``other`` is a lock to start from."""
    rows = []
    for environment in environments:
        recipe = recipes[environment.server.product.name]
        parts = recipe.model_dump(mode="json", include={"product", "plugins", "compat", "dependencies"})
        sources = BROWSERS[environment.client.browser.name].sources
        browser = [[source.part.model_dump(mode="json"), source.since] for source in sources]
        rows.append([environment.model_dump(mode="json"), parts, browser])
    return _sha256([FORMAT, machine, rows, other.model_dump(mode="json") if other else None])


def digest_of_recipe(recipe: Recipe) -> str:
    """SHA-256 of what a recipe says, and of the files beside it that it names."""
    data = recipe.model_dump(mode="json", exclude={"folder"}, exclude_defaults=True)
    files = dict.fromkeys(file for text in texts(data) for file in _files_beside(recipe.folder, text))
    names = {
        file.relative_to(recipe.folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }
    return _sha256([data, names])


def _files_beside(folder: Path, text: str) -> Iterator[Path]:
    """The files that a text names, if it does."""
    if not text or len(text) > _NAME_MAX or not text.isprintable():
        return
    path = folder / text
    if not path.resolve().is_relative_to(folder.resolve()):
        return
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (each for each in sorted(path.rglob("*")) if each.is_file())


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

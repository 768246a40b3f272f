"""Digests of what is asked for: they tell a lock that fits from a stale one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.browsers import BROWSERS
from harness.model import Environment, Lock, LockedEnvironment, Recipe
from harness.model.lock import wanted_versions
from harness.wanted import IMAGES, wanted

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
        asked = {path: str(ref) for path, ref in wanted_versions(environment).items()}
        systems = [environment.server.os, environment.client.os]
        rows.append([systems, asked, recipe.dependencies, [layers[image].as_data() for image in IMAGES]])
    return _sha256([FORMAT, rows])


def digest_of_question(
    environments: Sequence[Environment], recipes: Mapping[str, Recipe], machine: str, other: Lock | None = None
) -> str:
    """SHA-256 of all that can matter before anything is resolved; ``other`` is a lock to start from."""
    rows = []
    for environment in environments:
        recipe = recipes[environment.server.product.name]
        parts = recipe.model_dump(mode="json", include={"product", "plugins", "compat", "dependencies"})
        browser = BROWSERS[environment.client.browser.name].part.model_dump(mode="json")
        rows.append([environment.model_dump(mode="json"), parts, browser])
    return _sha256([FORMAT, machine, rows, other.model_dump(mode="json") if other else None])


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

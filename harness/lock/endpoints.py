"""Browsers that run elsewhere, in locks: where they are, and what they said of themselves. Nobody is asked."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from harness.cache import Cache
from harness.model import Drift, Environment, Lock, LockedEnvironment
from harness.model.endpoint import Endpoint

SAID = "endpoints"  # records of the cache: what a session said of itself
KEPT = ("browserName", "browserVersion", "platformName")


def with_endpoint(locked: LockedEnvironment, environment: Environment, cache: Cache) -> LockedEnvironment:
    """With where the browser is, and what it said of itself the last time that it was used from here."""
    if not environment.client.browser.url:
        return locked
    said = cache.record(SAID, _question(environment)) or {}
    known = {name: str(said[name]) for name in KEPT if said.get(name)}
    return locked.model_copy(update={"endpoint": Endpoint(host=environment.client.browser.host, capabilities=known)})


def remember(cache: Cache, environment: Environment, capabilities: Mapping[str, Any]) -> None:
    """Keep what a session said of itself."""
    if environment.client.browser.url:
        said = {name: str(capabilities[name]) for name in KEPT if capabilities.get(name)}
        cache.remember(SAID, _question(environment), value=said)


def with_said(lock: Lock, said: Mapping[int, Mapping[str, Any]]) -> Lock:
    """The lock that a run leaves behind: with what the sessions of its set-ups (by their number) said of themselves,
    and a drift where that is not what was locked."""
    environments, drifts = list(lock.environments), list(lock.drifts)
    for number, capabilities in said.items():
        one = environments[number]
        if one.endpoint is None:
            continue
        now = {name: str(capabilities[name]) for name in KEPT if capabilities.get(name)}
        before, after = (" ".join(each.values()) for each in (one.endpoint.capabilities, now))
        if before and before != after:
            drifts.append(Drift(package=one.endpoint.host, locked=before, used=after))
        endpoint = one.endpoint.model_copy(update={"capabilities": now})
        environments[number] = one.model_copy(update={"endpoint": endpoint})
    update = {"environments": tuple(environments), "drifts": tuple(dict.fromkeys(drifts))}
    return lock.model_copy(update=update)


def _question(environment: Environment) -> str:
    browser = environment.client.browser
    return hashlib.sha256(json.dumps([browser.url, browser.capabilities], sort_keys=True).encode()).hexdigest()

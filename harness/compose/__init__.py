"""compose: the replicas of an environment as projects of Docker Compose, for whoever has no harness.

A project holds what the harness itself would build and start: the same build contexts, and services made of the same
``ContainerSpec``. What a replica holds before anybody uses it is made by services that run once: ``preparing``. It has
one service more, ``door``: a network without a way out has no way in either, so nothing of it can be published on a
port of the machine.

Format: the Compose Specification, https://github.com/compose-spec/compose-spec.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.compose import images
from harness.compose.credentials import Credentials, env_file
from harness.compose.opening import opening
from harness.compose.readme import readme
from harness.compose.refusals import refusals
from harness.compose.releases import Exported, Images, Lineage
from harness.compose.running import PORTS
from harness.compose.running import planned as planned_of
from harness.compose.services import NETWORK, OUTSIDE, PREPARING, Service
from harness.documents import dump
from harness.engine.images import GIVEN
from harness.model import Side
from harness.replicas.specs import BROWSER

__all__ = ["PORTS", "Exported", "archives", "document", "parents", "readme", "refusals", "write"]

ENV_FILE = ".env"
Sides = Mapping[Side, Sequence[Exported]]
"""The set-ups that a side has lived through, the oldest first."""


def write(folder: Path, name: str, sides: Sides, local: Mapping[str, Path]) -> tuple[Path, ...]:
    """Write ``<side>.yaml``, ``.env`` and what is built for them into ``folder``; returns the first.

    ``local`` has the files (tar.gz) of all ``parents``, by reference. An image that both sides have is there once.
    InputError where something cannot be exported.
    """
    made, credentials, paths = Images(), Credentials(), []
    planned: dict[Side, tuple[Service, ...]] = {}
    for side, releases in sides.items():
        lineage = Lineage(side=side, releases=tuple(releases), images=made, credentials=credentials)
        planned[side] = planned_of(lineage)
        (folder / f"{side}-{BROWSER}.json").write_text(opening(lineage), "utf-8")
    for image in made.found.values():
        if not image.reference:
            images.write(image, folder, local)
    for side, there in planned.items():
        path = folder / f"{side}.yaml"
        path.write_text(dump(document(name, side, sides[side][-1], there)), "utf-8")
        for one in there:
            if one.spec.seccomp:
                (folder / one.seccomp).write_text(one.spec.seccomp, "utf-8")
        paths.append(path)
    secret = folder / ENV_FILE
    secret.touch(mode=0o600)
    secret.write_text(env_file(credentials), "utf-8")
    return tuple(paths)


def parents(sides: Sides) -> tuple[str, ...]:
    """The images that those of all sides begin with, and that no registry has and nobody gave."""
    return tuple(one for one in _first(sides) if "@sha256:" not in one and not one.startswith(f"{GIVEN}:"))


def archives(sides: Sides) -> tuple[str, ...]:
    """The images that somebody gave as an archive, which whoever starts the project must load."""
    return tuple(one for one in _first(sides) if one.startswith(f"{GIVEN}:"))


def _first(sides: Sides) -> Iterable[str]:
    every = [one.rendering for releases in sides.values() for one in releases]
    chains = [chain for one in every for chain in
              (one.server, one.browser, *one.services.values(), *one.links.values())]  # fmt: skip
    return dict.fromkeys(chain[0].parent for chain in chains)


def document(name: str, side: Side, newest: Exported, planned: Sequence[Service]) -> dict[str, Any]:
    """A Compose file."""
    name, built = re.sub(r"[^a-z0-9_-]", "-", name), set[str]()
    internal = newest.environment.link.egress == "deny"
    networks = {NETWORK: {"driver": "bridge", "internal": internal}, OUTSIDE: {"driver": "bridge"}}
    if any(PREPARING in one.networks for one in planned):
        networks[PREPARING] = {"driver": "bridge", "internal": internal}
    volumes = dict.fromkeys(volume for one in planned for volume in (*one.volumes, *one.shared))
    found = {
        "name": f"{name}-{side}",
        "services": {one.name: one.document(name, builds=_is_new(one.image.folder, built)) for one in planned},
        "networks": networks,
    }
    return found | ({"volumes": {volume: {} for volume in volumes}} if volumes else {})


def _is_new(one: str, known: set[str]) -> bool:
    """Whether it is not known yet; then it is."""
    size = len(known)
    known.add(one)
    return len(known) > size

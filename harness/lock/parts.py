"""part: the lock of some set-ups out of the lock of many."""

from collections.abc import Mapping, Sequence

from harness.lock.digests import digest_of
from harness.lock.resolver import used_systems
from harness.model import Environment, Lock, Recipe


def part(
    lock: Lock, environments: Sequence[Environment], wanted: Sequence[Environment], recipes: Mapping[str, Recipe]
) -> Lock:
    """The lock of ``wanted``, in that order, with the drifts that concern it; ``lock`` is of ``environments``,
    which holds them all."""
    locked = dict(zip(environments, lock.environments, strict=True))
    chosen = tuple(locked[one] for one in wanted)
    systems = {system.name for system in used_systems(wanted)}
    products = dict.fromkeys(one.server.product.name for one in wanted)
    bases = tuple(base for base in lock.bases if base.os in systems)
    inventories = tuple(one for one in lock.inventories if one.os in systems)
    used = {(base.os, base.digest or base.source) for base in bases}
    for inventory in inventories:
        used |= {(inventory.os, inventory.checksum)}
        used |= {(f"{inventory.os} {name}", version) for name, version in inventory.packages.items()}
    for one in chosen:
        for layers in map(one.packages, one.images):
            used |= {(package.name, package.version) for package in (*layers.product, *layers.plugins)}
    update = {
        "digest": digest_of(wanted, chosen, recipes),
        "bases": bases,
        "environments": chosen,
        "inventories": inventories,
        "recipes": {name: lock.recipes[name] for name in products if name in lock.recipes},
        "drifts": tuple(drift for drift in lock.drifts if not drift.used or (drift.package, drift.used) in used),
    }
    return lock.model_copy(update=update)

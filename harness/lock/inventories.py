"""Whether base images that have no digest hold what a lock says, and what they hold here."""

from collections.abc import Iterator, Sequence

from harness.errors import FetchError
from harness.language import Message
from harness.model import Drift, Inventory, Lock


def with_inventories(lock: Lock, here: Sequence[Inventory], *, locked: bool, strict: bool = False) -> Lock:
    """The lock with what the base images hold ``here``; where it is a ``locked`` one, with a Drift for each
    package that is another. FetchError with ``strict`` where there is one."""
    drifts = [drift for one in here for drift in _drifts(_of(lock, one.os), one)] if locked else []
    if drifts and strict:
        raise FetchError(
            Message("the base image here is not the one that is locked: {package}", package=_words(drifts[0])),
            Message("`harness lock` takes the one that is here"),
        )
    others = tuple(one for one in lock.inventories if one.os not in {new.os for new in here})
    update = {
        "inventories": tuple(sorted((*others, *here), key=lambda one: one.os)),
        "drifts": tuple(dict.fromkeys([*lock.drifts, *drifts])),
    }
    return lock.model_copy(update=update)


def _of(lock: Lock, os: str) -> Inventory | None:
    return next((one for one in lock.inventories if one.os == os), None)


def _drifts(old: Inventory | None, new: Inventory) -> Iterator[Drift]:
    if old is None or old == new:
        return
    names = dict.fromkeys([*old.packages, *new.packages])
    moved = [name for name in names if old.packages.get(name) != new.packages.get(name)]
    for name in moved:
        yield Drift(package=f"{new.os} {name}", locked=old.packages.get(name, ""), used=new.packages.get(name, ""))
    if not moved:
        yield Drift(package=new.os, locked=old.checksum, used=new.checksum)


def _words(drift: Drift) -> str:
    return f"{drift.package} {drift.locked or '–'} → {drift.used or '–'}"

"""contrast: two set-ups → what differs between them, by layer, down to the last package. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.model import (
    Contrast,
    Contrasted,
    Contrasting,
    Environment,
    Inventory,
    Layer,
    Lock,
    LockedEnvironment,
    LockedSet,
    Package,
    rows,
)

LAYERS: tuple[Layer, ...] = ("client", "link", "server")
BASE = "base"  # the source of what the image of the system brings
_IMAGES: Mapping[str, Layer] = {"browser": "client", "links": "link"}  # all others are the server's
_SHOWN = 12  # hexadecimal digits of a checksum


@dataclass(frozen=True, kw_only=True)
class SetUp:
    """One set-up of an environment file, with all that it became."""

    which: Contrasting
    environment: Environment  # with exact versions
    locked: LockedEnvironment
    lock: Lock  # of the file
    recipe: str  # SHA-256 of the folder of its recipe


def contrast(before: SetUp, after: SetUp) -> Contrast:
    """Everything that differs, in the order of the layers; fields first, then packages by installer and name."""
    fields = _fields(before), _fields(after)
    if before.environment.server.product.name == after.environment.server.product.name:
        for found_fields, one in zip(fields, (before, after), strict=True):
            found_fields["server", "", "server.recipe"] = _Value.of(one.recipe[:_SHOWN])
    found = [
        *_contrasted(*fields, direct=True),
        *_contrasted(_packages(before, after), _packages(after, before), direct=False),
    ]
    found.sort(key=lambda one: (LAYERS.index(one.layer), not one.direct))
    return Contrast(before=before.which, after=after.which, equal=not found, differences=tuple(found))


_Key = tuple[Layer, str, str]  # layer, source, name


@dataclass(frozen=True, kw_only=True)
class _Value:
    """What stands there: as people say it, and down to the bytes where these can be compared."""

    plain: str
    precise: str

    @classmethod
    def of(cls, text: str) -> "_Value":
        return cls(plain=text, precise=text)


def _contrasted(old: Mapping[_Key, _Value], new: Mapping[_Key, _Value], *, direct: bool) -> Iterator[Contrasted]:
    keys = list(dict.fromkeys([*old, *new]))
    parents = list(dict.fromkeys(_parent(key) for key in keys))
    for key in sorted(keys, key=lambda key: parents.index(_parent(key))) if direct else sorted(keys):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        layer, source, name = key
        same = before is not None and after is not None and before.plain == after.plain
        texts = [None if one is None else one.precise if same else one.plain for one in (before, after)]
        yield Contrasted(
            layer=layer,
            how="added" if before is None else "removed" if after is None else "changed",
            direct=direct,
            source=source,
            name=name,
            before=texts[0],
            after=texts[1],
        )


def _parent(key: _Key) -> str:
    """``server.plugins`` of ``server.plugins.menu``, so that what was added stands with what was there."""
    return ".".join(key[2].split(".")[:2])


def _fields(one: SetUp) -> dict[_Key, _Value]:
    """What the environment says, with exact versions, and for what processor."""
    found = {(_layer(path), "", path): _Value.of(value) for path, value in rows(one.environment).items()}
    return found | {("server", "", "machine"): _Value.of(one.lock.machine)}


def _layer(path: str) -> Layer:
    first = path.partition(".")[0]
    return "client" if first == "client" else "link" if first == "link" else "server"


def _packages(one: SetUp, other: SetUp) -> dict[_Key, _Value]:
    """What is installed in ``one``, as it can be compared with ``other``."""
    found = {**_system("client", one, other), **_system("server", one, other)}
    comparable = one.lock.machine == other.lock.machine  # else a version is another file
    packages: dict[Layer, list[Package]] = {layer: [] for layer in LAYERS}
    for name, sets in one.locked:
        for each in sets.values() if isinstance(sets, dict) else (sets,):
            if isinstance(each, LockedSet):
                packages[_IMAGES.get(name, "server")] += [*each.product, *each.plugins]
    for layer, installed in packages.items():
        found |= _installed(layer, installed, comparable)
    return found


def _system(layer: Layer, one: SetUp, other: SetUp) -> dict[_Key, _Value]:
    """The base image of a system: its packages where they are known of both, else its digest."""
    inventory = _inventory(layer, one)
    if inventory and _inventory(layer, other):
        return {(layer, BASE, name): _Value.of(version) for name, version in inventory.packages.items()}
    system = _os(layer, one)
    base = next((base for base in one.lock.bases if base.os == system), None)
    return {(layer, BASE, system): _Value.of(base.digest or base.source)} if base else {}


def _inventory(layer: Layer, one: SetUp) -> Inventory | None:
    """What is in the base image, which a registry's digest says better."""
    system = _os(layer, one)
    if any(base.os == system and base.source != "bootstrap" for base in one.lock.bases):
        return None
    return next((inventory for inventory in one.lock.inventories if inventory.os == system), None)


def _os(layer: Layer, one: SetUp) -> str:
    return one.environment.client.os if layer == "client" else one.environment.server.os


def _installed(layer: Layer, packages: Iterable[Package], comparable: bool) -> dict[_Key, _Value]:
    """Versions by installer and name, of which npm may have several, and a layer of several images, too."""
    versions: dict[_Key, dict[str, set[str]]] = {}
    for package in packages:
        files = versions.setdefault((layer, package.installer, package.name), {}).setdefault(package.version, set())
        if comparable:
            files.add(re.sub(r"^sha\d+[:-]", "", package.checksum)[:_SHOWN])
    return {
        key: _Value(
            plain=", ".join(sorted(found)),
            precise=", ".join(f"{version} ({' '.join(sorted(files))})" for version, files in sorted(found.items())),
        )
        for key, found in versions.items()
    }

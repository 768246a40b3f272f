"""``<environment>.lock.yaml``: YAML with one package a line, so that a change of it can be read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from harness.errors import InputError
from harness.language import Message
from harness.model import Inventory, Lock, LockedSet, Package

SCHEMA = 1
LARGEST_BYTES = 16 << 20
VALUES_MAX = 1_000_000
_HEADER = "# Written by `harness lock`; not by hand. Commit it beside the environment file.\n"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def path_beside(environment: Path) -> Path:
    """Where the lock of an environment file is."""
    return environment.with_name(f"{environment.stem}.lock.yaml")


def beside(environment: Path) -> Lock | None:
    """The lock of an environment file, if there is one. InputError as ``read``."""
    path = path_beside(environment)
    return read(path) if path.exists() else None


def read(path: Path) -> Lock:
    """The lock in a file. InputError where it cannot be read, or is no lock of this release."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _broken(path, Message("it is larger than {limit} bytes", limit=LARGEST_BYTES))
        content = path.read_text("utf-8")
        if sum(map(content.count, ",\n[{")) > VALUES_MAX:
            raise _broken(path, Message("it holds more than {limit} values", limit=VALUES_MAX))
        document = yaml.load(content, Loader=_Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise _broken(path, Message("{reason}", reason=" ".join(str(exc).split()))) from exc
    if not isinstance(document, dict):
        raise _broken(path, Message("it is no mapping"))
    if not _is_bounded(document):
        raise _broken(path, Message("it holds more than {limit} values", limit=VALUES_MAX))
    schema = document.pop("schema", SCHEMA)
    if schema != SCHEMA:
        raise _broken(path, Message("it has schema {found}, this release reads {ours}", found=schema, ours=SCHEMA))
    try:
        lock = Lock.model_validate(document)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _broken(path, Message("{place}: {reason}", place=place, reason=first["msg"])) from exc
    if any(base.source == "bundle" for base in lock.bases):
        raise _broken(path, Message("its base images came with a bundle, and nothing else is built on them"))
    return lock


def _is_bounded(document: Any) -> bool:
    """Whether it has no more values than a file can hold, where every alias counts as what it stands for."""
    count, left = 1, [document]
    while left and count <= VALUES_MAX:
        value = left.pop()
        inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
        count += len(inside)
        left += inside
    return count <= VALUES_MAX


def write(path: Path, lock: Lock) -> None:
    """Write a lock; the same lock gives the same bytes, and the file is there complete or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text(lock), "utf-8")
    part.replace(path)


def text(lock: Lock) -> str:
    """A lock as it stands in its file."""
    return _HEADER + "".join(f"{line}\n" for line in _lines(lock))


def _lines(lock: Lock) -> Iterator[str]:
    yield f"schema: {SCHEMA}"
    yield f"digest: {_flow(lock.digest)}"
    yield f"machine: {_flow(lock.machine)}"
    yield from _list("bases", lock.bases, "")
    yield "environments:" if lock.environments else "environments: []"
    for environment in lock.environments:
        yield "- versions:" if environment.versions else "- versions: {}"
        yield from _mapping(environment.versions, "    ")
        yield from _set("server", environment.server)
        yield from _set("browser", environment.browser)
        if environment.endpoint:
            yield f"  endpoint: {_flow(environment.endpoint.model_dump(mode='json'))}"
        for kind, sets in (("services", environment.services), ("links", environment.links)):
            if sets:
                yield f"  {kind}:"
                for name, packages in sets.items():
                    yield from (f"  {line}" for line in _set(_flow(name), packages))
    if lock.inventories:
        yield "inventories:"
    for inventory in lock.inventories:
        yield from _inventory(inventory)
    if lock.recipes:
        yield from ("recipes:", *_mapping(lock.recipes, "  "))
    if lock.drifts:
        yield from _list("drifts", lock.drifts, "")


def _set(name: str, packages: LockedSet) -> Iterator[str]:
    yield f"  {name}:"
    for layer, found in (("product", packages.product), ("plugins", packages.plugins)):
        yield from _list(layer, found, "    ")


def _inventory(inventory: Inventory) -> Iterator[str]:
    yield f"- os: {_flow(inventory.os)}"
    yield f"  checksum: {_flow(inventory.checksum)}"
    yield "  packages:" if inventory.packages else "  packages: {}"
    yield from _mapping(inventory.packages, "    ")


def _mapping(values: Mapping[str, str], indent: str) -> Iterator[str]:
    return (f"{indent}{_flow(key)}: {_flow(value)}" for key, value in values.items())


def _list(name: str, values: Sequence[BaseModel], indent: str) -> Iterator[str]:
    if not values:
        yield f"{indent}{name}: []"
        return
    yield f"{indent}{name}:"
    for value in values:
        skipped = {key for key in ("file", "path", "digest") if getattr(value, key, None) == ""}
        yield f"{indent}- {_flow(value.model_dump(mode='json', exclude=skipped))}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=float("inf"), allow_unicode=True)
    return str(text).removesuffix("\n").removesuffix("\n...")


def _broken(path: Path, why: Message) -> InputError:
    return InputError(
        Message("the lock {path} cannot be used: {why}", path=path, why=why),
        Message("write it anew with `harness lock`"),
    )


def names_of(packages: Sequence[Package]) -> dict[tuple[str, str], str]:
    """Versions by installer and name; of several, the first."""
    found: dict[tuple[str, str], str] = {}
    for package in packages:
        found.setdefault((package.installer, package.name), package.version)
    return found

"""Environment: one fully specified set-up, in its three layers."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from harness.model.base import Frozen, Side


class Ref(Frozen):
    """``name@version``. The version is exact, a prefix, a range (PEP 440 or semver
    comparators joined by commas), ``latest`` or ``oldest``."""

    name: str
    version: str = "latest"

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


class Viewport(Frozen):
    """CSS pixels."""

    width: int = Field(ge=200, le=8000)
    height: int = Field(ge=200, le=8000)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Client(Frozen):
    os: str = "debian:12"
    locale: str = "en_US.UTF-8"  # POSIX locale name
    timezone: str = "UTC"  # IANA name
    browser: Ref = Ref(name="chromium")
    viewport: Viewport = Viewport(width=1366, height=768)


class Link(Frozen):
    egress: Literal["deny", "allow"] = "deny"


class Server(Frozen):
    os: str = "debian:12"
    product: Ref
    plugins: tuple[Ref, ...] = ()
    dependencies: tuple[Ref, ...] = ()  # a package below the product or a plug-in, held at a version
    compat: tuple[Ref, ...] = ()  # compat layers that are switched on


class Environment(Frozen):
    """One fully specified set-up: client + link + server."""

    client: Client = Client()
    link: Link = Link()
    server: Server


class EnvironmentFile(Frozen):
    """A file of ``environments/``: the set-up a customer has and the hops that changed it.

    ``environments`` are the set-ups with all overlays applied: the first is
    ``before``, the last ``after``; there is only one where nothing is upgraded.
    """

    path: Path
    name: str
    title: str = ""
    environments: tuple[Environment, ...] = Field(min_length=1)
    compat: tuple[Ref, ...] = ()  # what to try against a regression

    def side(self, side: Side) -> Environment:
        return self.environments[0 if side == "before" else -1]


def difference(before: Environment, after: Environment) -> tuple["Change", ...]:
    """What an upgrade changed, by dotted path, in the order of the layers."""
    old, new = _flat(before.model_dump()), _flat(after.model_dump())
    paths = list(dict.fromkeys([*old, *new]))
    return tuple(
        Change(path=path, before=old.get(path), after=new.get(path)) for path in paths if old.get(path) != new.get(path)
    )


class Change(Frozen):
    """One field of the environment: what it was and what it is; None where it is not there."""

    path: str
    before: str | None
    after: str | None


def _flat(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        if set(value) == {"name", "version"}:
            return {path: f"{value['name']}@{value['version']}"}
        if set(value) == {"width", "height"}:
            return {path: f"{value['width']}x{value['height']}"}
        rows: dict[str, str] = {}
        for key, item in value.items():
            rows |= _flat(item, f"{path}.{key}" if path else key)
        return rows
    if isinstance(value, (list, tuple)):
        return {f"{path}.{item['name']}": item["version"] for item in value}
    return {path: str(value)}

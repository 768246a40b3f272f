"""Changes: what an upgrade changed of a set-up, field by field."""

from typing import Any

from harness.model.base import Frozen
from harness.model.desktop import shown
from harness.model.endpoint import host_of
from harness.model.environment import OF_GIVEN, Environment
from harness.model.given import GivenImage, ServiceReady
from harness.model.links import shown as shown_link

SETTINGS = ("client.policies", "client.preferences")
LOGINS = ("link.proxy", "link.basic_auth")
DEPENDENCIES = "server.dependencies."


class Change(Frozen):
    """One field of the environment: what it was and what it is; None where it is not there."""

    path: str
    before: str | None
    after: str | None


def difference(before: Environment, after: Environment) -> tuple[Change, ...]:
    """What an upgrade changed, by dotted path, in the order of the layers."""
    old, new = rows(before), rows(after)
    for one, own, other in ((before, old, new), (after, new, old)):
        for ref in one.server.services:  # one that runs on the server's system, where the other says its own
            if (path := f"server.services.{ref.name}.os") in other:
                own.setdefault(path, one.server.os)
    paths = list(dict.fromkeys([*old, *new]))
    return tuple(
        Change(path=path, before=old.get(path), after=new.get(path)) for path in paths if old.get(path) != new.get(path)
    )


def is_dependency(path: str) -> bool:
    """Whether a change is one of a package below the product."""
    return path.startswith(DEPENDENCIES)


def rows(environment: Environment) -> dict[str, str]:
    """Every field by its dotted path, in the order of the layers."""
    return _flat(environment.model_dump())


_USUAL = {"ready": ServiceReady().model_dump()}  # of which nothing need be said


def _flat(value: Any, path: str = "") -> dict[str, str]:
    if path in SETTINGS:
        return {f"{path}.{name}": text for name, text in shown(value).items()}
    if path in LOGINS:
        return {f"{path}.{name}".rstrip("."): text for name, text in shown_link(value).items()} if value else {}
    if isinstance(value, bool):
        return {path: "on"} if value else {}
    if isinstance(value, dict):
        if set(value) == {"name", "version"}:
            return {path: f"{value['name']}@{value['version']}"}
        if "capabilities" in value:
            return _of_browser(value, path)
        if set(value) == {"width", "height"}:
            return {path: f"{value['width']}x{value['height']}"}
        rows: dict[str, str] = {}
        for key, item in value.items():
            rows |= _flat(item, f"{path}.{key}" if path else key)
        return rows
    if isinstance(value, (list, tuple)):
        words = [item for item in value if isinstance(item, str)]
        if words:
            return {path: ", ".join(words)}
        versions = {f"{path}.{item['name']}": _version(item) for item in value}
        versions |= {f"{path}.{item['name']}.os": item["os"] for item in value if item.get("os")}
        for item in value:
            if item.get("image"):
                said = {key: item[key] for key in OF_GIVEN if item[key] != _USUAL.get(key)}
                versions |= _flat(said, f"{path}.{item['name']}")
        return versions
    return {} if value is None else {path: str(value)}


def _of_browser(value: dict[str, Any], path: str) -> dict[str, str]:
    """One that runs elsewhere has no version of ours, but an address and what is asked of it."""
    if not value["url"]:
        return {path: f"{value['name']}@{value['version']}"}
    asked = {f"{path}.capabilities.{name}": text for name, text in shown(value["capabilities"]).items()}
    where = {f"{path}.url": host_of(value["url"]), f"{path}.product_host": value["product_host"]}
    return {path: value["name"]} | {key: text for key, text in where.items() if text} | asked


def _version(item: dict[str, Any]) -> str:
    """Of a reference or an extension; files of one version may yet differ. Of a given image its name and digest."""
    if image := item.get("image"):
        return str(GivenImage.model_validate(image))
    checksum = item.get("checksum") or ""
    return f"{item['version']} ({checksum[:12]})" if checksum else str(item["version"])

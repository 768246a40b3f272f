"""Services that an environment file gives as images: what such an entry must say, and may not."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness import beside
from harness.documents import Mistakes, Node
from harness.errors import nearest
from harness.language import Message
from harness.links import LINKS
from harness.masking.names import says
from harness.model.environment import OF_GIVEN
from harness.model.given import ARCHIVE
from harness.replicas.specs import BROWSER, ORIGIN, PRODUCT
from harness.services import SERVICES
from harness.templating import rehearse

TAKEN = (PRODUCT, BROWSER, ORIGIN, "door", *LINKS)  # names of others in the network of a replica
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")  # a host name, RFC 1123
_NO_SECRET = re.compile(r"(?i)(|yes|no|true|false|on|off|[01])")
_SEEN = {"url": "", "host": "", "port": 1, "user": "", "password": "0" * 32, "database": ""}


def check_given(item: Node, home: Path, mistakes: Mistakes) -> bool:
    """Look at one entry of ``services``; whether it is given as an image. ``home`` is the folder of the file."""
    image = item.mapping.get("image")
    if image is None or image.value is None:
        for key in OF_GIVEN:
            if key in item.mapping:
                what = Message("`{key}` is of a service that is given as an image", key=key)
                mistakes.add(item.place_of(key), what, Message("say which, as `image`, or leave it out"))
        return False
    name = item.at("name")
    if not _NAME.fullmatch(name.text) or name.text in TAKEN:
        what = Message("`{name}` cannot be the name of a service", name=name.text)
        mistakes.add(name, what, Message("write a host name that is no other's: small letters, digits and hyphens"))
    _check_versions(item, mistakes)
    _check_fields(name.text, item, mistakes)
    _check_archive(image, home, mistakes)
    for node, seen in _templates(item):
        mistakes.extend(rehearse(node.text, seen, path=mistakes.path, line=node.line + node.block)[1])
    for key, node in _variables(item).items():
        if says(key) == "secret" and "{{" not in node.text and not _NO_SECRET.fullmatch(node.text):
            what = Message("`{key}` is a secret, which may not stand in a file", key=key)
            mistakes.add(node, what, Message("write {example}", example='"{{ service.password }}"'))
    return True


def _check_versions(item: Node, mistakes: Mistakes) -> None:
    """An image is what it is."""
    for key, free in (("version", "latest"), ("os", "")):
        said = item.mapping.get(key)
        if said is not None and said.value not in (free, None):
            what = Message("a service that is given as an image has no `{key}` that could be chosen", key=key)
            mistakes.add(said, what, Message("leave it out"))


def _check_fields(name: str, item: Node, mistakes: Mistakes) -> None:
    known = name in SERVICES and SERVICES[name].convention is not None
    if known and "port" in item.mapping and item.mapping["port"].value is not None:
        what = Message("the port of `{name}` is {port}, whoever brings it", name=name, port=SERVICES[name].port)
        mistakes.add(item.place_of("port"), what, Message("leave it out"))
    for key, advice in (
        ("port", Message("say where it listens")),
        ("data", Message("say which folders of it outlive an upgrade, or `data: []` where it keeps nothing")),
    ):
        if not known and (key not in item.mapping or item.mapping[key].value is None):
            mistakes.add(
                item.at("name"), Message("`{key}` of the service `{name}` is missing", key=key, name=name), advice
            )


def _check_archive(image: Node, home: Path, mistakes: Mistakes) -> None:
    """The archive is there, and is the one that is meant."""
    source, sha256 = image.mapping.get("from"), image.mapping.get("sha256")
    if source is None or sha256 is None or not ARCHIVE.fullmatch(source.text):
        return  # which is said elsewhere
    path = home / source.text
    if not path.is_file():
        there = (
            sorted(f"{path.parent.name}/{one.name}" for one in path.parent.iterdir()) if path.parent.is_dir() else []
        )
        mistakes.add(
            source, Message("there is no `{path}` beside this file", path=source.text), nearest(source.text, there)
        )
    elif not path.resolve().is_relative_to(home.resolve()):
        mistakes.add(source, Message("{path} lies outside of the folder of this file", path=path))
    elif (seen := beside.checksum(path)) != sha256.value:
        what = Message("`{path}` is not the file that is meant: its SHA-256 is {seen}", path=source.text, seen=seen)
        mistakes.add(sha256, what, beside.MEANT)


def _templates(item: Node) -> Iterator[tuple[Node, Mapping[str, Any]]]:
    """Texts of an entry that may be templates, with what they see."""
    for node in _variables(item).values():
        if isinstance(node.value, str):
            yield node, {"service": _SEEN}
    if "url" in item.mapping and isinstance(item.mapping["url"].value, str):
        yield item.mapping["url"], {"service": {key: value for key, value in _SEEN.items() if key != "url"}}


def _variables(item: Node) -> Mapping[str, Node]:
    found = item.mapping.get("environment")
    return found.mapping if found is not None else {}

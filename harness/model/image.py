"""Context, Rendering, Image and Replica: what is built and what runs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.language import Message
from harness.model.environment import Environment
from harness.model.recipe import Recipe
from harness.model.way import Way


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of a build context: its bytes, or a file of the cache known by its checksum."""

    path: str  # relative, forward slashes
    sha256: str
    content: bytes | Path
    executable: bool = False

    @classmethod
    def of(cls, path: str, content: bytes, *, executable: bool = False) -> "File":
        return cls(path=path, sha256=hashlib.sha256(content).hexdigest(), content=content, executable=executable)


@dataclass(frozen=True, kw_only=True)
class Context:
    """One image to build on top of another. Same input, same bytes, same ``tag``.

    ``dockerfile`` starts with ``FROM {parent}``; nothing in it needs a network, unless it says so.
    """

    name: str  # "os", "product", "plugins", "browser": for people
    parent: str  # image reference
    dockerfile: str
    files: tuple[File, ...] = ()
    egress: bool = False  # whether what it runs may reach a network

    @property
    def tag(self) -> str:
        digest = hashlib.sha256(self.dockerfile.encode())
        for file in sorted(self.files, key=lambda file: file.path):
            digest.update(f"{file.path}\0{int(file.executable)}\0{file.sha256}\n".encode())
        if self.egress:
            digest.update(b"egress\n")
        return f"harness/{self.name}:{digest.hexdigest()[:24]}"


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """The images of one environment, each a chain from the shared to the particular."""

    server: tuple[Context, ...]
    browser: tuple[Context, ...]
    services: dict[str, tuple[Context, ...]] = field(default_factory=dict)  # by name
    links: dict[str, tuple[Context, ...]] = field(default_factory=dict)  # by name


@dataclass(frozen=True, kw_only=True)
class Image:
    tag: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Replica:
    """A running environment. Addresses as the harness reaches them, except ``product_url``,
    which is the product as the browser inside the replica reaches it."""

    run_id: str
    environment: Environment
    recipe: Recipe
    product_url: str  # http://product:8000
    product_address: tuple[str, int]  # host, port
    webdriver_url: str  # http://172.18.0.3:9515
    network: str
    product_container: str  # id
    browser_container: str  # id; empty where no browser was asked for
    log_path: Path  # server.log: `<RFC 3339 time> <line>`, written while it runs
    service_logs: Mapping[str, Path] = field(default_factory=dict)  # service-<name>.log, likewise
    unreachable: Message | None = None  # why a browser that runs elsewhere does not get to the product
    entrance: tuple[str, int] = ("", 0)  # host and port of what stands before the product, else of the product
    way: Way = field(default_factory=Way)  # of the browser

"""Terms: how a service of a replica is used, whether it is of the distribution or given as an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import templating
from harness.model import ServiceRef
from harness.protocols import Service
from harness.services.settings import DATA, DATABASE, PASSWORD
from harness.systems import System

_OWN = {PASSWORD: "{{ service.password }}"}  # what our own images are told


@dataclass(frozen=True, kw_only=True)
class Terms:
    """``ref`` as its file says it; ``known`` is the service of that name, where there is one that it is used as."""

    ref: ServiceRef
    known: Service | None

    @property
    def port(self) -> int:
        """Where it listens."""
        port = self.known.port if self.known else self.ref.port
        assert port, "the file of one that nobody knows says its port"
        return port

    @property
    def data(self) -> tuple[str, ...]:
        """The folders of its container that outlive an upgrade in place."""
        if not self.ref.image:
            return (DATA,)
        usual = self.known.convention.data if self.known and self.known.convention else ()
        return usual if self.ref.data is None else self.ref.data

    @property
    def user(self) -> str | None:
        """Who runs a given image; None: as it says itself."""
        usual = self.known.convention.user if self.known and self.known.convention else None
        return self.ref.user or usual

    @property
    def command(self) -> tuple[str, ...] | None:
        """What a given image runs in place of its own command; None: that."""
        usual = self.known.convention.command if self.known and self.known.convention else None
        return self.ref.command or usual

    @property
    def asks(self) -> bool:
        """Whether it is ready when it answers as all of its kind do."""
        return self.known is not None and not self.ref.ready.command

    def access(self, password: str) -> dict[str, Any]:
        """What templates see of it when it runs, but for its version."""
        seen = {
            "host": self.ref.name,
            "port": self.port,
            "user": self.known.account if self.known else DATABASE,
            "password": password,
            "database": self.known.database if self.known else DATABASE,
        }
        return {"url": self._url(seen)} | seen

    def variables(self, password: str) -> dict[str, str]:
        """What its container is given."""
        if not self.ref.image:
            return {name: _filled(text, {"password": password}) for name, text in _OWN.items()}
        usual: Mapping[str, str] = self.known.convention.environment if self.known and self.known.convention else {}
        seen = self.access(password)
        return {name: _filled(text, seen) for name, text in {**usual, **self.ref.environment}.items()}

    def load(self, system: System, file: str) -> tuple[str, ...]:
        """The command, run in its container, that takes in what is in a file there; empty where it takes none."""
        if not self.ref.image:
            return self.known.load(system, file) if self.known else ()
        usual = self.known.convention.load if self.known and self.known.convention else ()
        return (*usual, file) if usual else ()

    @property
    def seeds(self) -> str:
        """The kind of `seed` that ``load`` takes; empty where it takes none."""
        takes = self.known and (not self.ref.image or (self.known.convention and self.known.convention.load))
        return self.known.seeds if self.known and takes else ""

    def _url(self, seen: Mapping[str, Any]) -> str:
        if self.ref.url is not None:
            return _filled(self.ref.url, seen)
        if self.known:
            return self.known.url(self.ref.name, str(seen["password"]))
        return f"tcp://{self.ref.name}:{self.port}"


def _filled(text: str, seen: Mapping[str, Any]) -> str:
    """Text whose templates were tried when its file was read."""
    return templating.expand(text, {"service": seen}, path=Path(DATABASE)) if "{" in text else text

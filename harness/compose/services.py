"""The services of a project as data, and as the Compose Specification has them.

Format: https://github.com/compose-spec/compose-spec.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.compose.credentials import interpolated
from harness.compose.images import HOME, ProjectImage
from harness.engine.containers import SECCOMP, STOP_S, ContainerSpec, restrictions

NETWORK, PREPARING, OUTSIDE = "replica", "preparing", "outside"
Condition = Literal["service_started", "service_healthy", "service_completed_successfully"]
After = dict[str, Condition]
"""What something waits for, by name."""

STARTED: Condition = "service_started"
HEALTHY: Condition = "service_healthy"
DONE: Condition = "service_completed_successfully"
OWNERSHIP = ("CHOWN", "DAC_OVERRIDE")  # capabilities of who hands data over to another user
OF_NETWORK = ("hostname", "dns_opt")  # what a service that shares another's network has from it
_SAME = ("hostname", "cap_drop", "security_opt", "mem_limit", "memswap_limit", "pids_limit", "shm_size", "dns_opt")


@dataclass(frozen=True, kw_only=True)
class Check:
    """A command in the container that ends well where it is as it should be; asked each ``every_s`` seconds."""

    command: tuple[str, ...]
    every_s: int
    times: int  # that it may fail before it counts


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service: a container of the replica, or one that makes what is in it."""

    name: str
    spec: ContainerSpec
    image: ProjectImage
    command: tuple[str, ...] = ()  # in place of that of its image
    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # name -> further names of it there
    within: str = ""  # the service whose network it shares
    after: Mapping[str, Condition] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)  # with data: name -> folder
    fills: frozenset[str] = frozenset()  # those of them in which what its image has comes to lie, as they are new
    shared: Mapping[str, str] = field(default_factory=dict)  # volumes that are alike whoever fills them
    check: Check | None = None
    owns: bool = False  # whether it hands data over, for which it is root
    ports: tuple[str, ...] = ()

    @property
    def seccomp(self) -> str:
        """Where the profile of its system calls lies in the project's folder; empty where it has none."""
        return f"{self.image.folder}-seccomp.json" if self.spec.seccomp else ""

    def document(self, prefix: str, *, builds: bool) -> dict[str, Any]:
        """As a Compose file has it; ``builds`` its image, or has that of a service before. ``prefix`` begins the names
        of images."""
        found = self._image(prefix, builds) | self._limits()
        found["stop_grace_period"] = f"{STOP_S}s"
        if self.command:
            found["entrypoint"] = [_escaped(word) for word in self.command]
        if self.spec.environment:
            found["environment"] = {name: interpolated(text) for name, text in self.spec.environment.items()}
        if self.within:
            found["network_mode"] = f"service:{self.within}"
        else:
            found["networks"] = {name: {"aliases": list(names)} if names else {} for name, names in
                                 self.networks.items()}  # fmt: skip
        if self.after:
            found["depends_on"] = {name: {"condition": condition} for name, condition in self.after.items()}
        if mounted := [
            *(_mounted(name, folder, name in self.fills) for name, folder in self.volumes.items()),
            *(_mounted(name, folder, True) for name, folder in self.shared.items()),
        ]:
            found["volumes"] = mounted
        if self.check:
            found["healthcheck"] = {
                "test": ["CMD", *map(_escaped, self.check.command)],
                "interval": f"{self.check.every_s}s",
                "timeout": "10s",
                "retries": self.check.times,
            }
        if self.ports:
            found["ports"] = list(self.ports)
        return found

    def _image(self, prefix: str, builds: bool) -> dict[str, Any]:
        if reference := self.image.reference:
            return {"image": reference}
        named = {"image": f"{prefix}/{self.image.folder.replace('/', '-')}"}
        if not builds:
            return named | {"pull_policy": "never"}
        build: dict[str, Any] = {"context": f"./{self.image.folder}"}
        if not self.image.egress:
            build |= {"network": "none"}
        return named | {"pull_policy": "build", "build": build}

    def _limits(self) -> dict[str, Any]:
        wanted = restrictions(self.spec)
        found: dict[str, Any] = {"user": "0:0", "cap_add": list(OWNERSHIP)} if self.owns else {}
        found["cpus"] = wanted.pop("nano_cpus") / 1e9
        for name in _SAME:
            value = wanted.pop(name)
            if value is not None and not (self.within and name in OF_NETWORK):
                found[name] = value
        assert not wanted, f"no word of Compose for {', '.join(wanted)}"
        options = [one for one in found["security_opt"] if not one.startswith(SECCOMP)]
        return found | {"security_opt": options + ([f"{SECCOMP}./{self.seccomp}"] if self.seccomp else [])}


def once(name: str, *command: str) -> tuple[str, ...]:
    """A command that is run until it ended well, and not again when the project is started again."""
    return "sh", f"{HOME}/once.sh", name, *command


def until_over(name: str, signal: str, *command: str) -> tuple[str, ...]:
    """A command that is run until ``over`` says so."""
    return "sh", f"{HOME}/until.sh", name, signal, *command


def over(*names: str) -> tuple[str, ...]:
    return "sh", f"{HOME}/over.sh", *names


def _mounted(name: str, folder: str, fills: bool) -> dict[str, Any]:
    there: dict[str, Any] = {"type": "volume", "source": name, "target": folder}
    return there if fills else there | {"volume": {"nocopy": True}}


def _escaped(text: str) -> str:
    return text.replace("$", "$$")

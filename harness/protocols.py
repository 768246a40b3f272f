"""Every socket of every family, on one page.

A family is a folder with a typed dict in its ``__init__``; a member is one file and
one line in that dict. ``tests/contract`` runs one specification over every member.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from harness.cache import Cache
from harness.language import Language, Message
from harness.model import Attempt, Base, Client, File, Frozen, Observation, Package, Part, Selector, Target
from harness.systems import System


# ---------------------------------------------------------------- installers
class Registry(Protocol):
    """What an installer needs to reach a registry: the cache, and a container with a network."""

    cache: Cache

    def base(self, system: System) -> Base:
        """The base image of a system, made or pulled where it is missing."""

    def fetch(self, base: Base, script: str) -> Mapping[str, Path]:
        """Run a shell script in a throwaway container that has a network, the host's CA
        certificates and its proxies; returns what it left in ``/out``, by file name."""


class Installer(Protocol):
    """``harness/installers/<name>.py``: one package manager or way to put files in an image."""

    Arguments: ClassVar[type[Frozen]]

    def versions(self, package: str, system: System, registry: Registry) -> tuple[str, ...]:
        """Published versions, oldest first. FetchError where the registry does not answer."""

    def resolve(
        self,
        wanted: Sequence[Frozen],
        held: Mapping[str, str],
        preferred: Sequence[Package],
        system: System,
        registry: Registry,
    ) -> tuple[Package, ...]:
        """``wanted`` arguments together, ``held`` packages at a version, to exact packages;
        versions of ``preferred`` are kept where they satisfy."""

    def fetch(self, packages: Sequence[Package], system: System, registry: Registry) -> tuple[File, ...]:
        """The packages' files as files of a build context; nothing is fetched twice."""

    def instructions(self, packages: Sequence[Package], system: System) -> str:
        """Dockerfile lines that install those files without a network."""


# ------------------------------------------------------------------ browsers
class Session(Protocol):
    """A browser that is running, under WebDriver and (where it speaks it) WebDriver BiDi."""

    driver: Any  # selenium.webdriver.Remote
    browser: str  # "chromium 156.0.8078.73"

    def subscribe(self, handlers: Mapping[str, Callable[[dict[str, Any]], None]]) -> None:
        """Call a handler with the parameters of every BiDi event of that name."""

    def command(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One BiDi command and its result. BrowserError where it fails."""

    def screenshot(self) -> bytes:
        """The viewport as an image file (PNG or WebP)."""

    def close(self) -> None: ...


class Browser(Protocol):
    """``harness/browsers/<name>.py``: how one browser is installed, started and spoken to."""

    part: Part  # its versions and what is installed; templates see `client` and `browser`
    command: tuple[str, ...]  # starts the WebDriver server in the container
    port: int
    seccomp: str | None  # file in templates/ that the sandbox of the browser needs

    def environment(self, client: Client) -> dict[str, str]:
        """Environment variables of the container."""

    def open(self, webdriver_url: str, client: Client) -> Session:
        """Start a session. BrowserError where driver or browser fail."""


# --------------------------------------------------------------------- steps
class Page(Protocol):
    """What a step acts on: a browser in a replica, with what was observed so far."""

    session: Session
    base_url: str
    observations: Sequence[Observation]
    step: int

    def remaining_s(self) -> float:
        """Seconds until the running step's timeout ends; never negative."""

    def actionable(self, target: Target) -> Any:
        """The element of the first selector that is visible, stable, enabled and not covered."""


class StepKind(Protocol):
    """``harness/steps/<name>.py``: one action or expectation."""

    Arguments: ClassVar[type[Frozen]]
    default_timeout_s: ClassVar[float]

    def describe(self, arguments: Any) -> Message:
        """The step in words people read."""

    def run(self, page: Page, arguments: Any) -> Attempt | Selector | None:
        """Do it within the page's remaining time; StepFailure where the page does not allow it."""


# ----------------------------------------------------------------- observers
class Observer(Protocol):
    """``harness/observers/<name>.py``: one kind of fact, captured by events while steps run."""

    def start(
        self, session: Session, emit: Callable[[Observation], None], now: Callable[[], tuple[int, float]]
    ) -> None:
        """Begin to capture; ``now`` gives the running step and the seconds since the start."""

    def finish(self) -> tuple[Message, ...]:
        """Wait for what is still on its way; returns what could not be observed, in words."""


# ------------------------------------------------------------------- reports
class Report(Protocol):
    """``harness/reports/<name>.py``: one rendering of a run folder."""

    file: ClassVar[str]  # name of what it writes in the run folder

    def render(self, folder: Path, lang: Language) -> str: ...

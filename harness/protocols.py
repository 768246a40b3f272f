"""Every socket of every family, on one page.

A family is a folder with a typed dict in its ``__init__``; a member is one file and
one line in that dict. ``tests/contract`` runs one specification over every member.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from harness.cache import Cache
from harness.errors import BrowserError
from harness.language import Language, Message
from harness.model import Base, Client, File, Observation, Package, Part, Request, Target
from harness.model.arguments import StepArguments
from harness.systems import System


# ---------------------------------------------------------------- installers
class Registry(Protocol):
    """What an installer needs to reach a registry: the cache, and a container with a network."""

    cache: Cache

    def base(self, system: System, wanted: Base | None = None) -> Base:
        """The base image of a system, made or pulled where it is missing: the one that is wanted,
        another where that cannot be had."""

    def fetch(self, base: Base, script: str) -> Mapping[str, Path]:
        """Run a shell script in a throwaway container that has a network, the host's CA
        certificates and its proxies; returns what it left in ``/out``, by file name."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where packages are installed: a system on its base image, for a user, by a recipe."""

    system: System
    base: Base
    machine: str  # "x86_64", "aarch64": the processor of the containers
    registry: Registry
    folder: Path = Path()  # of the recipe
    user: str = "root"  # who owns what is copied in
    workdir: str = "/srv"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a layer's build context holds, and the Dockerfile lines that install it without a network."""

    files: tuple[File, ...] = ()
    instructions: tuple[str, ...] = ()


class Installer(Protocol):
    """``harness/installers/<name>.py``: one package manager, or way to put files in an image.

    ``wanted`` are instances of ``Arguments``, one an entry of a recipe, with all templates expanded.
    """

    drifts: bool  # its registry drops old versions, so that a locked run may take the next best

    @property
    def Arguments(self) -> type[BaseModel]: ...

    def needs(self, system: System) -> tuple[str, ...]:
        """Packages of the distribution that must be there first."""

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        """Published versions, oldest first. InputError where there is no such package,
        FetchError where the registry does not answer."""

    def resolve(
        self, wanted: Sequence[Any], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        """All ``wanted`` together, with ``held`` packages at a version, to exact packages; versions
        of ``preferred`` are kept where they satisfy. InputError where nothing satisfies."""

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        """Whether ``fetch`` would find everything in the cache."""

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        """The files of ``packages`` that the layer with ``below`` has not; nothing is fetched twice.
        GoneError names what its registry no longer has."""

    def contents(
        self, wanted: Sequence[Any], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        """What installs ``packages`` on top of ``below``; fetches what is not in the cache."""


# ------------------------------------------------------------------ browsers
class Session(Protocol):
    """A browser that is running, under WebDriver and WebDriver BiDi.

    Everything raises BrowserError where browser, driver or connection fail; BidiRefused
    where the browser is well and says no to one command.
    """

    driver: Any  # selenium.webdriver.Remote
    browser: str  # "chromium 156.0.8078.73"
    context: str  # id of the BiDi browsing context that WebDriver's commands go to
    image_suffix: str  # of a screenshot: "png", "jpg" …

    @property
    def lost(self) -> BrowserError | None:
        """Why nothing can be asked any more; None while all is well."""

    def subscribe(self, handlers: Mapping[str, Callable[[dict[str, Any]], None]]) -> Future[dict[str, Any]]:
        """Call a handler with the parameters of every BiDi event of that name, on a thread of the
        session, from when the future is done."""

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        """Send one BiDi command; its result comes later."""

    def command(self, method: str, params: Mapping[str, Any], *, timeout_s: float = 30) -> dict[str, Any]:
        """One BiDi command and its result."""

    def loaded(self, timeout_s: float) -> bool:
        """Wait for the document that the window is on its way to, if it is; false where it takes longer."""

    def wait(self, seconds: float) -> None:
        """Wait; BrowserError as soon as the browser is lost."""

    def screenshot(self) -> Future[bytes]:
        """The viewport as an image; asked for at once, there later."""

    def close(self) -> None: ...


class Browser(Protocol):
    """``harness/browsers/<name>.py``: how one browser is installed, started and spoken to."""

    @property
    def part(self) -> Part:
        """Its versions and what is installed; templates see ``client`` and ``browser``."""

    @property
    def command(self) -> tuple[str, ...]:
        """What starts the WebDriver server in the container."""

    @property
    def port(self) -> int:
        """Where the WebDriver server listens."""

    @property
    def user(self) -> str:
        """Who runs it in the container; has a home folder, ``/home/<user>``."""

    @property
    def seccomp(self) -> str | None:
        """The file in ``templates/`` that the sandbox of the browser needs."""

    def environment(self, client: Client) -> dict[str, str]:
        """Environment variables of the container."""

    def open(self, webdriver_url: str, client: Client, *, hosts: Sequence[str] | None = None) -> Session:
        """Start a session. BrowserError where driver or browser fail.

        ``hosts`` are all there are in a network without a way out: nothing else need be
        looked for, as an engine's name server there may take half a minute to say so.
        """


# --------------------------------------------------------------------- steps
class StepFailure(Exception):
    """The page did not allow a step; ``retry`` where a later moment may be different."""

    def __init__(self, reason: Message, *, retry: bool = False) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.retry = retry


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What can be seen of a target at one moment: of its first visible element, else of its first."""

    url: str
    title: str
    count: int = 0  # elements in the DOM
    visible_count: int = 0
    visible: bool = False
    text: str = ""  # as it is rendered; empty where hidden
    value: str | None = None  # of a field
    enabled: bool = True
    checked: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Found:
    """An element that a person could act on now."""

    element: Any  # selenium.webdriver.remote.webelement.WebElement
    tag: str  # "input"
    type: str = ""  # its type attribute
    checked: bool = False


class Page(Protocol):
    """What a step acts on: a browser in a replica, with what was observed so far.

    All waiting ends with the running step's timeout, in StepFailure; what is not the
    page's doing is a BrowserError.
    """

    session: Session
    base_url: str

    def go(self, url: str) -> None:
        """Open a URL and wait until it has loaded."""

    def act(
        self, target: Target, action: Callable[[Found], None], *, enabled: bool = True, editable: bool = False
    ) -> None:
        """Wait until one of the selectors, tried in order, gives an element that is visible, stable, not
        covered and (as asked) enabled and editable; then do ``action`` with it. An action that finds
        the element gone, or raises StepFailure with ``retry``, is tried again."""

    def act_anywhere(self, action: Callable[[], None]) -> None:
        """Do ``action`` where the focus is."""

    def watch(self, target: Target | None, complaint: Callable[[Sight], Message | None]) -> None:
        """Look until there is nothing to complain about."""

    def await_observation(self, complaint: Callable[[], Message | None], *, now: bool = False) -> None:
        """The same over what was observed; with ``now``, only over what has been observed already."""

    def run(self, script: str) -> Any:
        """Run a function body in the page; its JSON value, awaited."""

    def rest(self, seconds: float) -> None:
        """Wait, unless the browser dies."""

    def note(self, message: Message) -> None:
        """Keep something worth knowing with the outcome of the step."""

    def requests(self) -> Sequence[Request]:
        """All answered or failed requests until now, in the order they were sent."""

    def document(self) -> Request | None:
        """The request that the page now shown came from."""

    def errors(self) -> Sequence[str]:
        """The texts of all uncaught script errors and console errors until now."""


class StepKind(Protocol):
    """``harness/steps/<name>.py``: one action or expectation."""

    @property
    def Arguments(self) -> type[StepArguments]: ...

    default_timeout_s: float
    passive: bool  # it only looks

    def describe(self, arguments: Any) -> Message:
        """The step in words people read."""

    def run(self, page: Page, arguments: Any) -> None:
        """Do it within the page's remaining time; StepFailure where the page does not allow it."""


# ----------------------------------------------------------------- observers
class Watch(Protocol):
    """What an observer is given by the replay that it serves."""

    session: Session
    folder: Path  # of this side's evidence

    def emit(self, observation: Observation) -> None:
        """Keep one fact. From any thread."""

    def at(self, epoch_s: float | None = None) -> tuple[int, float]:
        """The step that ran, and the seconds since the replay began, at a time of the browser's
        clock (seconds since 1970) or now."""


class Observer(Protocol):
    """``harness/observers/<name>.py``: one kind of fact, captured while steps run. Made anew for each replay."""

    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        """Begin to capture, by events, which come from when the futures are done."""

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        """Ask for what shows the page as it is now; the replay acts again when these are done.
        With ``unchanged``, what showed it at the end of the step before does."""

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        """Wait, within bounds, for what is still on its way; returns what could not be observed."""


# ------------------------------------------------------------------- reports
class Report(Protocol):
    """``harness/reports/<name>.py``: one rendering of a run folder."""

    file: ClassVar[str]  # name of what it writes in the run folder

    def render(self, folder: Path, lang: Language) -> str: ...

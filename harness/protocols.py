"""Every socket of every family, on one page.

A family is a folder with a typed dict in its ``__init__``; a member is one file and
one line in that dict. ``tests/contract`` runs one specification over every member.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from harness.cache import Cache
from harness.errors import BrowserError
from harness.language import Language, Message
from harness.model import (
    Base,
    Client,
    ClientState,
    Context,
    Credential,
    File,
    Link,
    Mail,
    Observation,
    Package,
    Part,
    Request,
    Target,
    Way,
)
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

    def image(self, name: str, *, archive: tuple[Path, str] | None = None) -> str:
        """An image that there is already, brought to the engine where it is missing: one of a registry
        (``name@sha256:…``), or the one of that name, or the only one, in an ``archive`` with its SHA-256. Returns
        its reference there. InputError where the archive is not as it must be, FetchError, EngineError."""


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
    asked: tuple[Any, ...] = ()  # all arguments of the installer for this image, for what a lock does not say


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a layer's build context holds, and the Dockerfile lines that install it without a network."""

    files: tuple[File, ...] = ()
    instructions: tuple[str, ...] = ()
    parent: str = ""  # the image that takes the place of the base image …
    below: tuple[Context, ...] = ()  # … where that is to be built, its contexts


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


# ------------------------------------------------------------------ services
@dataclass(frozen=True, kw_only=True)
class Convention:
    """How the images of a service are used that its makers publish: what nobody need say of one that is given."""

    user: str  # who can run it without being allowed to become another
    data: tuple[str, ...]  # the folders that hold what it holds
    environment: Mapping[str, str]  # templates see ``service``
    command: tuple[str, ...] | None = None  # in place of that of the image
    load: tuple[str, ...] = ()  # the command, run in its container, that takes in the file named after it


class Service(Protocol):
    """``harness/services/<name>.py``: a database, cache or broker, as the distribution packages it.

    It runs as ``user``, keeps what it holds in ``services.DATA``, which that user owns, and finds the password of
    its replica in the variable ``PASSWORD``. It must take one that is not that of its data.
    """

    releases: Mapping[str, str]  # operating system -> the version that its distribution has
    port: int
    user: str
    account: str  # that the product gets
    database: str
    stop_signal: str  # on which it ends in order, whoever is connected
    keeps_format: bool  # a release opens the data of the one before
    noise: re.Pattern[str] | None  # what it logs of those who wait for it
    seeds: str  # the kind of `seed` that `load` takes: "sql", "ldif"; empty where it takes none
    hello: bytes  # what is sent to a connection to see whether it is ready
    ready: re.Pattern[bytes]  # how an answer begins that says so
    convention: Convention | None  # of images that are given; without one they are as those of any other service

    def part(self, system: System) -> Part:
        """Its versions and what is installed; templates see ``service``."""

    def setup(self, system: System) -> str:
        """The shell script that ``user`` runs when the image is built: makes the data of a new one."""

    def start(self, system: System) -> str:
        """The shell script that starts it, and ends as the server itself."""

    def url(self, host: str, password: str) -> str:
        """The address in the form in which products take it."""

    def load(self, system: System, file: str) -> tuple[str, ...]:
        """The command, run in its container, that takes in what is in a file there; empty where it takes none."""

    def upgraded(self, system: System) -> tuple[str, ...]:
        """The command, run in its container when it is ready, after a new version opened old data; or empty."""

    def mail(self, line: str, step: int, time_s: float) -> Mail | None:
        """The mail that a line of its log tells of, where it takes mails."""


# --------------------------------------------------------------------- links
@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Where one member of ``links/`` stands in its replica."""

    link: Link
    name: str  # its own in the network; of the first before the product, that of the product
    port: int  # where it listens
    upstream: str = (
        ""  # where it passes on what it gets: ``http://origin:8000``; empty for what is not before the product
    )
    login: Credential | None = None  # that it asks for
    certificate: bytes = b""  # PEM, with which it shows that it is the product …
    key: bytes = b""  # … and its private key
    rules: tuple[Mapping[str, Any], ...] = ()  # of gateways, as ``transforms`` has them


class LinkPart(Protocol):
    """``harness/links/<name>.py``: something between browser and product, in a container of its own.

    It is installed like any other part, starts side by side with the others, waits until it has its ``files`` in
    ``links.HOME``, and then runs ``command``. What stands before the product passes HTTP on to the next such member
    in the order of ``LINKS``, the last of them to the product.
    """

    before_product: bool  # it answers in the product's place; what does not is something the browser is told of
    user: str
    command: tuple[str, ...]
    ready: tuple[int, str, int]  # the port, path and status of the answer that says that it is ready

    def wanted(self, link: Link) -> bool:
        """Whether an environment with that link has it."""

    def os(self, server: str) -> str:
        """The operating system that it runs on, where the server is on that one."""

    def part(self, system: System) -> Part:
        """What is installed."""

    def port(self, link: Link, product_port: int) -> int:
        """Where it listens."""

    def files(self, crossing: Crossing) -> tuple[File, ...]:
        """What it is started with, that is in no image: its settings, keys and passwords."""


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
    def client_states(self) -> Sequence[ClientState]:
        """What became of the extensions and policies of the client."""

    @property
    def lost(self) -> BrowserError | None:
        """Why nothing can be asked any more; None while all is well."""

    @property
    def missing(self) -> Mapping[str, str]:
        """BiDi events that were subscribed to and that this browser does not have, each with its words."""

    @property
    def unobserved(self) -> Sequence[Message]:
        """What else this browser cannot give, whatever is asked."""

    def subscribe(self, handlers: Mapping[str, Callable[[dict[str, Any]], None]]) -> Future[dict[str, Any]]:
        """Call a handler with the parameters of every BiDi event of that name, on a thread of the
        session, from when the future is done."""

    def start(self, method: str, params: Mapping[str, Any]) -> Future[dict[str, Any]]:
        """Send one BiDi command; its result comes later."""

    def command(self, method: str, params: Mapping[str, Any], *, timeout_s: float = 30) -> dict[str, Any]:
        """One BiDi command and its result."""

    def keep_bodies(self, limit_bytes: int) -> Future[dict[str, Any]]:
        """From when the future is done, ``body`` has the bodies of answers up to a size; BidiRefused
        where this browser cannot give any."""

    def body(self, request: str) -> Future[dict[str, Any]]:
        """The body of the answer to a request (BiDi's id), as BiDi's ``network.BytesValue``."""

    def loaded(self, timeout_s: float) -> bool:
        """Wait for the document that the window is on its way to, if it is; false where it takes longer."""

    def wait(self, seconds: float) -> None:
        """Wait; BrowserError as soon as the browser is lost."""

    def screenshot(self) -> Future[bytes]:
        """The viewport as an image; asked for at once, there later."""

    def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class BrowserSource:
    """One place where versions of a browser come from, and how they are installed.

    An exact version tells by its form which source it is of.
    """

    name: str  # for people: "the distribution", "npm"
    part: Part  # templates see ``client`` and ``browser``
    versions: str  # a regular expression that its exact versions match, and those of no other source
    from_system: bool = True  # the packages of the operating system tell what there is
    since: int = 0  # the first major version of it that can be driven
    machines: tuple[str, ...] = ()  # processors that it has files for; empty: all
    files: Mapping[str, Path] = field(default_factory=dict)  # of ours, by their place in its image
    setup: tuple[tuple[str, ...], ...] = ()  # run as root when all is installed


class Browser(Protocol):
    """``harness/browsers/<name>.py``: how one browser is installed, started and spoken to."""

    @property
    def sources(self) -> tuple[BrowserSource, ...]:
        """Where its versions come from: a version is taken of the first that has one that fits. None: it runs
        elsewhere, and is neither installed nor started by us."""

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

    @property
    def extension_folder(self) -> str:
        """Where packages of the distribution put extensions of this browser."""

    @property
    def crosses(self) -> bool:
        """Whether it takes a ``Way``: a proxy, hosts that are blocked, logins."""

    def refusals(self, client: Client) -> Mapping[str, Message]:
        """Fields of the client that it cannot honour, each with why."""

    def files(self, client: Client) -> Mapping[str, str]:
        """Texts in its image that are the client's, by path: policies."""

    def environment(self, client: Client) -> dict[str, str]:
        """Environment variables of the container."""

    def trusting(self, certificates: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Commands, run in its container before it starts, after which it trusts the authorities in these files."""

    def capabilities(self, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None) -> Any:
        """What a session that is like the client's asks for, as W3C WebDriver has it; see ``open``."""

    def open(
        self, webdriver_url: str, client: Client, *, hosts: Sequence[str] | None = None, way: Way | None = None
    ) -> Session:
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

    def hide(self, text: str) -> None:
        """Keep a secret, which is about to be typed, out of all evidence."""

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
        """Keep one fact, without the secrets in it. From any thread."""

    def screenshot(self) -> Future[bytes]:
        """The viewport as an image on which no secret can be read; asked for at once, there later."""

    def source(self, html: str) -> str:
        """The source of a page without the secrets in it."""

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
    """``harness/reports/<name>.py``, ``harness/matrix_reports/<name>.py``: one rendering of the folder
    of a run, or of a matrix."""

    @property
    def file(self) -> str:
        """The name of what it writes in the folder."""

    def render(self, folder: Path, lang: Language) -> str: ...

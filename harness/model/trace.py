"""Observation and Trace: what was captured while a scenario was replayed in a replica.

Times are seconds since the replay began; ``step`` is the number of the step that
was running, 0 before the first.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from harness.language import Message
from harness.model.base import Captured, Frozen, Layer, Said, Side


class ConsoleMessage(Captured):
    kind: Literal["console"] = "console"
    layer: Layer = "client"
    step: int
    time_s: float
    level: Literal["debug", "info", "warn", "error"]
    text: str
    url: str = ""
    line: int | None = None  # from 1
    column: int | None = None  # from 1
    stack: str = ""  # one "function (url:line:column)" a line


class ScriptError(Captured):
    """An error that no code of the page caught."""

    kind: Literal["error"] = "error"
    layer: Layer = "client"
    step: int
    time_s: float
    text: str  # "TypeError: Cannot read properties of undefined (reading 'map')"
    url: str = ""
    line: int | None = None
    column: int | None = None
    stack: str = ""


class Source(Captured):
    """The code around the place that an uncaught error came from, as it was served."""

    kind: Literal["source"] = "source"
    layer: Layer = "client"
    step: int
    time_s: float
    url: str
    line: int  # of the place, from 1
    column: int  # of the place, from 1
    head: str  # what stands before the place
    rest: str  # what follows


class Mapped(Captured):
    """A place on the stack of an error, and what it was before files were put together, as a source map says."""

    kind: Literal["mapped"] = "mapped"
    layer: Layer = "client"
    step: int
    time_s: float
    url: str
    line: int  # as it was served; all count from 1
    column: int
    source: str  # the file that it was in: an address, or what the build called it
    source_line: int
    source_column: int
    name: str = ""  # what it was called there


class Request(Captured):
    """One request with its response. ``failure`` is the browser's word where none came."""

    kind: Literal["request"] = "request"
    layer: Layer = "link"  # "server" where an answer came with a status of 400 and above
    step: int
    time_s: float
    method: str
    url: str
    resource: str = ""  # document, script, style, image, font, fetch, other
    status: int | None = None
    failure: str | None = None
    duration_s: float | None = None
    mime_type: str = ""
    request_headers: dict[str, str] = {}
    response_headers: dict[str, str] = {}
    size_bytes: int | None = None
    body: Any = None  # parsed, where the response was JSON, or an object where it was a form, and within the limit
    body_missing: str | None = None  # why there is none although the response was one of these
    obstacle: Said | None = None  # what of the link stood in its way


class LogLine(Captured):
    kind: Literal["log"] = "log"
    layer: Layer = "server"
    step: int
    time_s: float
    source: str = "product"
    text: str


class Mail(Captured):
    """A mail that a product sent, as the server that took it saw it."""

    kind: Literal["mail"] = "mail"
    layer: Layer = "server"
    step: int
    time_s: float
    source: str  # name of the service
    sender: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""  # the begin of what a person reads
    attachments: tuple[str, ...] = ()  # their names


class Migration(Captured):
    """A command of an upgrade in place that failed: what the new version did not make of the old data."""

    kind: Literal["migration"] = "migration"
    layer: Layer = "server"
    step: int = 0
    time_s: float = 0.0
    command: str
    exit_code: int
    output: str  # the end of what it printed


class Ended(Captured):
    """The product ended while it was used, or a process of it did for want of memory."""

    kind: Literal["ended"] = "ended"
    layer: Layer = "server"
    step: int
    time_s: float
    exit_code: int | None = None  # None: its container still ran
    why: Said | None = None  # where more is known than the exit code

    def message(self) -> Message:
        if self.exit_code is None:
            return self.why.message() if self.why else Message("the product ended")
        ended = Message("the product ended with exit code {code}", code=self.exit_code)
        return Message("{ended}: {why}", ended=ended, why=self.why.message()) if self.why else ended


class Screenshot(Captured):
    kind: Literal["screenshot"] = "screenshot"
    layer: Layer = "client"
    step: int
    time_s: float
    path: str  # relative to the run folder


class Dom(Captured):
    kind: Literal["dom"] = "dom"
    layer: Layer = "client"
    step: int
    time_s: float
    path: str  # relative to the run folder


class Element(Captured):
    """Something of a page that a person sees: with words of its own, or of a kind that shows or takes something."""

    tag: str  # lower case
    id: str = ""
    role: str = ""  # as its author says it
    label: str = ""  # what stands for words: aria-label, alt, placeholder, title or name
    text: str = ""  # its own words, or what a field holds; nothing of a password
    box: tuple[int, int, int, int] = (0, 0, 0, 0)  # left, top, width, height in CSS pixels of the viewport


class Seen(Captured):
    """What of a page can be seen at the end of a step, in the order of the document."""

    kind: Literal["seen"] = "seen"
    layer: Layer = "client"
    step: int
    time_s: float
    elements: tuple[Element, ...]
    left_out: int = 0  # further ones


class ExtensionState(Captured):
    """What became of an extension of the browser, as the browser says when it is asked."""

    kind: Literal["extension"] = "extension"
    layer: Layer = "client"
    step: int = 0
    time_s: float = 0.0
    name: str
    version: str = ""
    loaded: bool
    said: str = ""  # why it was not loaded, or what is wrong with it, in the browser's own words

    def message(self) -> Message:
        if self.loaded and not self.said:
            return Message("the extension {name} was loaded", name=self.name)
        if self.loaded:
            return Message("the extension {name} was loaded, but: {why}", name=self.name, why=self.said)
        why = self.said or Message("the browser does not say why")
        return Message("the extension {name} was not loaded: {why}", name=self.name, why=why)


class PolicyState(Captured):
    """What became of a policy, as the browser says when it is asked."""

    kind: Literal["policy"] = "policy"
    layer: Layer = "client"
    step: int = 0
    time_s: float = 0.0
    name: str
    said: str = ""  # why it is not in force, in the browser's own words; empty where it is

    def message(self) -> Message:
        if not self.said:
            return Message("the policy {name} is in force", name=self.name)
        return Message("the policy {name} is not in force: {why}", name=self.name, why=self.said)


ClientState = ExtensionState | PolicyState
Observation = Annotated[
    ConsoleMessage
    | ScriptError
    | Source
    | Mapped
    | Request
    | LogLine
    | Mail
    | Migration
    | Ended
    | Screenshot
    | Dom
    | Seen
    | ExtensionState
    | PolicyState,
    Field(discriminator="kind"),
]


class Attempt(Captured):
    """What became of one selector: ``found`` elements, and why the step could not use them."""

    selector: str
    found: int
    state: Literal["used", "missing", "hidden", "covered", "disabled", "moving", "not-tried", "usable", "invalid"]
    detail: str = ""  # what covers it, …


class Outcome(Captured):
    """How one step ended."""

    number: int
    action: str
    description: dict[str, str]  # language -> words
    outcome: Literal["passed", "failed", "not-run"]
    start_s: float = 0.0
    duration_s: float = 0.0
    matched: str | None = None  # the selector that matched
    reason: Said | None = None  # why it failed
    attempts: tuple[Attempt, ...] = ()
    notes: tuple[Said, ...] = ()  # worth knowing, and no failure
    page_title: str = ""
    page_url: str = ""


class Fault(Frozen):
    """Something that is not the page's doing: engine, driver, browser crash, disk."""

    reason: Said
    step: int = 0


class Trace(Frozen):
    """All facts of one replay. ``not_observed`` says what this browser could not give."""

    side: Side
    browser: str  # "chromium 156.0.8078.73"
    outcomes: tuple[Outcome, ...]
    observations: tuple[Observation, ...] = ()
    not_observed: tuple[Said, ...] = ()
    fault: Fault | None = None
    duration_s: float = 0.0

    @property
    def passed(self) -> int:
        return sum(outcome.outcome == "passed" for outcome in self.outcomes)

    @property
    def failed(self) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.outcome == "failed"), None)

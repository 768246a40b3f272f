"""The page that steps act on: finding, waiting until a person could act, acting, looking.

Finding and waiting happen inside the page (``page.js``), in a sandbox that the page's
own scripts cannot reach, so that a wait is one round trip and ends with the frame in
which it may end. Acting is WebDriver's input.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from functools import cache, partial
from pathlib import Path
from time import monotonic
from typing import Any

from harness.errors import BrowserError
from harness.language import Message
from harness.model import Attempt, ConsoleMessage, Observation, Request, Said, ScriptError, Target
from harness.page.attempts import attempts, unusable
from harness.page.glances import Glances
from harness.protocols import Found, Session, Sight, StepFailure
from harness.webdriver.bidi import BidiRefused, BidiSilent, answer
from harness.webdriver.values import SANDBOX, Raw, local, plain

SLICE_S = 1.0  # the longest wait inside the page
ROLE_SLICE_S = 0.06  # the same where the accessibility tree has to be asked again
GRACE_S = 1.0  # for the answer to come back
SHOWN_TIMEOUT_S = 5.0  # for a screenshot of the step before
LOAD_TIMEOUT_MIN_S = 2.0  # a driver on a busy machine takes less for a page that does not answer
GONE = frozenset({"no such frame", "no such node", "no such handle", "unknown error", "no such script"})
"""BiDi's words where the page went away while it was asked; the next page is asked again."""


@cache
def _script() -> str:
    text = (Path(__file__).parent / "page.js").read_text("utf-8")
    return text[text.index("async (") :]


class LivePage:
    """The ``Page`` of the protocols. ``begin`` starts a step; what became of its target is in
    ``attempts`` and ``matched`` afterwards, what is worth knowing in ``notes``."""

    def __init__(
        self,
        session: Session,
        base_url: str,
        *,
        observed: Callable[[], Sequence[Observation]],
        news: Callable[[float], None],
        hide: Callable[[str], Message | None] = lambda _: None,
    ) -> None:
        """``observed`` gives all observations until now; ``news`` waits some seconds for another one; ``hide``
        keeps a secret out of the evidence, or says why it cannot."""
        self.session = session
        self.base_url = base_url
        self._observed = observed
        self._news = news
        self._hide = hide
        self._load_timeout_s = 0.0
        self.shown: Sequence[Future[Any]] = ()
        self._glances = Glances(session)
        self.begin(1)

    def begin(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._deadline = monotonic() + timeout_s
        self.attempts: tuple[Attempt, ...] = ()
        self.matched: str | None = None
        self.notes: list[Said] = []

    def remaining_s(self) -> float:
        return max(0.0, self._deadline - monotonic())

    # -------------------------------------------------------------- acting
    def go(self, url: str) -> None:
        self._settle()
        params = {"context": self.session.context, "url": url, "wait": "complete"}
        try:
            answer(
                self.session.start("browsingContext.navigate", params), self.remaining_s(), "browsingContext.navigate"
            )
        except BidiRefused as exc:
            raise StepFailure(Message("{url} could not be opened: {why}", url=url, why=exc.detail or exc.code)) from exc
        except BidiSilent as exc:
            self._alive()
            what = Message("{url} had not loaded after {seconds} s", url=url, seconds=f"{self._timeout_s:g}")
            raise StepFailure(what) from exc

    def act(
        self, target: Target, action: Callable[[Found], None], *, enabled: bool = True, editable: bool = False
    ) -> None:
        wanted = {"enabled": enabled, "editable": editable}
        failed: StepFailure | None = None
        while True:
            try:
                found = self._usable(target, wanted)
            except StepFailure as failure:
                raise failed or failure from None
            self._settle()
            failed = self._do(partial(action, found))
            if failed is None:
                return
            if self.remaining_s() <= 0:
                raise failed
            self.session.wait(0.02)

    def act_anywhere(self, action: Callable[[], None]) -> None:
        self._settle()
        failed = self._do(action)
        if failed:
            raise failed

    def _do(self, action: Callable[[], None]) -> StepFailure | None:
        """Act; returns why it did not work where another try may."""
        from selenium.common.exceptions import TimeoutException, WebDriverException
        from urllib3.exceptions import HTTPError

        try:
            load_timeout_s = max(self._timeout_s, LOAD_TIMEOUT_MIN_S)
            if self._load_timeout_s != load_timeout_s:
                self.session.driver.set_page_load_timeout(load_timeout_s)
                self._load_timeout_s = load_timeout_s
            action()
            if not self.session.loaded(max(self.remaining_s(), GRACE_S)):
                raise StepFailure(_busy(self._timeout_s))
        except StepFailure as failure:
            if failure.retry:
                return failure
            raise
        except TimeoutException as exc:
            self._alive()
            raise StepFailure(_busy(self._load_timeout_s)) from exc
        except WebDriverException as exc:
            self._alive()
            return _page_said(exc)
        except (HTTPError, OSError) as exc:
            raise BrowserError(Message("the connection to the browser was lost: {why}", why=str(exc))) from exc
        return None

    def _usable(self, target: Target, wanted: dict[str, bool]) -> Found:
        earlier: tuple[Attempt, ...] = ()
        while True:
            asked = self._ask(target, wanted, "")
            if asked is not None:
                node, said = asked[0], json.loads(asked[1])
                self.attempts = attempts(target.selectors, said["attempts"], earlier)
                earlier = self.attempts
                if node is not None:
                    self.matched = next(a.selector for a in self.attempts if a.state == "used")
                    element = self.session.driver.create_web_element(node["sharedId"])
                    return Found(element=element, tag=said["tag"], type=said["type"], checked=said["checked"])
                if all(attempt.state == "invalid" for attempt in self.attempts):
                    raise StepFailure(unusable(self.attempts))
            if self.remaining_s() <= 0:
                raise StepFailure(unusable(self.attempts) if self.attempts else _silent())

    def _settle(self) -> None:
        """Evidence of the step before must show the page before it is acted on."""
        wait_for_all(self.shown, timeout=SHOWN_TIMEOUT_S)
        if self.session.lost:
            raise self.session.lost

    # ------------------------------------------------------------- looking
    def watch(self, target: Target | None, complaint: Callable[[Sight], Message | None]) -> None:
        said_before, unmet = "", _silent()
        while True:
            asked = self._ask(target, None, said_before)
            if asked is not None:
                said_before = asked[1]
                reason = self._consider(target, json.loads(said_before), complaint)
                if reason is None:
                    return
                unmet = reason
            if self.remaining_s() <= 0 or (self.attempts and all(a.state == "invalid" for a in self.attempts)):
                raise StepFailure(unmet)

    def _consider(
        self, target: Target | None, said: dict[str, Any], complaint: Callable[[Sight], Message | None]
    ) -> Message | None:
        seen = dict(said["sight"])
        chosen = seen.pop("selector", None)
        reason = complaint(Sight(**seen))
        if target is not None:
            self.attempts = attempts(target.selectors, said["attempts"], ())
            if all(attempt.state == "invalid" for attempt in self.attempts):
                return unusable(self.attempts)
            self.matched = str(target.selectors[chosen]) if reason is None and chosen is not None else None
        return reason

    def _ask(
        self, target: Target | None, wanted: dict[str, bool] | None, before: str
    ) -> tuple[dict[str, Any] | None, str] | None:
        """One question to the page: (node, JSON of what was said); None where the page went away meanwhile."""
        selectors = target.selectors if target else ()
        try:
            roles = [self._by_role(s.value, s.name) if s.how == "role" else [] for s in selectors]
            slice_s = min(self.remaining_s(), ROLE_SLICE_S if any(s.how == "role" for s in selectors) else SLICE_S)
            arguments = [
                [{"how": selector.how, "value": selector.value} for selector in selectors],
                Raw({"type": "array", "value": [{"type": "array", "value": nodes} for nodes in roles]}),
                wanted,
                before,
                slice_s * 1000,
            ]
            element, said = self._call(_script(), arguments, sandbox=SANDBOX)["value"]
        except BidiRefused as exc:
            if exc.code not in GONE:
                raise
            self.session.wait(0.01)
            return None
        return (element if element["type"] == "node" else None), said["value"]

    def _by_role(self, role: str, name: str | None) -> list[dict[str, Any]]:
        value = {"role": role} | ({"name": name} if name is not None else {})
        params = {"context": self.session.context, "locator": {"type": "accessibility", "value": value}}
        nodes = self._answered("browsingContext.locateNodes", params)["nodes"]
        return [{"sharedId": node["sharedId"]} for node in nodes]

    def _call(self, function: str, arguments: Sequence[Any], *, sandbox: str | None) -> dict[str, Any]:
        """Call a function in the page; its BiDi result. StepFailure where it throws."""
        params = {
            "functionDeclaration": function,
            "awaitPromise": True,
            "target": {"context": self.session.context} | ({"sandbox": sandbox} if sandbox else {}),
            "arguments": [local(argument) for argument in arguments],
            "serializationOptions": {"maxDomDepth": 0},
        }
        result = self._answered("script.callFunction", params)
        if result["type"] == "exception":
            raise StepFailure(Message("the script failed: {error}", error=result["exceptionDetails"]["text"]))
        value: dict[str, Any] = result["result"]
        return value

    def _answered(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            return answer(self.session.start(method, params), self.remaining_s() + GRACE_S, method)
        except BidiSilent as exc:
            self._alive()
            raise StepFailure(_silent()) from exc

    # ----------------------------------------------------------- the rest
    def run(self, script: str) -> Any:
        self._settle()
        return plain(self._call(f"async function () {{\n{script}\n}}", (), sandbox=None))

    def rest(self, seconds: float) -> None:
        self.session.wait(min(seconds, self.remaining_s()))

    def note(self, message: Message) -> None:
        self.notes.append(Said.of(message))

    def hide(self, text: str) -> None:
        if problem := self._hide(text):
            self.note(problem)

    def glance(self) -> tuple[str, str, bool]:
        """Title, URL, and whether the page looks as at the last glance."""
        return self._glances.take()

    def await_observation(self, complaint: Callable[[], Message | None], *, now: bool = False) -> None:
        if now:
            self.catch_up()
        while (unmet := complaint()) is not None:
            if now or self.remaining_s() <= 0:
                raise StepFailure(unmet)
            self._news(min(self.remaining_s(), 0.25))
            if self.session.lost:
                raise self.session.lost

    def catch_up(self) -> None:
        """Let everything be observed that the browser has told until now: it comes before an answer."""
        self._answered(
            "script.evaluate", {"expression": "0", "awaitPromise": False, "target": {"context": self.session.context}}
        )

    def requests(self) -> Sequence[Request]:
        found = [observation for observation in self._observed() if isinstance(observation, Request)]
        return sorted(found, key=lambda request: request.time_s)

    def document(self) -> Request | None:
        return next((request for request in reversed(self.requests()) if request.resource == "document"), None)

    def errors(self) -> Sequence[str]:
        return [
            observation.text
            for observation in self._observed()
            if isinstance(observation, ScriptError)
            or (isinstance(observation, ConsoleMessage) and observation.level == "error")
        ]

    def _alive(self) -> None:
        """BrowserError where it is the browser that does not answer, and not the page alone."""
        from selenium.common.exceptions import WebDriverException
        from urllib3.exceptions import HTTPError

        if self.session.lost:
            raise self.session.lost
        self.session.command("session.status", {}, timeout_s=5)
        try:
            handles = self.session.driver.window_handles
        except (WebDriverException, HTTPError, OSError) as exc:
            raise BrowserError(Message("the browser failed: {why}", why=_first_line(exc))) from exc
        if self.session.context not in handles:
            raise StepFailure(Message("the page closed its window"))


def _page_said(exc: Exception) -> StepFailure:
    """A WebDriver error of a browser that is alive: the page changed under the action."""
    return StepFailure(Message("the element could not be used: {why}", why=_first_line(exc)), retry=True)


def _busy(seconds: float) -> Message:
    return Message("the page was still busy or loading after {seconds} s", seconds=f"{seconds:g}")


def _silent() -> Message:
    return Message("the page does not answer: a script of it runs without end, or for very long")


def _first_line(exc: Exception) -> str:
    return str(exc).strip().partition("\n")[0].removeprefix("Message: ") or type(exc).__name__

"""Whether a window is on its way to another document, by events."""

from collections.abc import Callable, Mapping
from threading import Condition
from time import monotonic
from typing import Any

UNNAMED = "unnamed"  # Chromium until 123 says the id of a navigation only when it has ended
REQUEST_S = 1.0  # a navigation that was asked for begins within it, or was called off


class Navigations:
    """Follows one top-level browsing context (WebDriver BiDi, "browsingContext" module)."""

    def __init__(self, context: str) -> None:
        self._context = context
        self._changed = Condition()
        self._under_way: str | None = None  # id of the newest navigation
        self._asked = 0.0  # when a document asked for another one

    @property
    def handlers(self) -> Mapping[str, Callable[[dict[str, Any]], None]]:
        """What to do at BiDi's events."""
        # An answer without content, or with a file to keep, opens no document; not every browser says more of it.
        ends = ("load", "fragmentNavigated", "navigationFailed", "navigationAborted", "downloadWillBegin")
        return {
            "browsingContext.navigationStarted": self._started,
            "browsingContext.navigationCommitted": self._committed,
            **{f"browsingContext.{event}": self._ended for event in ends},
            "network.responseCompleted": self._answered,
            "network.fetchError": self._called_off,
        }

    def asked(self) -> None:
        """The document asked for another one, which BiDi only says when it begins."""
        with self._changed:
            self._asked = monotonic()

    def loaded(self, timeout_s: float) -> bool:
        """Wait for the navigation that is under way, if there is one; false where the time ends before it."""
        deadline = monotonic() + timeout_s
        with self._changed:
            while self._under_way or monotonic() < self._asked + REQUEST_S:
                left_s = deadline - monotonic()
                if left_s <= 0:
                    return not self._under_way
                self._changed.wait(min(left_s, REQUEST_S))
        return True

    def give_up(self) -> None:
        """Nothing will come any more."""
        with self._changed:
            self._under_way, self._asked = None, 0.0
            self._changed.notify_all()

    def _started(self, event: dict[str, Any]) -> None:
        if event["context"] == self._context:
            with self._changed:
                self._under_way, self._asked = str(event["navigation"] or UNNAMED), 0.0
                self._changed.notify_all()

    def _committed(self, event: dict[str, Any]) -> None:
        """A document that is taken out of the cache as it was left commits under its old id, and does not load."""
        if event["navigation"] != self._under_way:
            self._ended(event | {"navigation": None})

    def _answered(self, event: dict[str, Any]) -> None:
        if opens_nothing(event["response"]):
            self._called_off(event)

    def _called_off(self, event: dict[str, Any]) -> None:
        if event["navigation"]:
            self._ended(event)

    def _ended(self, event: dict[str, Any]) -> None:
        if event["context"] != self._context:
            return
        with self._changed:
            if event["navigation"] in (self._under_way, None) or self._under_way in (UNNAMED, None):
                self._under_way, self._asked = None, 0.0
            self._changed.notify_all()


def opens_nothing(response: Mapping[str, Any]) -> bool:
    """Whether an answer (BiDi ``network.ResponseData``) leaves a window as it is: no content, or a file to keep."""
    headers = {one["name"].lower(): str(one["value"].get("value", "")) for one in response.get("headers") or ()}
    kept = headers.get("content-disposition", "").strip().lower().startswith("attachment")
    return response.get("status") in (204, 205) or kept

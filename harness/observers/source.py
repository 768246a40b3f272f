"""source: the code around the place that an error came from, as it was served with a script or a page.

A browser does not always say which expression was undefined; the code does. It is asked for when an
error comes, of the answer that the file came in, so that nothing is fetched once more.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from threading import Lock
from typing import Any

from harness.language import Message
from harness.model import Source
from harness.protocols import Watch
from harness.webdriver.log_entries import ENTRIES
from harness.webdriver.values import origin

ERRORS_MAX = 20  # of one replay
HEAD_MAX = 6_000  # characters before the place
REST_MAX = 400  # characters after it
_COMPLETED = "network.responseCompleted"
_CODE = ("javascript", "ecmascript", "html")


class Sources:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        self._lock = Lock()
        self._requests: dict[str, str] = {}  # URL -> BiDi's id of the newest request with code
        self._places: set[tuple[str, int, int]] = set()
        self._asked: list[Future[dict[str, Any]]] = []
        return [watch.session.subscribe({_COMPLETED: self._completed, ENTRIES: self._entry})]

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        return ()

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        with self._lock:
            asked = list(self._asked)
        wait_for_all(asked, timeout=timeout_s)
        return ()

    def _completed(self, event: dict[str, Any]) -> None:
        response = event.get("response") or {}
        if response.get("status") == 200 and any(word in str(response.get("mimeType")) for word in _CODE):
            with self._lock:
                self._requests[event["request"]["url"]] = event["request"]["request"]

    def _entry(self, entry: dict[str, Any]) -> None:
        if entry.get("type") != "javascript" and entry.get("level") != "error":
            return
        place = origin(entry)
        if not place:
            return
        key = (place["url"], place["line"], place["column"])
        with self._lock:
            request = self._requests.get(place["url"])
            if request is None or key in self._places or len(self._places) >= ERRORS_MAX:
                return
            self._places.add(key)
        step, time_s = self._watch.at(entry["timestamp"] / 1000)
        asked = self._watch.session.body(request)
        with self._lock:
            self._asked.append(asked)
        asked.add_done_callback(lambda data: self._found(data, key, step, time_s))

    def _found(self, data: Future[dict[str, Any]], key: tuple[str, int, int], step: int, time_s: float) -> None:
        """Keep it; where the browser has not got the file any more, there is nothing to keep."""
        if data.cancelled() or data.exception() is not None or data.result().get("type") != "string":
            return
        url, line, column = key
        if parts := around(str(data.result()["value"]), line, column):
            head, rest = parts
            self._watch.emit(Source(step=step, time_s=time_s, url=url, line=line, column=column, head=head, rest=rest))


def around(code: str, line: int, column: int) -> tuple[str, str] | None:
    """What stands before a place (both counted from 1) and after it; None where the code is not that long."""
    lines = code.split("\n")
    if line > len(lines) or column > len(lines[line - 1]) + 1:
        return None
    at = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    return code[max(0, at - HEAD_MAX) : at], code[at : at + REST_MAX]

"""dom: the source of the document as it is at the end of every step."""

from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from typing import Any

from harness.errors import BrowserError
from harness.language import Message
from harness.model import Dom
from harness.protocols import Watch

SOURCE = """() => {
  const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + "\\n" : "";
  return type + (document.documentElement ? document.documentElement.outerHTML : "");
}"""


class DomSource:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        self._asked: dict[int, Future[dict[str, Any]]] = {}
        self._last = 0  # number of the newest
        (watch.folder / "dom").mkdir(parents=True, exist_ok=True)
        return ()

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        step, time_s = self._watch.at()
        if unchanged and (earlier := self._asked.get(self._last)):
            self._emit_when_there(earlier, Dom(step=step, time_s=time_s, path=self._path(self._last)))
            return ()
        session = self._watch.session
        params = {
            "functionDeclaration": SOURCE,
            "awaitPromise": False,
            "target": {"context": session.context, "sandbox": "harness"},
        }
        source = session.start("script.callFunction", params)
        self._asked[number], self._last = source, number
        path = self._path(number)

        def write(said: Future[dict[str, Any]]) -> None:
            if (text := _text(said)) is not None:
                (self._watch.folder.parent / path).write_text(text, "utf-8", errors="replace")

        source.add_done_callback(write)
        self._emit_when_there(source, Dom(step=step, time_s=time_s, path=path))
        return [source]

    def _path(self, number: int) -> str:
        return f"{self._watch.folder.name}/dom/{number:02}.html"

    def _emit_when_there(self, source: Future[dict[str, Any]], observation: Dom) -> None:
        def emit(said: Future[dict[str, Any]]) -> None:
            if _text(said) is not None:
                self._watch.emit(observation)

        source.add_done_callback(emit)

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        wait_for_all(self._asked.values(), timeout=timeout_s)
        return tuple(
            Message("no source of the page at step {number}: {why}", number=number, why=_why(source))
            for number, source in self._asked.items()
            if not source.done() or source.exception() is not None
        )


def _text(said: Future[dict[str, Any]]) -> str | None:
    if said.exception() is not None or said.result()["type"] != "success":
        return None
    return str(said.result()["result"]["value"])


def _why(source: Future[dict[str, Any]]) -> str:
    error = source.exception() if source.done() else None
    return str(error.what) if isinstance(error, BrowserError) else "no answer"

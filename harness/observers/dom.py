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
        (watch.folder / "dom").mkdir(parents=True, exist_ok=True)
        return ()

    def step_ended(self, number: int) -> Sequence[Future[Any]]:
        step, time_s = self._watch.at()
        session = self._watch.session
        params = {
            "functionDeclaration": SOURCE,
            "awaitPromise": False,
            "target": {"context": session.context, "sandbox": "harness"},
        }
        source = session.start("script.callFunction", params)
        self._asked[number] = source
        name = f"dom/{number:02}.html"

        def write(said: Future[dict[str, Any]]) -> None:
            if said.exception() is None and said.result()["type"] == "success":
                text = str(said.result()["result"]["value"])
                (self._watch.folder / name).write_text(text, "utf-8", errors="replace")
                self._watch.emit(Dom(step=step, time_s=time_s, path=f"{self._watch.folder.name}/{name}"))

        source.add_done_callback(write)
        return [source]

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        wait_for_all(self._asked.values(), timeout=timeout_s)
        return tuple(
            Message("no source of the page at step {number}: {why}", number=number, why=_why(source))
            for number, source in self._asked.items()
            if not source.done() or source.exception() is not None
        )


def _why(source: Future[dict[str, Any]]) -> str:
    error = source.exception() if source.done() else None
    return str(error.what) if isinstance(error, BrowserError) else "no answer"

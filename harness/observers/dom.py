"""dom: the source of the document as it is at the end of every step."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from harness.errors import BrowserError
from harness.evidence.pictures import Pictures
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
        self._pictures = Pictures(watch, "dom", "html", Dom)
        return ()

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        if unchanged and self._pictures.keep_last():
            return ()
        params = {
            "functionDeclaration": SOURCE,
            "awaitPromise": False,
            "target": {"context": self._watch.session.context, "sandbox": "harness"},
        }
        asked = self._watch.session.start("script.callFunction", params)
        return [self._pictures.keep(number, asked, self._bytes)]

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        return tuple(
            Message("no source of the page at step {number}: {why}", number=number, why=why)
            for number, why in self._pictures.finish(timeout_s).items()
        )

    def _bytes(self, said: dict[str, Any]) -> bytes:
        if said["type"] != "success":
            raise BrowserError(Message("the page did not give its source: {why}", why=said["exceptionDetails"]["text"]))
        return self._watch.source(str(said["result"]["value"])).encode("utf-8", "replace")

"""seen: what of the page a person can see at the end of every step: its elements with words, pictures or fields."""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from functools import cache
from pathlib import Path
from typing import Any

from harness.language import Message
from harness.model import Seen
from harness.protocols import Watch
from harness.webdriver.values import SANDBOX


class SeenElements:
    def start(self, watch: Watch) -> Sequence[Future[Any]]:
        self._watch = watch
        self._asked: dict[int, Future[Any]] = {}
        self._missed: dict[int, str] = {}
        return ()

    def step_ended(self, number: int, *, unchanged: bool) -> Sequence[Future[Any]]:
        if unchanged and self._asked:
            return ()
        step, time_s = self._watch.at()
        params = {
            "functionDeclaration": script(),
            "awaitPromise": False,
            "target": {"context": self._watch.session.context, "sandbox": SANDBOX},
        }
        asked = self._watch.session.start("script.callFunction", params)
        self._asked[number] = asked
        asked.add_done_callback(lambda said: self._said(number, step, time_s, said))
        return [asked]

    def finish(self, timeout_s: float) -> tuple[Message, ...]:
        wait_for_all(self._asked.values(), timeout=timeout_s)
        silent = {number: "no answer" for number, asked in self._asked.items() if not asked.done()}
        return tuple(
            Message("what could be seen at step {number} is not known: {why}", number=number, why=why)
            for number, why in sorted((self._missed | silent).items())
        )

    def _said(self, number: int, step: int, time_s: float, said: Future[Any]) -> None:
        error = said.exception()
        if error is not None:
            self._missed[number] = str(error)
            return
        answer = said.result()
        if answer["type"] != "success":
            self._missed[number] = str(answer["exceptionDetails"]["text"])
            return
        try:
            self._watch.emit(Seen(step=step, time_s=time_s, **json.loads(answer["result"]["value"])))
        except ValueError as exc:
            self._missed[number] = str(exc).partition("\n")[0]


@cache
def script() -> str:
    """What is run in the page."""
    return Path(__file__).with_name("seen.js").read_text("utf-8")

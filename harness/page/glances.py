"""Whether a page looks as it did a moment ago, as far as its document tells."""

import json

from harness.protocols import Session
from harness.webdriver.bidi import BidiRefused, BidiSilent
from harness.webdriver.values import SANDBOX

GLANCE_TIMEOUT_S = 2.0

GLANCE = """() => {
  const fields = [...document.querySelectorAll("input,textarea,select")];
  const scrolled = [...document.querySelectorAll("*")].filter((element) => element.scrollTop || element.scrollLeft);
  const state = [
    document.documentElement ? document.documentElement.outerHTML : "",
    fields.map((field) => [field.value, field.checked]),
    [scrollX, scrollY, ...scrolled.map((element) => [element.scrollTop, element.scrollLeft])],
    fields.indexOf(document.activeElement),
  ].join("\\0");
  const alive = document.getAnimations().some((animation) => animation.playState === "running")
    || document.querySelector("canvas,video,iframe,frame,embed,object");
  if (alive || state !== globalThis.glanced) globalThis.glances = (globalThis.glances || 0) + 1;
  globalThis.glanced = alive ? null : state;
  return JSON.stringify([document.title, location.href, performance.timeOrigin + " " + globalThis.glances]);
}"""
"""Says one thing as long as nothing moves that a document can tell of."""


class Glances:
    """Glances at one page, each compared with the one before."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mark = ""

    def take(self) -> tuple[str, str, bool]:
        """Title, URL, and whether the page looks as at the last glance; empty and false where it does
        not answer in time."""
        params = {
            "functionDeclaration": GLANCE,
            "awaitPromise": False,
            "target": {"context": self._session.context, "sandbox": SANDBOX},
        }
        try:
            said = self._session.command("script.callFunction", params, timeout_s=GLANCE_TIMEOUT_S)
            title, url, mark = json.loads(said["result"]["value"])
        except (BidiRefused, BidiSilent):
            title, url, mark = "", "", ""
        unchanged = bool(mark) and mark == self._mark
        self._mark = mark
        return title, url, unchanged

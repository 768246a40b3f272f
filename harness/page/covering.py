"""Screenshots on which nobody can read a secret: fields and words that hold one are painted over.

Where they are is asked in the page at the very moment the picture is asked for, in the
sandbox that the page's own scripts cannot reach.
"""

import json
from concurrent.futures import Future
from typing import Any

from harness.errors import BrowserError, HarnessError
from harness.language import Message
from harness.masking import Secrets, paint
from harness.protocols import Session
from harness.webdriver.values import SANDBOX, local

BOXES = """(values) => {
  const boxes = [];
  const add = (rect) => { if (rect.width && rect.height) boxes.push([rect.x, rect.y, rect.width, rect.height]); };
  const fields = globalThis.secretFields ??= new WeakSet();
  const holds = (text) => values.some((value) => text.includes(value));
  const look = (root) => {
    for (const field of root.querySelectorAll("input, textarea")) {
      if (field.type === "password") fields.add(field);
      if (field.value && (fields.has(field) || holds(field.value))) add(field.getBoundingClientRect());
    }
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      if (node.shadowRoot) look(node.shadowRoot);
      if (node.nodeType !== Node.TEXT_NODE || !holds(node.data)) continue;
      for (const value of values) {
        for (let at = node.data.indexOf(value); at >= 0; at = node.data.indexOf(value, at + 1)) {
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + value.length);
          for (const rect of range.getClientRects()) add(rect);
        }
      }
    }
  };
  if (document.documentElement) look(document);
  return JSON.stringify([boxes, devicePixelRatio]);
}"""
"""Boxes in CSS pixels of the viewport, and pixels for one of them. A field that was for a password once stays one."""


def screenshot(session: Session, secrets: Secrets) -> Future[bytes]:
    """The viewport as an image; asked for at once, there later. Its error is a HarnessError where it
    cannot be had, or nobody knows what is to be read on it."""
    params = {
        "functionDeclaration": BOXES,
        "awaitPromise": False,
        "target": {"context": session.context, "sandbox": SANDBOX},
        "arguments": [local(list(secrets.named))],
    }
    where = session.start("script.callFunction", params)
    picture, covered = session.screenshot(), Future[bytes]()

    def paint_over(there: Future[Any]) -> None:
        try:
            boxes, scale = _boxes(there)
            image = picture.result()
            covered.set_result(paint(image, boxes, scale))
        except HarnessError as exc:
            covered.set_exception(exc)

    picture.add_done_callback(lambda _: where.add_done_callback(paint_over))
    return covered


def _boxes(asked: Future[dict[str, Any]]) -> tuple[list[tuple[float, float, float, float]], float]:
    said = asked.result()
    if said["type"] != "success":
        raise BrowserError(
            Message("the page did not say where secrets are: {why}", why=said["exceptionDetails"]["text"])
        )
    try:
        boxes, scale = json.loads(said["result"]["value"])
        return [(float(x), float(y), float(width), float(height)) for x, y, width, height in boxes], float(scale)
    except (KeyError, TypeError, ValueError) as exc:  # a length that is no number becomes null
        raise BrowserError(Message("the page did not say where secrets are: {why}", why=repr(exc))) from exc

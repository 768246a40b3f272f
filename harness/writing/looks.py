"""What a person sees differ, in words. Pure."""

from collections.abc import Iterator

from harness.language import Message
from harness.model import Appearance, Element, ElementChange

AROUND = ("url", "title")  # of the page itself: what explains most
TEXT_MAX = 80  # characters of an element


def lines(appearance: Appearance, limit: int) -> Iterator[Message]:
    """One for each element that is gone, new or has other words, the page's own address and title first, then what is
    gone; no more than ``limit``, and how many there are more; then the picture's share."""
    around = [one for one in appearance.changed if one.before.tag in AROUND]
    within = [one for one in appearance.changed if one.before.tag not in AROUND]
    every = [
        *map(_changed, around),
        *(Message("no longer to be seen: {what}", what=words(one)) for one in appearance.gone),
        *map(_changed, within),
        *(Message("new: {what}", what=words(one)) for one in appearance.new),
    ]
    yield from every[:limit]
    if len(every) > limit:
        yield Message("{count} more in the report", count=len(every) - limit)
    if appearance.picture:
        share = appearance.picture.share * 100
        yield Message("{share} % of the picture differ", share=f"{share:.0f}" if share >= 1 else "<1")


def _changed(one: ElementChange) -> Message:
    return Message("{what} became “{text}”", what=words(one.before), text=_short(one.after.text or one.after.label))


def words(element: Element) -> str:
    """``“Save” (button#save)``"""
    said = _short(element.text or element.label)
    tag = element.tag + (f"#{element.id}" if element.id else "")
    return f"“{said}” ({tag})" if said else tag


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"

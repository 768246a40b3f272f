"""The words with which a bundle is refused. What a stranger wrote is shown so that a terminal takes no harm."""

from pathlib import Path

from harness.errors import InputError
from harness.language import Message

DAMAGED = Message("it was cut short or changed on its way: ask its sender for it again")
FOREIGN = Message("harness writes no such bundle: ask its sender to make it with harness")
HOSTILE = Message("do not open it with another program either: ask its sender how it was made")
TOO_MUCH = Message("ask its sender for a bundle with less in it")

_SHOWN_CHARACTERS = 100


def refused(bundle: Path, what: Message, advice: Message, *, member: str | None = None) -> InputError:
    """The error for a bundle as a whole, or for what is said of one ``member``."""
    if member is None:
        return InputError(Message("{bundle} is refused: {what}", bundle=bundle, what=what), advice)
    return InputError(
        Message("{bundle} is refused: `{member}` {what}", bundle=bundle, member=shown(member), what=what), advice
    )


def shown(text: str) -> str:
    """``text`` with escapes for what cannot be seen, and without its middle where it is long."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[: _SHOWN_CHARACTERS * 3 // 4]}…{text[-_SHOWN_CHARACTERS // 4 :]}"

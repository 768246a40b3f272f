"""Words for people, in English and in Simplified Chinese.

Code writes English: ``Message("step {number} failed", number=3)``. The Chinese
comes from ``translations/zh.po`` (GNU gettext PO format), looked up only when it
is asked for. Imports nothing of ours.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def preferred() -> Language:
    """The language of the messages that the user's locale asks for (POSIX)."""
    words = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if words.lower().startswith("zh") else "en"


class Message:
    """An English template in ``str.format`` style with its values.

    A value may be a ``Message`` itself; it is put into words in the same language.
    ``str(message)`` is English, ``message.into("zh")`` is Chinese.
    """

    def __init__(self, text: str, /, **values: Any) -> None:
        self.text = text
        self.values = values

    def into(self, lang: Language, escape: Callable[[str], str] | None = None) -> str:
        """The words in a language; text among the values, which may be a stranger's, goes through ``escape``."""
        template = self.text if lang == "en" else _catalogue(lang).get(self.text, self.text)
        values = {
            key: value.into(lang, escape)
            if isinstance(value, Message)
            else value
            if escape is None or isinstance(value, (int, float))
            else escape(str(value))
            for key, value in self.values.items()
        }
        return template.format(**values) if values else template

    def __str__(self) -> str:
        return self.into("en")

    def __repr__(self) -> str:
        return f"Message({self.text!r}, **{self.values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.text, self.values) == (other.text, other.values)

    def __hash__(self) -> int:
        return hash(self.text)


@cache
def _catalogue(lang: Language) -> dict[str, str]:
    import polib

    entries = polib.pofile(str(Path(__file__).parent / "translations" / f"{lang}.po"))
    return {entry.msgid: entry.msgstr for entry in entries if entry.msgstr}

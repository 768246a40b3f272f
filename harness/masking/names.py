"""What a name says about its value: of a parameter, a header, a cookie, a key in JSON, a form field, a variable."""

import re
from functools import lru_cache
from typing import Literal

from harness.masking.lists import ABOUT_LAST, FAULTY, MAYBE_LAST, SECRET_LAST, SECRET_WITHIN
from harness.masking.randomness import is_random

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")

Says = Literal["secret", "maybe", "nothing"]


@lru_cache(maxsize=4096)
def says(name: str) -> Says:
    """``secret``: the value is one. ``maybe``: it is where it looks random (``key``, ``code``, ``state``)."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in ABOUT_LAST or not FAULTY.isdisjoint(words) or words[:2] == ["access", "control"]:
        return "nothing"
    if words[-1] in SECRET_LAST or SECRET_WITHIN.search("".join(words)):
        return "secret"
    return "maybe" if words[-1] in MAYBE_LAST else "nothing"


def is_secret(name: str, value: str) -> bool:
    """Is what has this name, and this value, a secret?"""
    said = says(name)
    return said == "secret" or (said == "maybe" and is_random(value))

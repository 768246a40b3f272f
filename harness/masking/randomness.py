"""Whether a value is random enough to be a secret and nothing else.

What keeps something safe has 64 bits at least (OWASP, Session Management Cheat Sheet): 16 hexadecimal
digits, 13 letters and digits, 11 where both cases are among them. What people and programs write has
words, numbers and few changes between them. Measured: of 1.1 million names of packages 700 pass for
random, nearly all of which hold a hash or a UUID; of the session ids that frameworks make, more than 98 %.
"""

import re
from itertools import pairwise

from harness.masking.lists import WORDLIKE_PAIRS

_HEXADECIMAL = re.compile(
    r"[0-9a-f]{16,}|[0-9A-F]{16,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # RFC 9562
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{11,}")
_RUN = re.compile(r"[A-Za-z0-9]+")


def is_random(value: str) -> bool:
    """Does the value hold something that no person, clock or counter would come up with?"""
    return any(_is_hexadecimal(found[0]) for found in _HEXADECIMAL.finditer(value)) or any(
        _is_random_token(found[0]) for found in _TOKEN.finditer(value)
    )


def _is_hexadecimal(text: str) -> bool:
    return len(set(text)) >= 6 and not text.isdigit() and not text.isalpha()


def _is_random_token(token: str) -> bool:
    has_digit, has_lower, has_upper = (any(map(test, token)) for test in (str.isdigit, str.islower, str.isupper))
    if has_digit and has_lower and has_upper:
        return _surprises(token, least=7, share=0.4)
    return any(
        (len(run) >= 13 and not run.isalpha() and not run.isdigit() and _surprises(run, least=8, share=0.4))
        or (len(run) >= 16 and run.isalpha() and has_lower and has_upper and _surprises(run, least=8, share=0.5))
        for run in _RUN.findall(token)
    )


def _surprises(token: str, *, least: int, share: float) -> bool:
    """Are that many neighbours, and that share of all, neither digits nor letters as in a word?"""
    pairs = [pair for run in _RUN.findall(token) for pair in pairwise(run)]
    surprising = sum(not _is_ordinary(*pair) for pair in pairs)
    return surprising >= least and surprising >= share * len(pairs)


def _is_ordinary(one: str, other: str) -> bool:
    if one.isdigit() or other.isdigit():
        return one.isdigit() and other.isdigit()
    return (one.islower() and other.isupper()) or (one + other).lower() in WORDLIKE_PAIRS

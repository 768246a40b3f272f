"""What is looked for where a secret must not be: the spellings of one value."""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MASK = "MASKED"
"""What stands where a secret stood.

Letters alone, so that it means the same in a URL (also in its userinfo, where brackets are
refused), in a header, in HTML, XML, JSON, YAML and JavaScript, escaped or not. No end of it is
a beginning of it, so that a mask never grows together with what is around it into another one.
"""

LEAST = 4  # characters of a secret: a shorter one would mask ordinary text
LEAST_ENCODED = 6  # characters of an encoded spelling

Encoding = Literal["plain", "url", "base64"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Needle:
    """One spelling of a secret, as bytes (UTF-8)."""

    text: bytes
    encoding: Encoding
    value: str  # the secret itself


def needles(value: str) -> Iterator[Needle]:
    """The spellings of a secret that no decoding leads back to (``views`` has the others): the value
    itself, with ``+`` for spaces as in a form, and in base64 (RFC 4648, both alphabets).

    A JSON string in base64 (a JWT, a signed cookie) may hold it in its JSON spelling.
    """
    plain = encoded(value)
    texts: dict[bytes, Encoding] = {plain: "plain"}
    if b" " in plain:
        texts.setdefault(plain.replace(b" ", b"+"), "url")
    escaped = json.dumps(value, ensure_ascii=False)[1:-1]
    for content in {plain, encoded(escaped), json.dumps(value)[1:-1].encode()}:
        for text in _in_base64(content):
            if len(text) >= LEAST_ENCODED:
                texts.setdefault(text, "base64")
    for found, encoding in texts.items():
        if found not in MASK.encode():
            yield Needle(text=found, encoding=encoding, value=value)


def encoded(text: str) -> bytes:
    """Text as UTF-8; half characters (lone surrogates) pass."""
    return text.encode("utf-8", "surrogatepass")


def _in_base64(content: bytes) -> Iterator[bytes]:
    """Alone, and inside a longer text at each of the three alignments: those characters that the
    content alone determines."""
    spellings = [b64encode(content).rstrip(b"=")]
    for lead in range(3):
        first, end = -(-lead * 8 // 6), (lead + len(content)) * 8 // 6
        spellings.append(b64encode(bytes(lead) + content)[first:end])
    for text in spellings:
        yield text
        yield text.replace(b"+", b"-").replace(b"/", b"_")

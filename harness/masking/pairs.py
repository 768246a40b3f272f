"""``name=value``, ``name: value`` and ``"name": "value"`` in text, where the name says that the value is secret."""

import re
from functools import lru_cache

from harness.masking.fields import FIELDS, credentials_end
from harness.masking.lists import LITERALS, PROSE
from harness.masking.names import is_secret, says
from harness.masking.randomness import is_random
from harness.masking.secrets import Secrets
from harness.masking.urls import AROUND

_QUOTE = r"""\\{0,7}["'`]|&(?:quot|apos|#34|#39|#x27);|%22|\\u0022"""
_HEAD = re.compile(
    rf"(?<![\w.$-])(?P<name>[\w.$-]{{1,80}}+)(?:\]|%5[Dd])?(?:{_QUOTE})?[ \t]{{0,8}}"
    r"(?P<sign>=>|:=|=(?![=>~])|:(?!:|//)|：)"
    rf"[ \t]{{0,8}}(?P<open>[bur]?(?:{_QUOTE}))?"
)
_BARE = re.compile(r"""[^\s"'`<>(){}\[\],;&|\\]++""")
_IN_ADDRESS = re.compile(r"""[^\s"'<>&#;\\]++""")
_LINE = re.compile(r"(?:(?!\\[rn])[^\r\n])*+")
_GLANCE = 100  # characters of a value that may be a secret, enough to see whether it is

_FILE = re.compile(r"\.(?:[cm]?[jt]sx?|vue|svelte|py|rb|php|java|kt|go|rs|cs|html?|s?css|json|ya?ml|md|txt|log)$")
_PLACE = re.compile(r"\d{1,6}(?::\d+)*$")
_OF_A_PARSER = re.compile(
    r"\b(?:unexpected|unrecogni[sz]ed|unknown|illegal|invalid|bad|next|last) token$", re.IGNORECASE
)


def values_hidden(text: str, secrets: Secrets, *, prose: bool) -> str:
    """With a mask for each such value; ``secrets`` learns it.

    In ``prose`` values may stand without quotes and fields of HTTP messages in lines; else (in a page) values
    have quotes or stand in an address.
    """
    pieces: list[str] = []
    done = start = 0
    while head := _HEAD.search(text, start):
        start = head.end()
        said = says(head["name"])
        if said == "nothing" or _FILE.search(head["name"]):
            continue
        glance = start + _GLANCE if said == "maybe" else len(text)
        end = _value_end(text, head, glance, prose=prose)
        if end is None or not _is_meant(text, head, text[start:end]):
            continue
        if end == glance < len(text):
            end = _value_end(text, head, len(text), prose=prose) or end
        pieces += (text[done:start], _hidden(head["name"], text[start:end], secrets))
        done = start = end
    return "".join([*pieces, text[done:]])


def _is_meant(text: str, head: re.Match[str], value: str) -> bool:
    """Is the value a secret, and no token of a language: ``unrecognized token: "#"``?"""
    end = head.end("name")
    of_a_parser = _OF_A_PARSER.search(text, max(end - 20, 0), end)
    return is_secret(head["name"], value) and (not of_a_parser or is_random(value))


def _hidden(name: str, value: str, secrets: Secrets) -> str:
    hide = FIELDS.get(_field_of(name))
    return hide(value, secrets) if hide else secrets.hide(value, f"value of {name}")


def _field_of(name: str) -> str:
    """``HTTP_COOKIE`` (CGI, WSGI) is the field ``cookie``."""
    return name.lower().replace("_", "-").removeprefix("http-")


def _value_end(text: str, head: re.Match[str], limit: int, *, prose: bool) -> int | None:
    """Where the value behind a name ends, at ``limit`` at the most; None where there is none, or none that is meant."""
    start = head.end()
    if opened := head["open"]:
        found = _quoted(opened.lstrip("bur")).match(text, start, limit)
    elif head["sign"] == "=>":
        return None
    elif head["sign"] == "=" and text[head.start() - 1 : head.start()] in ("?", "&", "#", ";"):
        found = _IN_ADDRESS.match(text, start, limit)
        return start + len(found[0].rstrip(AROUND)) if found else None
    elif not prose:
        return None
    elif _field_of(head["name"]) in FIELDS:
        return _field_end(text, head)
    else:
        return _bare_end(text, head, limit)
    return found.end() if found else None


def _field_end(text: str, head: re.Match[str]) -> int | None:
    """Of a field of an HTTP message in a line: the quote before its name ends it, too."""
    start = head.end()
    if text[start : start + 20].split(" ", 1)[0].rstrip(".,:;!").lower() in LITERALS | PROSE:
        return None
    if "cookie" not in head["name"].lower() and (end := credentials_end(text, start)):
        return end
    before = text[head.start() - 1 : head.start()]
    line = (_quoted(before) if before in ("'", '"', "`") else _LINE).match(text, start)
    return line.end() if line else None


def _bare_end(text: str, head: re.Match[str], limit: int) -> int | None:
    found = _BARE.match(text, head.end(), limit)
    if not found:
        return None
    value = found[0].rstrip(".:!?")
    is_tight = head["sign"] == ":" and text[head.end() - 1] == ":"  # no space behind the colon
    if (
        value.lower() in LITERALS
        or value.lower() == head["name"].rpartition(".")[2].lower()  # code: `self.session = session`
        or (head["sign"] == ":" and value.lower() in PROSE)
        or text[found.end() : found.end() + 1] in ("(", "[")  # code
        or (is_tight and _PLACE.match(found[0]))  # a line of a file
        or (is_tight and "." in head["name"] and not is_random(value))  # of a logger
    ):
        return None
    return found.end() if found.end() == limit < len(text) else head.end() + len(value)


@lru_cache(maxsize=64)
def _quoted(quote: str) -> re.Pattern[str]:
    """What stands in such quotes, on one line."""
    if quote in ('"', "'", "`"):
        return re.compile(rf"(?:[^{quote}\\\n]|\\.)*+")
    behind = r"(?<!\\)" if quote.startswith("\\") and quote != "\\u0022" else ""
    return re.compile(rf"(?:(?!{behind}{re.escape(quote)})[^\n])*+")

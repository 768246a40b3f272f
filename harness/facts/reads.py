"""What code read that was not there, as an uncaught error of V8, SpiderMonkey or JavaScriptCore says it. Pure.

Where the message does not name the expression (V8 does not), the code around the place of the error does.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from harness.facts.wordings import Fault, fitting

Missing = Literal["undefined", "null", "not-a-function", "not-iterable", "not-json"]
INDEX = "[]"  # any index or computed key
LINE_MAX = 1000  # characters of a message's first line that are looked at
_READS: frozenset[Fault] = frozenset(
    {"reads-of-nothing", "takes-apart-nothing", "calls-no-function", "not-iterable", "not-json"}
)
_UNCAUGHT = re.compile(r"^(?:uncaught exception: |(?:Uncaught|Unhandled)(?: \(in promise\))?:? )", re.IGNORECASE)
_NAME = r"[A-Za-z_$][\w$]*"
_TAIL = re.compile(
    rf"(?:(?<![\w$.\])?]){_NAME})(?:\s*\??\.\s*{_NAME}|\s*\??\.?\[[^\[\]]*\]|\([^()]*\))*\s*\??\.?\s*$", re.DOTALL
)
_STEPS = re.compile(rf"\??\.?\[\s*(?:'([^']*)'|\"([^\"]*)\"|[^\[\]]*)\s*\]|({_NAME})|(\([^()]*\))")
_RESERVED = frozenset({"return", "await", "typeof", "new", "this", "const", "let", "var", "of", "in", "void", "delete"})
_SAID = re.compile(r"[`'\"]([A-Za-z_][\w.-]{2,60})[`'\"]|\b([A-Za-z][\w]*(?:-[A-Za-z][\w]*)+)\b")
_BACK = 4_000  # characters before the place in which a name is looked for


@dataclass(frozen=True, kw_only=True)
class Read:
    """``path`` is the expression whose value was not what the code expected, from its variable on, with ``[]``
    for an index; empty where it is unknown. ``member`` is what was read, or called, of it."""

    missing: Missing
    member: str = ""
    path: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """``data.rows``"""
        return "".join(part if part == INDEX else f".{part}" for part in self.path).lstrip(".")


def read_of(text: str, code: str = "", at: int = 0) -> Read | None:
    """What an error with this text failed to read; None where it is of another sort. ``code`` is around the place
    of the error, which is at ``at`` in it."""
    found = fitting(headline(text))
    if found is None or found[0].fault not in _READS:
        return None
    read = _read(found[1], found[0].fault)
    if not read.path and read.member and code:
        read = replace(read, path=_before(code, at, read.member))
    if len(read.path) == 1 and code:
        read = replace(read, path=_assigned(code[:at], read.path[0]) or read.path)
    return read


def headline(text: str) -> str:
    """What a message says first, without the words that nobody caught it."""
    return _UNCAUGHT.sub("", text.strip().split("\n", 1)[0][:LINE_MAX]).strip()


def mentions(text: str) -> frozenset[str]:
    """Names that a message says in quotes, or with hyphens as headers have them, in lower case."""
    return frozenset((one or other).lower() for one, other in _SAID.findall(text.split("\n", 1)[0][:2000]))


def _read(match: re.Match[str], fault: Fault) -> Read:
    groups = match.groupdict()
    expression = groups.get("expr") or ""
    member, path = (groups.get("member") or "").strip('"'), _path(expression)
    if fault == "not-json":
        return Read(missing="not-json")
    if fault == "not-iterable":
        return Read(missing="not-iterable", path=path)
    if not groups.get("member") and fault != "takes-apart-nothing" and path and (len(path) > 1 or "." in expression):
        member, path = path[-1], path[:-1]
    if fault == "calls-no-function":
        return Read(missing="not-a-function", member=member, path=path)
    return Read(missing="null" if groups.get("of") == "null" else "undefined", member=member, path=path)


def _path(expression: str) -> tuple[str, ...]:
    """``data.rows[0].id`` as names; of a call, what it was called on and a variable that is unknown."""
    if "(intermediate value)" in expression:
        expression = expression.rpartition("(intermediate value)")[2]
        return tuple(filter(None, _names(expression)))
    return tuple(_names(expression))


def _names(expression: str) -> list[str]:
    parts: list[str] = []
    for found in _STEPS.finditer(expression):
        if found[4] is not None:
            parts = []  # what a call gave: where it came from is unknown
        elif found[3]:
            parts.append(found[3])
        else:
            parts.append(found[1] or found[2] or INDEX)
    return [part for part in parts if part not in _RESERVED]


def _before(code: str, at: int, member: str) -> tuple[str, ...]:
    """The expression of which ``member`` is read at the place, or a little after it."""
    pattern = re.compile(rf"(?:\.\s*{re.escape(member)}(?![\w$])|\[\s*['\"]{re.escape(member)}['\"]\s*\])")
    places = [found.start() for found in pattern.finditer(code, max(0, at - len(member) - 3), at + 200)]
    if not places:
        return ()
    tail = _TAIL.search(code[max(0, places[0] - 300) : places[0]])
    return tuple(_names(tail[0])) if tail else ()


def _assigned(code: str, variable: str) -> tuple[str, ...]:
    """Where a variable got its value, if that is a property: ``rows = data.rows``, ``{rows} = data``."""
    name, code = re.escape(variable), code[-_BACK:]
    simple = [
        *re.finditer(rf"(?<![\w$.]){name}\s*=\s*(?:await\s+)?({_NAME}(?:\??\.{_NAME}|\[[^\[\]]*\])+)\s*[;,\n)]", code)
    ]
    if simple:
        return tuple(_names(simple[-1][1]))
    taken = [*re.finditer(rf"\{{([^{{}}]*)\}}\s*=\s*(?:await\s+)?({_NAME}(?:\.{_NAME})*)", code)]
    for found in reversed(taken):
        for part in found[1].split(","):
            source, _, target = (piece.strip() for piece in part.partition("=")[0].partition(":"))
            if (target or source) == variable:
                return (*_names(found[2]), source)
    return ()

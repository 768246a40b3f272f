"""Server-log lines as what they say: tracebacks put together, error lines told from chatter.

Imports nouns alone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from harness.model import LogLine

Weight = Literal["error", "warning", "chatter"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One or more lines that belong together; ``headline`` is the one that says what happened."""

    step: int
    time_s: float
    source: str
    headline: str
    lines: tuple[str, ...]
    weight: Weight

    @property
    def text(self) -> str:
        """The headline, and the whole stack under it where there is one."""
        return self.headline if len(self.lines) == 1 else "\n".join([self.headline, "", *self.lines])


_PYTHON = "Traceback (most recent call last):"
_CHAIN = re.compile(
    r"^(During handling of the above exception|The above exception was the direct cause|Caused by: |Stack trace:"
    r"|Next [A-Z])"
)
_ALONE = re.compile(r"^\[?\d{4}-\d\d-\d\d[T ]\d|^\[?(TRACE|DEBUG|INFO|NOTICE|WARN(ING)?|ERROR|CRITICAL|FATAL)\b")
_MESSAGE = 12  # lines that the message of an error may have before its stack, as Node's "Require stack:"
_AHEAD = 4  # lines in which a stack must go on that another line broke into
_FRAME = re.compile(r"^(\s+\S|#\d+ )")
_ERROR_NAME = re.compile(r"^(Uncaught |Unhandled )?[A-Za-z_][\w.$]*(Error|Exception|Fault)\b")
_ERROR = re.compile(r"^(Uncaught |Unhandled )?[\w.$]*(Error|Exception|Fault)\b")  # also one without a name of its own
_STACK_FRAME = re.compile(r"^\s+(at \S|from \S+:\d+)|^#\d+ ")

_LEVEL_ERROR = re.compile(
    r"\b(ERROR|CRITICAL|FATAL|SEVERE|PANIC|EMERG)\b|\[(error|crit|alert|emerg|fatal)\]"
    r"|level[\"']?\s*[=:]\s*[\"']?(error|fatal|critical|panic)\b"
    r"|^(fatal|panic|error|npm ERR!)\b[: ]|PHP (Fatal|Parse) error"
    r"|\bRESULT tag=\d+ err=(?!(0|5|6|10|14|32)\b)\d"  # LDAP, RFC 4511, A.1: no answer, but a refusal
)
_LEVEL_WARNING = re.compile(
    r"\bWARN(ING)?\b|\[warn(ing)?\]|level[\"']?\s*[=:]\s*[\"']?warn(ing)?\b"
    r"|\w*Warning: |^warning\b[: ]|PHP (Warning|Deprecated)"
)
_ACCESS = re.compile(
    r"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (?P<target>\S+)( HTTP/\d(\.\d)?)?\"?[ :-]+(?P<status>[1-5]\d\d)\b"
)
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d) ")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def entries(lines: Iterable[LogLine]) -> Iterator[Entry]:
    """The log of one replay as entries, in its order; sources are kept apart."""
    by_source: dict[str, list[LogLine]] = {}
    for line in lines:
        by_source.setdefault(line.source, []).append(line)
    for source in by_source.values():
        for block in _blocks(_gathered(source)):
            yield _entry(block)


def access(text: str) -> tuple[str, int] | None:
    """The path and the status of a line of an access log, else None."""
    found = _ACCESS.search(text)
    return (found["target"], int(found["status"])) if found else None


def _blocks(lines: Iterable[LogLine]) -> Iterator[list[LogLine]]:
    block: list[LogLine] = []
    in_python = False  # a Python traceback whose exception line is still to come
    lines = list(lines)
    messages = _messages([plain(line.text) for line in lines])
    for number, line in enumerate(lines):
        text = plain(line.text)
        starts, chains = text.startswith(_PYTHON), bool(_CHAIN.match(text))
        ended = any(plain(line.text).startswith(_PYTHON) for line in block[:2])
        belongs = bool(block) and (
            in_python
            or chains
            or number in messages
            or (starts and (_chained(block) or _announces(block)))
            or bool(_FRAME.match(text))
            or (not text.strip() and ended)
        )
        if not belongs and block:
            yield block
            block = []
        block.append(line)
        if starts:
            in_python = True
        elif in_python and text.strip() and not text[0].isspace():
            in_python = False
    if block:
        yield block


def _messages(texts: list[str]) -> set[int]:
    """Which lines go on with the message of an error, between its first line and its stack."""
    found = set[int]()
    for number, text in enumerate(texts):
        if not _ERROR.match(text):
            continue
        for other in range(number + 1, min(number + 2 + _MESSAGE, len(texts))):
            if _STACK_FRAME.match(texts[other]):
                found.update(range(number + 1, other))
                break
            if not texts[other].strip() or _is_alone(texts[other]) or _ERROR.match(texts[other]):
                break
    return found


def _gathered(lines: list[LogLine]) -> list[LogLine]:
    """The same with lines that broke into a traceback after it: several processes write to one log."""
    gathered: list[LogLine] = []
    aside: list[LogLine] = []
    in_python, before = False, ""
    for number, line in enumerate(lines):
        text = plain(line.text)
        in_stack = in_python or bool(_STACK_FRAME.match(before) or _CHAIN.match(before))
        if in_stack and _is_alone(text) and _goes_on(lines[number + 1 : number + 1 + _AHEAD], in_python):
            aside.append(line)
            continue
        if aside and not in_python and not _FRAME.match(text) and not _CHAIN.match(text):
            gathered += aside
            aside = []
        gathered.append(line)
        before = text
        if text.startswith(_PYTHON):
            in_python = True
        elif in_python and text.strip() and not text[0].isspace():
            in_python = False
    return gathered + aside


def _is_alone(text: str) -> bool:
    """Whether it is a line of its own, whatever stands around it."""
    return bool(_ALONE.match(text)) or access(text) is not None


def _goes_on(lines: list[LogLine], in_python: bool) -> bool:
    """Whether the traceback before these lines is not at its end."""
    others = [text for line in lines if not _is_alone(text := plain(line.text))]
    return bool(others) and (bool(_STACK_FRAME.match(others[0])) or (in_python and not others[0].startswith(_PYTHON)))


def _announces(block: list[LogLine]) -> bool:
    """Is this the one line with which a logger says that a traceback follows?"""
    return len(block) == 1 and _weight(plain(block[0].text)) == "error"


def _chained(block: list[LogLine]) -> bool:
    return any(_CHAIN.match(plain(line.text)) for line in block[-3:])


def _entry(block: list[LogLine]) -> Entry:
    texts = [plain(line.text) for line in block]
    while len(texts) > 1 and not texts[-1].strip():
        texts.pop()
    first = block[0]
    is_stack = any(text.startswith(_PYTHON) for text in texts[:2]) or any(
        _STACK_FRAME.match(text) for text in texts[1:]
    )
    headline = _headline(texts)
    return Entry(
        step=first.step,
        time_s=first.time_s,
        source=first.source,
        headline=headline,
        lines=tuple(texts),
        weight="error" if is_stack else _weight(headline),
    )


def _headline(texts: list[str]) -> str:
    if any(text.startswith(_PYTHON) for text in texts[:2]):
        start = next(index for index, text in enumerate(texts) if text.startswith(_PYTHON))
        unindented = [
            text for text in texts[start + 1 :] if text.strip() and not text[0].isspace() and not _CHAIN.match(text)
        ]
        return next((text for text in reversed(unindented) if not text.startswith(_PYTHON)), texts[0]).strip()
    return texts[0].strip()


def _weight(text: str) -> Weight:
    if request := access(text):
        return "warning" if request[1] >= 500 else "chatter"  # what the browser asked for is observed there
    if _LEVEL_ERROR.search(text):
        return "error"
    if _LEVEL_WARNING.search(text):
        return "warning"
    return "error" if _ERROR_NAME.match(text) else "chatter"


def plain(text: str) -> str:
    """A line without the container's time stamp and without terminal colours."""
    return _COLOUR.sub("", _TIME.sub("", text)).rstrip("\r\n")

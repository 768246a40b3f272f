"""Tracebacks of Python, Node, PHP and Java: exceptions in the order in which they were raised, with their frames. Pure.

How each is written: Python, library ``traceback``; Node, ``Error.stack`` of V8 and ``util.inspect`` for causes; PHP,
``Zend/zend_exceptions.c``; Java, ``Throwable.printStackTrace``, with what Logback and Log4j add about jars.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tongue = Literal["python", "node", "php", "java"]
LINES_MAX = 2_000
LINE_MAX = 2_000  # characters


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One call: ``file`` is as it stands there; of Java it is the class, and ``jar`` where that is told."""

    file: str
    line: int | None = None
    jar: str = ""


@dataclass(frozen=True, kw_only=True)
class Raised:
    """One exception; ``frames`` has the innermost first."""

    tongue: Tongue
    exception: str
    message: str = ""
    frames: tuple[Frame, ...] = ()


_PYTHON_START = "Traceback (most recent call last):"
_PYTHON_FRAME = re.compile(r'^\s+File "(?P<file>[^"]+)", line (?P<line>\d+)')
_PYTHON_END = re.compile(r"^(?P<exception>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")
_NODE_START = re.compile(
    r"(?:^|\[cause\]: |\bCaused by: )(?:Uncaught )?(?P<exception>(?:[A-Z]\w*)?(?:Error|Exception))"
    r"(?: \[\w+\])?(?:: (?P<message>.*))?$"
)
_NODE_FRAME = re.compile(
    r"^\s+at (?:.*\()?(?P<file>(?:file://|node:|https?://)?[^()\s:]+(?::\d+/[^()\s:]*)?):(?P<line>\d+):\d+\)?"
    r"(?: \{)?$"
)
_PHP_START = re.compile(
    r"(?:Uncaught |^Next |\d\] )(?P<exception>[A-Za-z_][\w\\]*)(?:: (?P<message>.*))? in (?P<file>/\S+):(?P<line>\d+)$"
    r"|\((?P<exception2>[A-Za-z_][\w\\]*)\(code: \d+\): (?P<message2>.*) at (?P<file2>/\S+):(?P<line2>\d+)\)"
    r"|PHP (?P<exception3>(?:Fatal|Parse) error): +(?P<message3>.*) in (?P<file3>/\S+) on line (?P<line3>\d+)$"
)
_PHP_FRAME = re.compile(r"^#\d+ (?P<file>/[^(]+)\((?P<line>\d+)\): ")
_JAVA_START = re.compile(
    r"^(?:Exception in thread \"[^\"]*\" |Caused by: )?(?P<exception>(?:[a-z]\w*\.)+[A-Z][\w$]*)(?:: (?P<message>.*))?$"
)
_JAVA_FRAME = re.compile(
    r"^\s+at (?:[\w.@+-]*/{1,2})*(?P<file>[\w.$]+)\.[\w$<>]+\((?:[\w$]+\.\w+(?::(?P<line>\d+))?|[A-Z]\w+ \w+)\)"
    r"(?: ~?\[(?P<jar>[^\]:]*\.jar)?[^\]]*\])?$"
)


def parsed(lines: Sequence[str]) -> tuple[Raised, ...]:
    """The exceptions of a traceback, the one that was raised last at the end; empty where it is none."""
    lines = [line[:LINE_MAX].rstrip() for line in lines[:LINES_MAX]]
    if any(_PYTHON_START in line for line in lines):
        return _python(lines)
    if any(_JAVA_FRAME.match(line) for line in lines):
        return tuple(reversed(_marked(lines, "java", _JAVA_START, _JAVA_FRAME)))
    if any(_NODE_FRAME.match(line) for line in lines):
        return tuple(reversed(_marked(lines, "node", _NODE_START, _NODE_FRAME)))
    return tuple(_marked(lines, "php", _PHP_START, _PHP_FRAME))


def _python(lines: Sequence[str]) -> tuple[Raised, ...]:
    """Each begins with its frames, the outermost first, and ends with what was raised."""
    raised: list[Raised] = []
    frames: list[Frame] | None = None
    for line in lines:
        if _PYTHON_START in line:
            frames = []
        elif frames is not None and (found := _PYTHON_FRAME.match(line)):
            frames.append(Frame(file=found["file"], line=int(found["line"])))
        elif frames is not None and (found := _PYTHON_END.match(line)):
            inner = tuple(reversed(frames))
            message = found["message"] or ""
            raised.append(Raised(tongue="python", exception=found["exception"], message=message, frames=inner))
            frames = None
    return tuple(raised)


def _marked(lines: Sequence[str], tongue: Tongue, start: re.Pattern[str], frame: re.Pattern[str]) -> list[Raised]:
    """Each begins with what was raised, and its frames follow, the innermost first."""
    raised: list[tuple[dict[str, str], list[Frame]]] = []
    for line in lines:
        if found := frame.match(line):
            if raised:
                raised[-1][1].append(_frame(found.groupdict()))
        elif found := start.search(line):
            said = {name.rstrip("23"): text for name, text in found.groupdict().items() if text is not None}
            raised.append((said, [_frame(said)] if "file" in said else []))
    return [
        Raised(tongue=tongue, exception=said["exception"], message=said.get("message", ""), frames=tuple(frames))
        for said, frames in raised
        if frames
    ]


def _frame(said: dict[str, str | None] | dict[str, str]) -> Frame:
    line = said.get("line")
    return Frame(file=said.get("file") or "", line=int(line) if line else None, jar=said.get("jar") or "")

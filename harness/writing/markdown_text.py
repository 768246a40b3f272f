"""Text of strangers in GitHub's and GitLab's Markdown: it stays text, pings nobody and links nowhere.

Neither a backslash nor an entity keeps ``@name`` from being a mention or ``#1`` from being a
reference (both are looked for after Markdown is done); only code is left alone. So what is not
plainly harmless becomes a code span, which shows what was said and can be copied.
"""

import re

from harness.writing.words import one_line

LENGTH = 300  # characters of one text
_HARMLESS = re.compile(r"[^\W_]([^\W_]|[ ,;()+–—…“”‘’、，。；：？！（）×→]|[.:'-](?=[\s\w]|$)|[?](?=\s|$))*")
_MEANT = re.compile(r"^\d+[.)](\s|$)|www\.|:\w|\b[a-z]+-\d|\b[0-9a-f]{7,}\b", re.IGNORECASE)  # lists, links, issues …
_PIPE = "&#124;"  # in a table, a pipe ends the cell even in a code span


def code(text: str, length: int = LENGTH) -> str:
    """A code span, on one line; empty where there is nothing to say."""
    return _PIPE.join(map(_span, one_line(text, length).split("|")))


def _span(text: str) -> str:
    if not text:
        return ""
    fence = "`" * (_longest_run(text) + 1)
    stripped = text.startswith(" ") and text.endswith(" ") and not text.isspace()  # a space a side would be
    pad = " " if stripped or text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def words(text: str, length: int = LENGTH) -> str:
    """Plain text where nothing in it means anything to Markdown or its readers, else a code span."""
    text = one_line(text, length)
    return text if _HARMLESS.fullmatch(text) and not _MEANT.search(text) else code(text, length)


def block(*lines: str, language: str = "sh") -> str:
    """A fenced block of code, a line each; JSON keeps its indent."""
    body = [one_line(line, 10 * LENGTH) for line in lines]
    if language == "json":
        body = [" " * (len(line) - len(line.lstrip(" "))) + text for line, text in zip(lines, body, strict=True)]
    fence = "`" * max(3, 1 + max(map(_longest_run, body), default=0))
    return "\n".join([f"{fence}{language}", *body, fence])


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)

"""One fault in one form, in whatever words a browser says it, and under whatever names a minifier left. Pure."""

import re

from harness.facts import identity
from harness.facts.reads import INDEX, headline, read_of
from harness.facts.wordings import BLOCKED, Fault, fitting

_WITH_MEMBER: frozenset[Fault] = frozenset({"reads-of-nothing", "calls-no-function", "constructs-no-constructor"})
_MINIFIED = re.compile(r"[A-Za-z]{1,2}\d?")  # a name that a minifier may have given; `$` and `_` are those of libraries
_URL = re.compile(r"\bhttps?://[^\s\"'<>)\]“”]+")


def of(text: str) -> str:
    """Equal for messages of one fault: its sort and what tells it from others of the sort; where no wording is known,
    the message as ``identity.of_text`` folds it."""
    line = headline(text)
    found = fitting(line)
    if found is None:
        return identity.of_text(line)
    (row, match), groups = found, found[1].groupdict()
    subject = groups.get("subject") or ""
    if row.fault in _WITH_MEMBER:
        subject = " ".join(filter(None, [groups.get("of"), _member(line, groups.get("expr") or "")]))
    elif row.fault in BLOCKED:
        url = groups.get("url") or next(iter(_URL.findall(match.string)), "")
        subject = " ".join(filter(None, [subject, identity.of_url(url.rstrip(".,:;")) if url else ""]))
    return f"<{row.fault}> {subject}".strip()


def is_blocked(text: str) -> bool:
    """Whether a message says that the browser refused to load, to send or to run something."""
    found = fitting(headline(text))
    return found is not None and found[0].fault in BLOCKED


def _member(line: str, expression: str) -> str:
    """What was read, called or constructed, without what it was read of: a minifier keeps names of properties alone."""
    read = read_of(line)
    name = read.member if read else ""
    if read and not name and read.path:
        name = read.path[-1]
        return "" if _MINIFIED.fullmatch(name) else name
    if not read:  # constructs
        name = expression.rpartition(".")[2]
        return "" if "." not in expression and _MINIFIED.fullmatch(name) else name
    return INDEX if name.isdigit() else name

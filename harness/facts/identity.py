"""When two observations of two replays say the same thing. Imports words and data alone.

What differs from one replay to the next without meaning anything is folded: hosts and
ports of replicas, times, identifiers, hashes, process numbers, cache busters, versions
in paths, line and column numbers.
"""

import re
from urllib.parse import parse_qsl, urlsplit

_URL = re.compile(r"\b(?:https?|wss?)://[^\s\"'<>)\]]+")
_FOLDS = tuple(
    (re.compile(pattern, re.IGNORECASE), to)
    for pattern, to in (
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,]\d+)?\s?(Z|UTC|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\b\d{1,2}/[a-z]{3}/\d{4}[: ]\d\d:\d\d:\d\d( [+-]\d{4})?", "<time>"),
        (r"\b[a-z]{3},? \d{1,2} [a-z]{3} \d{4} \d\d:\d\d:\d\d( [a-z]{3})?", "<time>"),
        (r"\b[a-z]{3} [a-z]{3} +\d{1,2} \d\d:\d\d:\d\d( \d{4})?", "<time>"),
        (r"\b\d\d:\d\d:\d\d([.,]\d+)?\b", "<time>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
        (r"\b0x[0-9a-f]+\b", "<address>"),
        (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b", "<hash>"),
        (r"\b\d{10,}\b", "<number>"),
        (r"\b(?:\d{1,3}\.){3}\d{1,3}(:\d+)?\b", "<host>"),
        (r"\b(localhost|product)(:\d+)\b", "<host>"),
        (r"\b(pid|process|thread|worker)([ =:#-]+)\d+\b", r"\1\2<number>"),
        (r"\[\d+\]", "[<number>]"),
        (r"<\d+\.\d+\.\d+>", "<process>"),
        (r"^[0-9a-f]{8}(\.[0-9a-f]{8})? (?=(<address> )?conn=)", ""),
        (r"\b(conn|op|fd|qtime|etime)=[\d.]+", r"\1=<number>"),
        (r"(\bline )\d+", r"\1<line>"),
        (r":\d+:\d+\b", ":<line>"),
        (r"(\.\w{1,5}):\d+\b", r"\1:<line>"),
        (r"\b\d+(\.\d+)?\s?(ms|s|sec|seconds|µs|us)\b", "<duration>"),
    )
)
_UNCAUGHT = re.compile(r"^(Uncaught|Unhandled)( \(in promise\))?:? ", re.IGNORECASE)
_VERSION = re.compile(r"(?<=[/@._-])v?\d+\.\d+(\.\d+)?([.-]?(alpha|beta|rc|a|b)[.\d]*)?(?=[/._-]|$)", re.IGNORECASE)
_FILE_HASH = re.compile(r"(?<=[._-])(?=[0-9a-z]*\d)[0-9a-f]{6,}(?=\.\w+$)", re.IGNORECASE)
_ID = re.compile(r"(?<=/)(\d{4,}|[0-9a-f]{12,}|[0-9a-f-]{36})(?=/|$)", re.IGNORECASE)
_BUSTER = re.compile(
    r"^(_|v|ver|version|t|ts|time|timestamp|cb|cachebuster|bust|rev|hash|h|nonce|rnd|rand|random"
    r"|sid|session|token|_?csrf|state)$",
    re.IGNORECASE,
)
_BUSTER_VALUE = re.compile(r"^(\d{5,}|[0-9a-f-]{8,}|v?\d+(\.\d+)+)$", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<kind>\b(?:status|code|errno|error|http|signal|SQLSTATE)\b[^\w\s]?[\s=:#(\[]{0,2})?"
    r"(?<![\w.<-])\d+(?:[.,]\d+)*(?![\w.]|>)",
    re.IGNORECASE,
)
_REPLICA = re.compile(r"^(localhost|product|[0-9a-f:]*:[0-9a-f:]*|(\d{1,3}\.){3}\d{1,3})$")


def of_text(text: str) -> str:
    """What of a message counts when two are compared: its first line, folded."""
    line = _UNCAUGHT.sub("", text.strip().split("\n", 1)[0].strip())
    line = _URL.sub(lambda found: of_url(found[0].rstrip(".,:;")), line)
    for pattern, to in _FOLDS:
        line = pattern.sub(to, line)
    return " ".join(line.split())


def of_log(text: str) -> str:
    """The template of a line of a log: what of a text counts, without numbers, but for those that say what kind of
    failure it is (a status, an exit code)."""
    return _NUMBER.sub(lambda found: found[0] if found["kind"] else "<number>", of_text(text))


def of_url(url: str) -> str:
    """What of an address counts: host (not the replica's own), path and query without what varies."""
    url = re.sub(r"(:\d+){1,2}$", "", url) if re.search(r"\.\w+(:\d+){1,2}$", url) else url
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return url
    if parts.scheme in ("data", "blob"):
        return parts.scheme + ":"
    path = _FILE_HASH.sub("<hash>", _ID.sub("<id>", _VERSION.sub("<version>", parts.path)))
    query = "&".join(
        f"{key}={value}"
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _BUSTER.match(key) and not _is_buster(key, value)
    )
    return ("" if not host or _REPLICA.match(host) else f"//{host}") + path + (f"?{query}" if query else "")


def path_of(url: str) -> str:
    """Path and query of an address, as an access log names it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def is_buster(name: str) -> bool:
    """Whether a query with this name says which version of a file, or which session, and not what is asked for."""
    return bool(_BUSTER.match(name) or _BUSTER_VALUE.match(name))


def _is_buster(key: str, value: str) -> bool:
    """``?1699999999`` and ``?v=1.2.3``-like values: they name a version of a file, not what is asked for."""
    return (not value and bool(_BUSTER_VALUE.match(key))) or bool(re.fullmatch(r"\d{10,}|[0-9a-f]{16,}", value))

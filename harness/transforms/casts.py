"""A value of JSON as another kind, or as another way to write a date; itself where it cannot be one. Pure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_MILLISECONDS = 100_000_000_000  # a larger number of seconds since 1970 is one of milliseconds
_WRITTEN = {
    "date": "%Y-%m-%d",
    "time": "%Y-%m-%dT%H:%M:%SZ",
    "local-time": "%Y-%m-%dT%H:%M:%S",
    "sql-time": "%Y-%m-%d %H:%M:%S",
}


def cast(value: Any, to: str) -> Any:
    """The value as another kind; itself where it cannot be one."""
    return _CASTS[to](value) if to in _CASTS else _dated(value, to)


def text_of(value: Any) -> str | None:
    """A scalar as JavaScript writes it; None of anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value) if isinstance(value, (bool, int, float)) else None


def _string(value: Any) -> Any:
    text = text_of(value)
    return value if text is None else text


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return json.loads(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _boolean(value: Any) -> Any:
    known = {"true": True, "false": False, "1": True, "0": False}
    return known.get(text_of(value) or "", value)


def _array(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _item(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _values(value: Any) -> Any:
    return list(value.values()) if isinstance(value, dict) else value


_CASTS = {
    "string": _string, "number": _number, "boolean": _boolean, "array": _array, "item": _item, "values": _values,
}  # fmt: skip
KINDS = (*_CASTS, *_WRITTEN, "seconds", "milliseconds")


def _dated(value: Any, to: str) -> Any:
    """A date or time written in another way; one without a zone is in UTC."""
    moment = _moment(value)
    if moment is None:
        return value
    if to in ("seconds", "milliseconds"):
        return round(moment.timestamp() * (1000 if to == "milliseconds" else 1))
    return moment.strftime(_WRITTEN[to])


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", value))
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / (1000 if abs(value) >= _MILLISECONDS else 1), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None

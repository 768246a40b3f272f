"""JSON values to WebDriver BiDi's local values, and its remote values and log entries to ours."""

from collections.abc import Mapping
from typing import Any

SANDBOX = "harness"  # where our scripts run in a page, out of reach of its own


class Raw(dict[str, Any]):
    """A BiDi local value as it is."""


def local(value: Any) -> dict[str, Any]:
    """A JSON value as a BiDi local value."""
    match value:
        case Raw():
            return value
        case None:
            return {"type": "null"}
        case bool():
            return {"type": "boolean", "value": value}
        case int() | float():
            return {"type": "number", "value": value}
        case str():
            return {"type": "string", "value": value}
        case dict():
            return {"type": "object", "value": [[key, local(item)] for key, item in value.items()]}
        case _:
            return {"type": "array", "value": [local(item) for item in value]}


def plain(value: Mapping[str, Any]) -> Any:
    """A BiDi remote value as JSON's types; what JSON has no word for becomes its name, as ``"<function>"``."""
    kind, inner = value.get("type"), value.get("value")
    match kind:
        case "undefined" | "null":
            return None
        case "string" | "boolean" | "date" | "bigint":
            return inner
        case "number":
            return 0 if inner == "-0" else inner  # or "NaN", "Infinity", "-Infinity"
        case "array" | "set" | "nodelist" | "htmlcollection" if inner is not None:
            return [plain(item) for item in inner]
        case "object" | "map" if inner is not None:
            return {str(key if isinstance(key, str) else plain(key)): plain(item) for key, item in inner}
        case "regexp" if isinstance(inner, Mapping):
            return f"/{inner.get('pattern', '')}/{inner.get('flags') or ''}"
        case "node" if isinstance(inner, Mapping):
            return _tag(inner)
        case _:
            return f"<{kind}>"


def _tag(node: Mapping[str, Any]) -> str:
    if not node.get("localName"):
        return str(node.get("nodeValue") or "<node>")
    attributes = "".join(f' {name}="{text}"' for name, text in (node.get("attributes") or {}).items())
    return f"<{node['localName']}{attributes}>"


def origin(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Where a log entry came from: ``url``, ``line`` and ``column`` (from 1), and ``stack``, one
    "function (url:line:column)" a line."""
    frames = (entry.get("stackTrace") or {}).get("callFrames") or ()
    if not frames:
        return {}
    lines = [
        f"{frame.get('functionName') or '<anonymous>'} "
        f"({frame['url']}:{frame['lineNumber'] + 1}:{frame['columnNumber'] + 1})"
        for frame in frames
    ]
    first = frames[0]
    return {
        "url": first["url"],
        "line": first["lineNumber"] + 1,
        "column": first["columnNumber"] + 1,
        "stack": "\n".join(lines),
    }

"""``${env:NAME}``: values that are not in a file, but in the environment of the process. Imports nothing of ours."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

ENV = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


def names(value: Any) -> tuple[str, ...]:
    """The variables that JSON-like data refers to, each once."""
    return tuple(dict.fromkeys(name for text in texts(value) for name in ENV.findall(text)))


def expanded(value: Any, environ: Mapping[str, str]) -> Any:
    """The same data with the values of the variables; KeyError where one is not set."""
    if isinstance(value, str):
        return ENV.sub(lambda match: environ[match[1]], value)
    if isinstance(value, dict):
        return {key: expanded(item, environ) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [expanded(item, environ) for item in value]
    return value


def texts(value: Any) -> Iterator[str]:
    """Every text in JSON-like data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)

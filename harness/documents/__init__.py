"""YAML files: read with the place of everything in them, validated with all mistakes at once.

A file is UTF-8, at most 1 MiB, one YAML 1.2 document (core schema: ``no`` and
``12:30`` are text), a mapping at its top. Keys are text; none comes twice. Aliases
may be used within a budget, tags may not. Below a key ``version`` or ``versions`` numbers keep
their text, so that 3.10 is not 3.1.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.documents.node import Mistakes, Node, plain
from harness.documents.reading import parse, read
from harness.documents.validation import M, refuse_unknown, validate
from harness.documents.writing import dump

__all__ = ["Mistakes", "Node", "dump", "load", "parse", "plain", "read", "refuse_unknown", "validate"]


def load(path: Path, model: type[M], given: Mapping[str, Any] | None = None) -> M:
    """A model from a YAML file; ``given`` are fields that come from elsewhere than the file.

    InputError with every Problem of the file.
    """
    mistakes = Mistakes(path)
    value = validate(model, read(path), mistakes, given)
    if value is None:
        raise mistakes.error()
    return value

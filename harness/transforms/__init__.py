"""Declarative transforms of requests and responses: what a gateway does with them. Pure.

This package runs in harness and, as files, in a gateway's container, so it imports nothing of ours but itself. Places
are JSONPaths (RFC 9535). Data are those of ``model.gateway``, as JSON: a rule is a mapping. What does not fit an answer
(a field that is not there, a text that is no number) is left as it is, and never invented.
"""

from .bodies import MISSING, OPERATIONS, transformed
from .casts import KINDS, cast, text_of
from .messages import Answered, Asked, fits, matches, names, request, response, variables
from .paths import is_path, last, mover

__all__ = [
    "KINDS",
    "MISSING",
    "OPERATIONS",
    "Answered",
    "Asked",
    "cast",
    "fits",
    "is_path",
    "last",
    "matches",
    "mover",
    "names",
    "request",
    "response",
    "text_of",
    "transformed",
    "variables",
]

"""Keeps secrets out of everything that a run leaves behind.

``Secrets`` knows the values; the functions know where values are that nobody named: each gives back a fact
with ``MASK`` where a secret stood, and teaches ``Secrets`` what it saw.
"""

from harness.masking.documents import document
from harness.masking.facts import observation, outcome, said
from harness.masking.headers import headers
from harness.masking.jsons import json_value
from harness.masking.needles import MASK
from harness.masking.painting import paint
from harness.masking.secrets import Hit, Secrets
from harness.masking.texts import text
from harness.masking.urls import url

__all__ = [
    "MASK",
    "Hit",
    "Secrets",
    "document",
    "headers",
    "json_value",
    "observation",
    "outcome",
    "paint",
    "said",
    "text",
    "url",
]

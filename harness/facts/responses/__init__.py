"""Answers of another shape: what differs in what the endpoints of two traces answer. Pure, from traffic alone.

``shapes`` infers, ``diffing`` and ``heads`` compare, ``rules`` says how much each weighs.
"""

from harness.facts.responses.changes import changes
from harness.facts.responses.noise import noise_of, quiet
from harness.facts.responses.rules import RULES, told, words
from harness.facts.responses.suggesting import Given, Suggested, suggested

__all__ = ["RULES", "Given", "Suggested", "changes", "noise_of", "quiet", "suggested", "told", "words"]

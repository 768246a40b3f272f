"""Conclusion: why something broke and what mends it, with the control runs that say so."""

from typing import Literal

from pydantic import Field

from harness.language import Language
from harness.model.base import Frozen, Said

CauseName = Literal[
    "plugin-incompatible",
    "product-regression",
    "environment-change",
    "data-or-migration",
    "fails-before-as-well",
    "not-reproduced",
    "unstable",
    "no-verdict",
]
ControlKind = Literal["again", "fresh", "axes", "without-plugins", "smoke", "compat", "newer", "steps"]
Outcome = Literal["works", "fails", "no-answer"]


class Control(Frozen):
    """One control run: what it asks, and what came out. ``no-answer`` is never a statement about the page."""

    name: str = Field(description="Also of its folder in `controls/`")
    kind: ControlKind
    question: Said
    outcome: Outcome
    answer: Said
    folder: str = Field(default="", description="In the run folder; empty where nothing could be started")
    seconds: float = 0.0


class Repeats(Frozen):
    """How often the scenario failed on each side, in so many runs of both with nothing changed."""

    runs: int
    before_failed: int
    after_failed: int


class Conclusion(Frozen):
    """What verdict and controls say together."""

    cause: CauseName | None = Field(description="null: not established")
    axes: tuple[str, ...] = Field(
        default=(), description="The smallest set of changes that was seen to break it, by dotted path"
    )
    parts: tuple[str, ...] = Field(default=(), description="The plug-ins that it is about, with their versions")
    inferred: bool = Field(
        default=False,
        description="That it is the plug-in was not seen: what fails cannot be done without it, no error is one of its "
        "code, and no newer version of it mends it",
    )
    mended_by: tuple[str, ...] = Field(
        default=(), description="What was seen to make it work again with nothing else made worse, as name@version"
    )
    because: tuple[str, ...] = Field(default=(), description="Names of the controls that say so")
    text: str = Field(default="", description="All of it in one paragraph, in the language of the run")
    sentences: tuple[Said, ...] = Field(default=(), description="The same, to be put into another language")
    steps: tuple[int, ...] = Field(
        default=(), description="The fewest steps that were seen to show it; empty where nobody asked for them"
    )
    repeats: Repeats | None = None
    noise: int = Field(default=0, description="Facts that differ between equal runs, which were left out")
    controls: tuple[Control, ...] = ()

    def into(self, lang: Language) -> "Conclusion":
        """The same, its paragraph in another language."""
        words = [sentence.message().into(lang) for sentence in self.sentences]
        return self.model_copy(update={"text": (" " if lang == "en" else "").join(words)})

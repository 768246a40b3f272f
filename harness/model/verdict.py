"""Difference, Comparison and Verdict: what changed and what it means."""

from typing import Literal

from pydantic import Field

from harness.language import Language
from harness.model.base import Frozen, Layer, Said, Side
from harness.model.changes import Change
from harness.model.conclusion import Conclusion
from harness.model.environment import Environment
from harness.model.known_issue import Recognised
from harness.model.lock import Drift
from harness.model.origin import Origin
from harness.model.response import Chain, ResponseChange
from harness.model.trace import Element, Fault

VerdictName = Literal["same", "regression", "fixed", "broken-both", "unstable", "no-verdict"]
VERDICTS: tuple[VerdictName, ...] = ("same", "regression", "fixed", "broken-both", "unstable", "no-verdict")


class Difference(Frozen):
    """One thing that the later trace has and the earlier has not, or the other way round."""

    kind: Literal[
        "step", "console", "error", "request", "response", "log", "migration", "ended", "extension", "policy", "mail"
    ]
    severity: Literal["error", "warning"] = "error"
    layer: Layer
    step: int
    time_s: float  # by the clock of the side that has it; of a mail, of the other
    new: bool  # True: only after; False: only before; of a mail: where it does not come
    text: str  # the first line says it; a stack or traceback may follow
    said: Said | None = None  # the first line, where it is ours and can be put into another language
    where: str = ""  # url:line:column, or method and URL
    telling: bool = True  # could explain a failure; an image that is missing, or a warning, could not
    response: ResponseChange | None = None  # of kind `response`


class StepPair(Frozen):
    """One step in both traces."""

    number: int
    description: dict[str, str]
    before: Literal["passed", "failed", "not-run"]
    after: Literal["passed", "failed", "not-run"]
    reason: Said | None = None  # of the side that failed, `after` first


class ElementChange(Frozen):
    """One element that both sides show, with other words."""

    before: Element
    after: Element


class PictureChange(Frozen):
    """Where the pictures of both sides differ to the eye, without what differs between equals."""

    path: str  # of a picture of the later side with the differences marked, relative to the run folder
    share: float = Field(ge=0, le=1)  # of the pixels
    regions: tuple[tuple[int, int, int, int], ...]  # left, top, width, height in pixels of the picture


class Appearance(Frozen):
    """What a person sees at the end of a step that is not the same on both sides."""

    step: int
    gone: tuple[Element, ...] = ()
    new: tuple[Element, ...] = ()
    changed: tuple[ElementChange, ...] = ()
    picture: PictureChange | None = None


class Comparison(Frozen):
    """All differences, in time order, and the first step whose outcome differs."""

    steps: tuple[StepPair, ...]
    first_different: StepPair | None
    differences: tuple[Difference, ...]
    faults: dict[Side, Fault]  # what was not the page's doing
    appearance: tuple[Appearance, ...] = ()  # of steps that look different, in their order


class SideSummary(Frozen):
    steps_passed: int = 0
    steps: int = 0
    seconds: float = 0.0
    browser: str = ""
    failed_step: int | None = None


class FailedStep(Frozen):
    number: int
    description: str  # in the language of the run
    descriptions: dict[str, str] = {}  # the same in every language there is


class Evidence(Frozen):
    """One link of the chain: what was seen, on which side, in which layer, and where."""

    side: Side
    layer: Layer
    step: int
    time_s: float
    kind: Literal["step", "console", "error", "request", "log", "migration", "ended", "extension", "policy", "mail"]
    text: str  # one line
    said: Said | None = Field(default=None, description="The same, where the words are ours, for other languages")
    detail: str = ""  # stack or traceback
    where: str = ""  # url:line:column, or method and URL
    otherwise: str = Field(
        default="", description="Of a request: how the other side asked for the same path, and what it was answered"
    )
    origin: Origin | None = Field(default=None, description="Which exception it is and whose code; null where unknown")

    def into(self, lang: Language) -> "Evidence":
        """The same in another language, as far as the words are ours."""
        return self.model_copy(update={"text": self.said.message().into(lang)}) if self.said else self


class About(Frozen):
    """What was run: the part of a verdict that does not come from the traces."""

    environment: str = ""  # name of the environment file
    scenario: str = ""
    environments: dict[Side, Environment] = {}
    environment_diff: tuple[Change, ...] = ()
    drifts: tuple[Drift, ...] = ()
    run_folder: str = ""
    command: str = ""  # what runs it again
    started: str = ""  # ISO 8601 with its offset
    seconds: float = 0.0  # the whole run
    harness_version: str = ""
    language: Language = "en"


class Finding(Frozen):
    """What the traces say."""

    schema_version: Literal[1] = 1
    verdict: VerdictName
    layer: Layer | None = Field(default=None, description="Where it shows; null where nothing broke")
    step: FailedStep | None = None
    reason: str  # one sentence in the language of the run
    reason_said: Said  # the same as template and values, to be put into another language
    errors: tuple[Evidence, ...] = Field(
        default=(),
        description="What only one side showed and could explain it, the earliest first: after the upgrade, "
        "but before it where the verdict is `fixed`",
    )
    errors_before: tuple[Evidence, ...] = Field(
        default=(),
        description="Where both sides fail, all that could explain it before the upgrade, also what is there after it",
    )
    chain: tuple[Chain, ...] = Field(
        default=(), description="Which of the errors follow from which answer that changed, the strongest first"
    )
    known: tuple[Recognised, ...] = Field(default=(), description="The known issues that it shows: they explain it")
    before: SideSummary = SideSummary()
    after: SideSummary = SideSummary()
    fingerprint: str = Field(
        default="",
        description="16 hexadecimal digits: the same failure, whatever the versions; empty where nothing fails",
    )
    appearance: Appearance | None = Field(
        default=None, description="What a person sees differ at the end of the step that fails; null where nothing does"
    )
    conclusion: Conclusion | None = Field(
        default=None, description="Why, and what mends it; null where no control was asked for"
    )


class Verdict(About, Finding):
    """``verdict.json``; its JSON Schema is ``docs/schemas/verdict.schema.json``.

    A finding and what it is about; the fields of the last base come first.
    """

    @property
    def in_another_way(self) -> bool:
        """Whether both sides fail, each at a step of its own or one with an error that the other has not."""
        steps = self.before.failed_step, self.after.failed_step
        return self.verdict == "broken-both" and (steps[0] != steps[1] or bool(self.errors))

    def into(self, lang: Language) -> "Verdict":
        """The same verdict, its sentences in another language."""
        step = self.step
        if step:
            words = step.descriptions.get(lang) or step.descriptions.get("en") or step.description
            step = step.model_copy(update={"description": words})
        reason = self.reason_said.message().into(lang)
        conclusion = self.conclusion.into(lang) if self.conclusion else None
        told = {"language": lang, "reason": reason, "step": step, "conclusion": conclusion}
        errors = {name: tuple(one.into(lang) for one in getattr(self, name)) for name in ("errors", "errors_before")}
        return self.model_copy(update=told | errors)

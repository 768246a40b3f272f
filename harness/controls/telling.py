"""What a control run tells: its verdict, held against the failure that it is to explain. Pure."""

from dataclasses import dataclass

from harness.controls.trials import Trial
from harness.language import Message
from harness.model import Control, Said, SideSummary, Verdict
from harness.model.conclusion import Outcome


@dataclass(frozen=True, kw_only=True)
class Told:
    """How a trial ended: with a verdict, or ``why`` there is none."""

    trial: Trial
    name: str  # the trial's, made unique
    main: Verdict  # what it is to explain
    verdict: Verdict | None = None
    why: Message | None = None
    folder: str = ""
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        return self._read[0]

    @property
    def mends(self) -> bool:
        """Whether everything works, and nothing is new that was not there before the upgrade."""
        return self.verdict is not None and self.verdict.verdict == "same" and not self.verdict.errors

    @property
    def done(self) -> int:
        """How many steps worked on both sides, before the first that failed on any."""
        if self.verdict is None:
            return 0
        return min(_done(self.verdict.before), _done(self.verdict.after))

    @property
    def control(self) -> Control:
        outcome, answer = self._read
        return Control(
            name=self.name,
            kind=self.trial.kind,
            question=Said.of(self.trial.question),
            outcome=outcome,
            answer=Said.of(answer),
            folder=self.folder,
            seconds=round(self.seconds, 2),
        )

    @property
    def _read(self) -> tuple[Outcome, Message]:
        found = self.verdict
        if found is None or found.verdict == "no-verdict":
            why = found.reason_said.message() if found else self.why
            return "no-answer", Message("no answer: {why}", why=why or Message("it was not run"))
        if self.trial.kind in ("without-plugins", "smoke"):
            return self._without(found)
        if found.verdict == "same":
            return "works", _works(found)
        if self.trial.kind == "again":
            return self._again(found)
        if found.verdict == "regression":
            return self._failing(found)
        return "no-answer", Message("no answer: the side before the upgrade fails in it")

    def _again(self, found: Verdict) -> tuple[Outcome, Message]:
        if found.verdict == "regression" and self.main.verdict != "regression":
            return "fails", Message("this time it fails after the upgrade, at step {number}", number=_step(found))
        if found.verdict == "regression":
            return "fails", Message("fails again after the upgrade, at step {number}", number=_step(found))
        if found.verdict == "fixed":
            return "works", Message("this time it fails before the upgrade and works after it")
        return "fails", Message("this time it fails on both sides")

    def _failing(self, found: Verdict) -> tuple[Outcome, Message]:
        alike = {"axes": same_failure(found, self.main), "steps": found.fingerprint == self.main.fingerprint}
        if alike.get(self.trial.kind, True):
            return "fails", Message("fails at step {number}", number=_step(found))
        reason = found.reason_said.message()
        return "no-answer", Message("no answer: it breaks in another way ({why})", why=reason)

    def _without(self, found: Verdict) -> tuple[Outcome, Message]:
        old, new = found.before.failed_step, found.after.failed_step
        if found.verdict in ("same", "fixed"):
            return "works", _works(found)
        if new is not None and (old is None or new < old):
            return "fails", Message("fails as well, at step {number}", number=new)
        if not self.done:
            return "no-answer", Message("no answer: not even the first step can be done")
        total = max(found.before.steps, found.after.steps)
        return "works", Message("{done} of {total} steps work; the next cannot be done so", done=self.done, total=total)


def same_failure(one: Verdict, other: Verdict) -> bool:
    """Whether two regressions are the same failure, whatever the versions."""
    return _step(one) == _step(other) and (one.fingerprint == other.fingerprint or one.layer == other.layer)


def _step(verdict: Verdict) -> int:
    return verdict.step.number if verdict.step else 0


def _done(side: SideSummary) -> int:
    return side.steps if side.failed_step is None else side.failed_step - 1


def _works(found: Verdict) -> Message:
    if found.errors:
        return Message("works, but {errors} new error(s) came up", errors=len(found.errors))
    return Message("works, and no error is new")

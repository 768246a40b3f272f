"""A lab without an engine: what comes out of a trial is what a test says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.controls.concluding import conclude
from harness.controls.searching import Search
from harness.controls.telling import Told
from harness.controls.trials import Trial
from harness.errors import EngineError
from harness.language import Message
from harness.model import (
    Conclusion,
    Environment,
    EnvironmentFile,
    Evidence,
    FailedStep,
    Lock,
    LockedEnvironment,
    LockedSet,
    Said,
    Scenario,
    Server,
    SideSummary,
    UpgradeKind,
    Verdict,
    VerdictName,
)
from harness.model.environment import CompatRef

STEPS = 5
Answer = Verdict | None  # None: it breaks for our reasons


def verdict(
    name: VerdictName, *, before: int | None = None, after: int | None = None, errors: int = 0, fingerprint: str = "f"
) -> Verdict:
    """``before`` and ``after`` are the steps that fail there."""
    error = Evidence(side="after", layer="client", step=1, time_s=0, kind="error", text="no")
    failing = after if name == "regression" else before
    return Verdict(
        verdict=name,
        layer="client" if failing else None,
        step=FailedStep(number=failing, description="") if failing else None,
        reason="so",
        reason_said=Said(text="so"),
        errors=(error,) * errors,
        before=SideSummary(steps=STEPS, failed_step=before),
        after=SideSummary(steps=STEPS, failed_step=after),
        fingerprint=fingerprint if failing else "",
    )


def regression(step: int = 3, fingerprint: str = "f") -> Verdict:
    return verdict("regression", after=step, fingerprint=fingerprint)


SAME = verdict("same")


@dataclass(kw_only=True)
class FakeLab:
    """``answers`` are by the name of a trial; every other one is ``usual``."""

    main: Verdict
    answers: dict[str, Answer | Sequence[Answer]]
    usual: Callable[[Trial], Answer]
    versions: Sequence[str] = ()
    asked: list[str] = field(default_factory=list)

    def ask(self, trial: Trial) -> Told:
        self.asked.append(trial.name)
        found = self.answers[trial.name] if trial.name in self.answers else self.usual(trial)
        assert not isinstance(found, Sequence)
        why = None if found else Message("no room on the disk")
        return Told(
            trial=trial, name=trial.name, main=self.main, verdict=found, why=why, folder=f"controls/{trial.name}"
        )

    def learn(self) -> int:
        return 0

    def newer(self, plugin: str) -> Sequence[str]:
        if not self.versions:
            raise EngineError(Message("no registry"))
        return self.versions


def environment(product: str = "shop@1", *plugins: str, **more: object) -> Environment:
    return Environment(server=Server.model_validate({"product": product, "plugins": plugins} | more))


def search(
    *environments: Environment,
    compat: Sequence[str] = (),
    kinds: tuple[UpgradeKind, ...] = (),
    versions: Sequence[str] = (),
    try_newer: bool = False,
    repeat: int = 2,
    smoke: Scenario | None = None,
    fewest: Scenario | None = None,
    usual: Callable[[Trial], Answer] = lambda trial: SAME,
    main: Verdict | None = None,
    **answers: Answer,
) -> tuple[Conclusion, list[str]]:
    """What is concluded, and what was asked. Names of trials are written with ``_`` in place of other signs."""
    main = (main or regression()).model_copy(
        update={"environments": {"before": environments[0], "after": environments[-1]}}
    )
    file = EnvironmentFile(
        path=Path("shop.yaml"),
        name="shop",
        environments=environments,
        kinds=kinds,
        compat=tuple(map(CompatRef.model_validate, compat)),
    )
    locked = LockedEnvironment(versions={}, server=LockedSet(), browser=LockedSet())
    lock = Lock(digest="", machine="", bases=(), environments=(locked,) * len(environments))
    named = {name.replace("__", "@").replace("_", "-"): answer for name, answer in answers.items()}
    lab = FakeLab(main=main, answers=dict(named), usual=usual, versions=versions)
    searched = Search(file=file, lock=lock, lab=lab, smoke=smoke, try_newer=try_newer, repeat=repeat, fewest=fewest)
    return conclude(main, searched.run(), "en"), lab.asked

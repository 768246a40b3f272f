"""The search for a cause: which control runs are worth their time, one after the other, until it is known.

It asks a ``Lab`` and so needs no engine itself. What would answer nothing is not asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.controls import trials
from harness.controls.axes import axes, is_environment, is_plugin
from harness.controls.ddmin import Tested, ddmin
from harness.controls.telling import Told
from harness.controls.trials import Trial
from harness.errors import HarnessError
from harness.model import EnvironmentFile, Lock, Ref, Repeats, Scenario, Verdict, VerdictName
from harness.steps import STEPS

AXES_RUNS_MAX = 24
STEPS_RUNS_MAX = 16
NEWER_MAX = 3


class Lab(Protocol):
    """Where trials are made."""

    @property
    def main(self) -> Verdict:
        """The run that is to be explained."""

    def ask(self, trial: Trial) -> Told:
        """Run it. What breaks for our reasons is an answer, too."""

    def learn(self) -> int:
        """Learn from all repeats what is noise, which is left out from then on; how many facts that are."""

    def newer(self, plugin: str) -> Sequence[str]:
        """Published versions of a plug-in after the one that it has, the first to try first. HarnessError."""


@dataclass(kw_only=True)
class Findings:
    """What the search found out."""

    main: VerdictName = "regression"  # of the run that is to be explained
    axes: tuple[str, ...] = ()  # all that the upgrade changed
    breaking: tuple[str, ...] = ()  # the smallest set that was seen to break it
    told: list[Told] = field(default_factory=list)
    noise: int = 0
    unknown: HarnessError | None = None  # why newer versions are not known
    steps: tuple[int, ...] = ()  # the fewest that were seen to show it
    untouched: bool = False  # without its plug-ins the upgrade changes nothing

    def of(self, kind: str) -> list[Told]:
        return [one for one in self.told if one.trial.kind == kind]

    @property
    def repeats(self) -> Repeats:
        """With the run that is to be explained."""
        again = [one.verdict.verdict for one in self.of("again") if one.verdict and one.outcome != "no-answer"]
        found = [self.main, *again]
        return Repeats(
            runs=len(found),
            before_failed=sum(one in ("fixed", "broken-both") for one in found),
            after_failed=sum(one in ("regression", "broken-both") for one in found),
        )

    @property
    def repeated(self) -> bool:
        return self.repeats.runs > 1

    @property
    def unstable(self) -> bool:
        repeats = self.repeats
        return any(0 < failed < repeats.runs for failed in (repeats.before_failed, repeats.after_failed))

    @property
    def of_data(self) -> bool:
        return any(one.outcome == "works" for one in self.of("fresh"))

    @property
    def without(self) -> Told | None:
        """What says most of how the product does without any plug-in."""
        every = [*self.of("smoke"), *self.of("without-plugins")[:1]]
        return next((one for one in every if one.outcome != "no-answer"), every[-1] if every else None)

    @property
    def mends(self) -> list[Told]:
        return [one for one in self.told if one.trial.kind in ("compat", "newer") and one.mends]


@dataclass(kw_only=True)
class Search:
    file: EnvironmentFile
    lock: Lock
    lab: Lab
    smoke: Scenario | None = None
    try_newer: bool = False
    repeat: int = 2  # runs with nothing changed, with the one that is to be explained
    fewest: Scenario | None = None  # whose steps are to be as few as can be
    findings: Findings = field(default_factory=Findings)

    def run(self) -> Findings:
        """All that is worth asking about a regression; of another verdict, whether it comes every time."""
        found, before, after = self.findings, self.file.side("before"), self.file.side("after")
        found.axes = found.breaking = axes(before, after)
        found.main = self.lab.main.verdict
        self._again()
        if found.unstable or found.main != "regression":
            return found
        if self.file.kinds:
            self._ask(trials.fresh(self.file))
        if not found.of_data:
            self._axes()
            self._without()
        for layer in self.file.compat:
            if not trials.has(after, layer):
                self._ask(trials.with_compat(self.file, layer))
        if self.try_newer:
            self._newer()
        if self.fewest:
            self._fewest(self.fewest)
        return found

    def _ask(self, trial: Trial) -> Told:
        told = self.lab.ask(trial)
        self.findings.told.append(told)
        return told

    def _again(self) -> None:
        """As often as is asked for; once more, for the counts, where that is once and it does not fail as it did."""
        for number in range(1, self.repeat):
            self._ask(trials.again(self.file, number))
        if self.repeat == 2 and self.findings.unstable:
            self._ask(trials.again(self.file, 2))
        self.findings.noise = self.lab.learn()

    def _axes(self) -> None:
        """Which change alone, or which smallest set of them. Data that several versions have gone through cannot be
        given to a mixture of the first and the last."""
        if len(self.findings.axes) < 2 or len(self.file.kinds) > 1:
            return

        def test(chosen: tuple[str, ...]) -> Tested:
            outcome = self._ask(trials.only(self.file, chosen)).outcome
            return "unresolved" if outcome == "no-answer" else outcome

        self.findings.breaking = ddmin(self.findings.axes, test, tests_max=AXES_RUNS_MAX)

    def _without(self) -> None:
        """Whether the product itself works; which plug-in it is, where there are several."""
        every = tuple(dict.fromkeys(ref.name for one in self.file.environments for ref in one.server.plugins))
        if not every or self._is_decided():
            return
        trial = trials.without(self.file, self.lock, every)
        if trial.environments[0] == trial.environments[-1] and not self.file.kinds:
            self.findings.untouched = True  # the same on both sides: nothing that could differ
        else:
            told = self._ask(trial)
            if self.smoke and (told.outcome == "no-answer" or told.done < self._failing()):
                self._ask(trials.without(self.file, self.lock, every, scenario=self.smoke))
            if told.outcome != "works":
                return
        for name in every if len(every) > 1 else ():
            self._ask(trials.without(self.file, self.lock, (name,)))

    def _is_decided(self) -> bool:
        """Whether what breaks it is what product and plug-ins stand on, or a plug-in's own version."""
        breaking = self.findings.breaking
        return all(map(is_environment, breaking)) or all(map(is_plugin, breaking))

    def _failing(self) -> int:
        return self.lab.main.step.number if self.lab.main.step else 0

    def _fewest(self, scenario: Scenario) -> None:
        """Which of the steps before the one that fails are needed for it: first without all that only look, then
        with ever fewer."""
        last = self._failing()
        earlier = tuple(step.number for step in scenario.steps if step.number < last)

        def test(chosen: tuple[str, ...]) -> Tested:
            outcome = self._ask(trials.with_steps(self.file, scenario, (*map(int, chosen), last))).outcome
            return "unresolved" if outcome == "no-answer" else outcome

        looking = {step.number for step in scenario.steps if STEPS[step.action].passive}
        acting = tuple(str(number) for number in earlier if number not in looking)
        needed = tuple(map(str, earlier))
        if acting and acting != needed and test(acting) == "fails":
            needed = acting
        if needed:
            needed = ddmin(needed, test, tests_max=STEPS_RUNS_MAX)
        self.findings.steps = (*map(int, needed), last)

    def _newer(self) -> None:
        for plugin in self.file.side("after").server.plugins:
            try:
                versions = self.lab.newer(plugin.name)
            except HarnessError as exc:
                self.findings.unknown = exc
                continue
            for version in versions[:NEWER_MAX]:
                newer = Ref(name=plugin.name, version=version)
                if self._ask(trials.with_plugin(self.file, newer)).mends:
                    break


def blamed(findings: Findings) -> Iterator[str]:
    """Plug-ins without which, each alone, it works."""
    for told in findings.of("without-plugins"):
        if len(told.trial.about) == 1 and told.verdict and told.verdict.verdict in ("same", "fixed"):
            yield told.trial.about[0]

"""Control runs for real: each derives its lock from that of the case, and leaves a folder of evidence."""

import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from secrets import token_hex
from time import monotonic

from harness import lock, masking
from harness.compare import compare, noise
from harness.controls.document import document, scenario_document
from harness.controls.telling import Told
from harness.controls.trials import Trial
from harness.engine import ContainerRegistry
from harness.errors import HarnessError
from harness.evidence import SIDES, RunFolder
from harness.facts.anomalies import Same
from harness.language import Language, Message
from harness.look import Watched, look
from harness.model import About, Case, Lock, Said, Side, Verdict
from harness.progress import Progress
from harness.run import Begun, judge, replicate
from harness.sides import Ground

FOLDER = "controls"


@dataclass(kw_only=True)
class Bench:
    """Where the trials of one case are made; see ``searching.Lab``."""

    begun: Begun
    main: Verdict
    progress: Progress
    lang: Language
    strict: bool = False
    noise: frozenset[Same] = frozenset()
    repeats: list[RunFolder] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def ask(self, trial: Trial) -> Told:
        name, began = self._unique(trial.name), monotonic()
        self.progress.stage("", Message("control run {name}: {question}", name=name, question=trial.question))
        folder = self.begun.folder.path / FOLDER / name
        verdict, why = None, None
        try:
            verdict = self._run(trial, name)
        except HarnessError as exc:
            why = masking.said(Said.of(exc.what), self.begun.ground.secrets).message()
        except Exception as exc:  # noqa: BLE001  our own fault: this run has no answer, the verdict stands
            why = self._own_fault(exc, name)
        told = Told(
            trial=trial,
            name=name,
            main=self.main,
            verdict=verdict,
            why=why,
            folder=f"{FOLDER}/{name}" if folder.exists() else "",
            seconds=monotonic() - began,
        )
        self.progress.stage(_WHO, told.control.answer.message())
        return told

    def learn(self) -> int:
        """What differs between equals is taken out of the verdict that is to be explained, too."""
        run = _watched(self.begun.folder)
        if run is None:
            return 0
        equals = [watched for one in self.repeats if (watched := _watched(one))]
        every = (run, *equals)
        self.noise = noise([one.before for one in every], [one.after for one in every])
        self._compare_again(run, equals)
        return len(self.noise)

    def newer(self, plugin: str) -> Sequence[str]:
        case, ground = self.begun.case, self.begun.ground
        known = case.file.environments
        path = f"server.plugins.{plugin}"
        return lock.newer(ground.lock, known, case.file.side("after"), path, case.recipes, self._registry)

    @property
    def _registry(self) -> ContainerRegistry:
        ground = self.begun.ground
        return ContainerRegistry(ground.cache, engine=ground.engine, bases=ground.lock.bases)

    def _own_fault(self, exc: Exception, name: str) -> Message:
        mask, log = self.begun.ground.secrets.mask, f"{FOLDER}/{name}/fault.log"
        error = mask(f"{type(exc).__name__}: {exc}")
        with suppress(OSError):  # the disk may be what is at fault
            path = self.begun.folder.path / log
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(mask("".join(traceback.format_exception(exc))), "utf-8")
            return Message("this is a fault of harness itself: {error}; {log} has more", error=error, log=log)
        return Message("this is a fault of harness itself: {error}", error=error)

    def _run(self, trial: Trial, name: str) -> Verdict:
        begun = self.begun
        file = trial.file(begun.case.file)
        case = replace(begun.case, file=file, scenario=trial.scenario or begun.case.scenario)
        ground = replace(begun.ground, lock=self._lock(trial, case))
        folder = RunFolder.at(begun.folder.path / FOLDER / name)
        assert case.scenario is not None
        written = case.scenario.path.read_bytes()
        written = scenario_document(written, trial.steps).encode() if trial.steps else written
        folder.keep_inputs(document(file), written, case.beside)
        result = replicate(
            case,
            ground,
            folder,
            progress=_Within(whole=self.progress),
            run_id=f"{begun.folder.path.name}/{name}-{token_hex(3)}",
            noise=self.noise,
            shared=None if trial.anew else shared(case, ground),
            lang=self.lang,
            command=command(folder),
        )
        if trial.anew and result.verdict.verdict != "no-verdict":
            self.repeats.append(folder)
        return result.verdict

    def _lock(self, trial: Trial, case: Case) -> Lock:
        ground, known = self.begun.ground, self.begun.case.file.environments
        return lock.vary(ground.lock, known, trial.environments, case.recipes, self._registry, strict=self.strict)

    def _compare_again(self, run: Watched, equals: Sequence[Watched]) -> None:
        comparison = look(compare(run.before, run.after, self.noise), run, equals)
        self.begun.folder.write_comparison(comparison)
        about = About.model_validate({name: getattr(self.main, name) for name in About.model_fields})
        begun = self.begun
        self.main = judge(comparison, run.before, run.after, about, case=begun.case, ground=begun.ground)

    def _unique(self, name: str) -> str:
        number, wanted = 1, name
        while name in self.names:
            number += 1
            name = f"{wanted}-{number}"
        self.names.add(name)
        return name


def _watched(folder: RunFolder) -> Watched | None:
    before, after = (folder.read_trace(side) for side in SIDES)
    return Watched(folder=folder, before=before, after=after) if before and after else None


def shared(case: Case, ground: Ground) -> dict[Side, tuple[str, ...]]:
    """Keys under which sides that are the same are replayed once."""
    return {side: (side, *case.replayed(ground.lock, side)) for side in SIDES}


def command(folder: RunFolder) -> tuple[str, ...]:
    """What runs a control again, by itself."""
    words = ("harness", "reproduce", str(folder.path / "environment.yaml"), str(folder.path / "scenario.yaml"))
    return (*words, "--no-controls")


_WHO = "trial"  # one row, as narrow as those of the sides


@dataclass(frozen=True, kw_only=True)
class _Within:
    """The progress of a control run, as one row of that of the whole."""

    whole: Progress

    def stage(self, who: str, what: Message) -> None:
        self.whole.stage(_WHO, Message("{side}: {what}", side=who, what=what) if who else what)

    def line(self, who: str, text: str) -> None:
        self.whole.line(_WHO, text)

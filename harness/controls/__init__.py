"""controls: a search over the main job. Why did it break, and what mends it? Runs that change one thing say so."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from harness import reports, run
from harness.controls.concluding import conclude, without_controls
from harness.controls.running import Bench, shared
from harness.controls.searching import Search
from harness.language import Language, Message
from harness.model import Verdict
from harness.progress import Progress
from harness.run import Begun, Result
from harness.sealing import seal

__all__ = ["reproduce"]


def reproduce(
    environment: Path,
    scenario: Path,
    *,
    runs: Path,
    progress: Progress,
    strict: bool = False,
    fresh: bool = False,
    swap: bool = False,
    known: Sequence[Path] = (),
    try_newer: bool = False,
    fewest_steps: bool = False,
    repeat: int = 0,
    lang: Language = "en",
    command: Sequence[str] = (),
) -> Result:
    """As ``run.reproduce``, and on from there: a regression is explained by control runs, whose evidence lies in
    ``controls/`` of the run's folder.

    ``try_newer`` also tries newer versions of plug-ins, ``fewest_steps`` looks for the fewest steps that show it,
    ``repeat`` asks whether any verdict comes in each of so many runs (0: a regression in two).
    Errors as there; what goes wrong in a control run weakens the conclusion and is no error.
    """
    begun = run.begin(
        environment, scenario, runs=runs, progress=progress, strict=strict, fresh=fresh, swap=swap, known=known
    )
    result = run.replicate(
        begun.case,
        begun.ground,
        begun.folder,
        progress=progress,
        shared=shared(begun.case, begun.ground),
        lang=lang,
        command=command,
    )
    return explained(
        begun,
        result,
        progress=progress,
        strict=strict,
        try_newer=try_newer,
        fewest_steps=fewest_steps,
        repeat=repeat,
        lang=lang,
    )


def explained(
    begun: Begun,
    result: Result,
    *,
    progress: Progress,
    strict: bool,
    try_newer: bool,
    fewest_steps: bool = False,
    repeat: int = 0,
    lang: Language,
) -> Result:
    """A run that is over, with its conclusion in its verdict and its reports."""
    began, verdict = monotonic(), result.verdict
    if verdict.verdict == "regression" or (repeat > 1 and verdict.verdict != "no-verdict"):
        bench = Bench(begun=begun, main=verdict, progress=progress, lang=lang, strict=strict)
        verdict = _searched(bench, try_newer=try_newer, fewest_steps=fewest_steps, repeat=repeat or 2)
    else:
        verdict = verdict.model_copy(update={"conclusion": without_controls(verdict)})
    verdict = verdict.model_copy(update={"seconds": round(verdict.seconds + monotonic() - began, 2)})
    begun.folder.write_verdict(verdict)
    reports.write(begun.folder.path, lang)
    seal(begun.folder, begun.ground.secrets)
    return replace(result, verdict=verdict)


def _searched(bench: Bench, *, try_newer: bool, fewest_steps: bool, repeat: int) -> Verdict:
    begun, lang = bench.begun, bench.lang
    search = Search(
        file=begun.case.file,
        lock=begun.ground.lock,
        lab=bench,
        smoke=begun.smoke,
        try_newer=try_newer,
        repeat=repeat,
        fewest=begun.case.scenario if fewest_steps else None,
    )
    findings = search.run()
    bench.progress.stage("", Message("concluding"))
    verdict = bench.main.model_copy(update={"conclusion": conclude(bench.main, findings, lang)})
    if not findings.unstable:
        return verdict
    said = verdict.conclusion.sentences[0] if verdict.conclusion else verdict.reason_said
    update = {"verdict": "unstable", "reason": said.message().into(lang), "reason_said": said, "layer": None}
    return verdict.model_copy(update=update)

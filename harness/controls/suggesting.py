"""suggest: a gateway from what changed in the answers of a run, and the case run with it: is it mended?"""

from collections.abc import Iterable, Iterator, Sequence

from harness import reports, run, spec
from harness.controls import trials
from harness.controls.running import Bench
from harness.controls.telling import Told, same_failure
from harness.errors import InputError
from harness.evidence import RunFolder, write_whole
from harness.facts import responses
from harness.facts.responses import Given, Suggested
from harness.language import LANGUAGES, Language, Message
from harness.model import Comparison, Request, ResponseChange, Said, Trace, Verdict
from harness.model.environment import CompatRef
from harness.model.gateway import Gateway
from harness.model.links import GATEWAYS
from harness.model.suggestion import FILE, Mending, Recorded, Suggestion, Unmended
from harness.progress import Progress
from harness.sealing import seal
from harness.writing.suggestion import suggestion_text

_COMMENT = "# Written by `harness suggest-compat` from what a run recorded; yours to read and to change.\n"


def suggest(folder: RunFolder, *, progress: Progress, strict: bool = False, lang: Language = "en") -> Suggestion:
    """Leaves the gateway, ``compat.json``, the same in words, and the control run in the folder of the run, which
    tells of a mend that was seen. InputError where the run shows no regression, or is incomplete; other errors as
    ``reproduce``."""
    verdict, comparison = folder.read_verdict(), folder.read_comparison()
    found = _found(folder, verdict, comparison)
    told, gateway = None, None
    if found.rules:
        gateway = _written(folder, verdict, found)
        begun = run.again(folder, verdict, progress=progress, strict=strict)
        bench = Bench(begun=begun, main=verdict, progress=progress, lang=lang, strict=strict)
        layer = CompatRef(name=f"{GATEWAYS}/{gateway.path.name}")
        told = bench.ask(trials.with_compat(begun.case.file, layer))
        secrets = begun.ground.secrets
    suggestion = _suggestion(folder, verdict, comparison, found, gateway, told)
    write_whole(folder.path / FILE, suggestion.model_dump_json(indent=1) + "\n")
    for one in LANGUAGES:
        write_whole(folder.path / f"compat.{one}.txt", suggestion_text(suggestion, one) + "\n")
    if told:
        earlier = folder.read_seal() if (folder.path / RunFolder.SEAL).exists() else None
        if suggestion.outcome == "mended":
            folder.write_verdict(_with_mend(verdict, told, suggestion.gateway, lang))
            reports.write(folder.path, lang)
        seal(folder, secrets, earlier)
    return suggestion


def _found(folder: RunFolder, verdict: Verdict, comparison: Comparison | None) -> Suggested:
    if verdict.verdict != "regression" or comparison is None:
        raise InputError(
            Message(
                "the verdict of {path} is {verdict}: there is no regression to mend",
                path=folder.path,
                verdict=verdict.verdict,
            ),
            Message("name the run of a case that works before the upgrade and fails after it"),
        )
    traces = [folder.read_trace(side) for side in ("before", "after")]
    if not all(traces):
        raise InputError(
            Message("{path} has not the traces of both sides", path=folder.path),
            Message("run the case again: {command}", command=verdict.command),
        )
    ran = {0} | {pair.number for pair in comparison.steps if "not-run" not in (pair.before, pair.after)}
    changed = {one.response.endpoint for one in comparison.differences if one.response}
    before, after = ([one for one in _requests(trace) if one.step in ran] for trace in traces)
    return responses.suggested(before, after, changed)


def _requests(trace: Trace | None) -> Iterator[Request]:
    return (one for one in (trace.observations if trace else ()) if isinstance(one, Request))


def _written(folder: RunFolder, verdict: Verdict, found: Suggested) -> Gateway:
    """The gateway, in a file of its own beside the environment file of the run."""
    number, path = 1, folder.path / GATEWAYS / "suggested.yaml"
    while path.exists():
        number += 1
        path = path.with_name(f"suggested-{number}.yaml")
    old, new = (verdict.environments[side].server.product for side in ("before", "after"))
    title = f"{new} answers as {old} did" if old != new else f"{verdict.environment} answers as it did"
    given = {"path": path, "name": path.stem, "title": title, "rules": found.rules}
    gateway = Gateway.model_validate(given)
    spec.write_gateway(gateway, _COMMENT)
    return gateway


# ------------------------------------------------------------------- what it says
def _suggestion(
    folder: RunFolder,
    verdict: Verdict,
    comparison: Comparison | None,
    found: Suggested,
    gateway: Gateway | None,
    told: Told | None,
) -> Suggestion:
    outcome = _outcome(told)
    others = list(_others(folder, comparison, told)) if told else []
    return Suggestion(
        outcome=outcome,
        run=str(folder.path),
        environment=verdict.environment,
        scenario=verdict.scenario,
        gateway=gateway.path.relative_to(folder.path).as_posix() if gateway else "",
        transforms=tuple(_lines(gateway)) if gateway else (),
        control=told.control if told else None,
        said=tuple(map(Said.of, _sentences(outcome, told, found, others))),
        unmended=tuple(Unmended(endpoint=one.endpoint, what=Said.of(responses.words(one))) for one in found.unmended),
        others=tuple(map(Said.of, others)),
        recorded=tuple(map(_recorded, found.recorded)),
    )


def _outcome(told: Told | None) -> Mending:
    if told is None:
        return "nothing-to-try"
    if told.mends:
        return "mended"
    if told.outcome == "no-answer":
        return "no-answer"
    return "worse" if told.outcome == "works" else "not-mended"


def _recorded(one: Given) -> Recorded:
    return Recorded(
        endpoint=one.endpoint,
        step=one.step,
        shape="more" if one.more else "other" if one.differences else "exact",
        differences=tuple(Said.of(responses.words(change)) for change in one.differences),
    )


def _lines(gateway: Gateway) -> Iterator[str]:
    """What each rule does to the answers, in the words of its file."""
    for rule in gateway.rules:
        data = rule.data.get("response", {})
        about = f"{rule.match.method or ''} {rule.match.path}".strip()
        yield from (f"{about}: {_words(one)}" for one in data.get("body", ()))
        yield from (f"{about}: header {name} = {_words(value)}" for name, value in data.get("headers", {}).items())
        if "status" in data:
            yield f"{about}: status {data['status']}"


def _words(value: object) -> str:
    return ", ".join(f"{key}: {its}" for key, its in value.items()) if isinstance(value, dict) else str(value)


def _others(folder: RunFolder, comparison: Comparison | None, told: Told) -> Iterator[Message]:
    """What the run with the gateway shows that the run without did not: errors, and answers of another shape."""
    found = told.verdict
    if found is None or not told.folder:
        return
    known = {error.text for error in told.main.errors}
    for error in found.errors:
        if error.text not in known:
            yield Message("a new error: {text} (step {step})", text=error.text, step=error.step)
    control = RunFolder.open(folder.path / told.folder).read_comparison()
    before = {_key(one) for one in _answers(comparison)}
    for change in _answers(control):
        if _key(change) not in before and change.weight != "harmless":
            yield responses.told(change)


def _answers(comparison: Comparison | None) -> Iterable[ResponseChange]:
    return [one.response for one in comparison.differences if one.response] if comparison else []


def _key(change: ResponseChange) -> tuple[str, str, str, str]:
    return change.rule, change.endpoint, change.part, change.path


def _sentences(outcome: Mending, told: Told | None, found: Suggested, others: Sequence[Message]) -> Iterator[Message]:
    if told is None:
        yield Message("No transform was found that gives an answer its old shape back, so that nothing was run.")
    elif outcome == "mended":
        yield Message("With the gateway the failure is gone: every step works as before the upgrade.")
        if not others:
            yield Message("Nothing else changed that was not so before the upgrade.")
    elif outcome == "worse":
        yield Message("With the gateway every step works, but something came up that was not there before the upgrade.")
    elif outcome == "no-answer":
        yield Message("Whether the gateway mends it could not be told: {why}", why=told.control.answer.message())
    elif told.verdict and told.verdict.step and same_failure(told.verdict, told.main):
        yield Message("With the gateway it fails as before, at step {number}.", number=told.verdict.step.number)
    elif told.verdict and told.verdict.step:
        yield Message("With the gateway it fails in another way, at step {number}.", number=told.verdict.step.number)
    if found.unmended:
        yield Message("{count} change(s) of answers cannot be taken back: an answer does not hold what it would need.",
                      count=len(found.unmended))  # fmt: skip
    if not found.rules and not found.unmended:
        yield Message("No answer that both sides gave has another shape.")


def _with_mend(verdict: Verdict, told: Told, gateway: str, lang: Language) -> Verdict:
    """The verdict of the run, whose conclusion names the mend that was seen."""
    conclusion = verdict.conclusion
    if conclusion is None:
        return verdict
    sentence = Message("It works again with {mends}, and nothing else got worse.", mends=gateway)
    update = {
        "mended_by": (*conclusion.mended_by, gateway),
        "because": (*conclusion.because, told.name),
        "controls": (*conclusion.controls, told.control),
        "sentences": (*conclusion.sentences, Said.of(sentence)),
    }
    return verdict.model_copy(update={"conclusion": conclusion.model_copy(update=update).into(lang)})

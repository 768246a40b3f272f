"""From what was found out to a conclusion in words. Pure."""

from collections.abc import Iterator

from harness.controls.axes import is_environment, is_plugin, shown
from harness.controls.searching import Findings, blamed
from harness.controls.telling import Told
from harness.language import Language, Message
from harness.model import CauseName, Conclusion, Ref, Said, Verdict, VerdictName
from harness.model.changes import is_dependency

_PLAIN: dict[VerdictName, tuple[CauseName, Message]] = {
    "same": (
        "not-reproduced",
        Message("What is reported could not be reproduced: every step works before and after the upgrade."),
    ),
    "broken-both": (
        "fails-before-as-well",
        Message("It fails before the upgrade as well, so that the upgrade is not its cause."),
    ),
    "no-verdict": (
        "no-verdict",
        Message("Nothing can be said: something other than the page went wrong."),
    ),
}


_IN_ANOTHER_WAY = Message(
    "It fails before the upgrade as well, but not in the same way: what the upgrade changed cannot be said from that."
)


def without_controls(verdict: Verdict) -> Conclusion | None:
    """What a verdict says that needs no control run; None where it is a regression, or something was mended."""
    if verdict.verdict not in _PLAIN:
        return None
    cause, words = _PLAIN[verdict.verdict]
    words = _IN_ANOTHER_WAY if verdict.in_another_way else words
    return Conclusion(cause=cause, sentences=(Said.of(words),)).into(verdict.language)


def conclude(verdict: Verdict, findings: Findings, lang: Language) -> Conclusion:
    """What is behind a regression, or whether another verdict comes every time."""
    plain = without_controls(verdict)
    cause = "unstable" if findings.unstable else plain.cause if plain else _cause(findings)
    plugins = _plugins(verdict, findings) if cause == "plugin-incompatible" else ()
    beside = _beside(verdict) if cause == "product-regression" else ()
    if cause == "unstable":
        sentences = tuple(_unstable(findings))
    elif plain or findings.main != "regression":
        sentences = (*(one.message() for one in (plain.sentences if plain else ())), _every_time(findings))
    else:
        sentences = tuple(_sentences(verdict, findings, cause, plugins))
    return Conclusion(
        cause=cause,
        axes=findings.breaking if findings.main == "regression" and cause != "unstable" else (),
        parts=(*map(str, plugins), *beside),
        inferred=cause == "plugin-incompatible" and _is_inferred(verdict, findings),
        mended_by=tuple(_mend(one) for one in findings.mends),
        because=tuple(one.name for one in findings.told if one.outcome != "no-answer"),
        sentences=tuple(map(Said.of, sentences)),
        steps=findings.steps,
        repeats=findings.repeats,
        noise=findings.noise,
        controls=tuple(one.control for one in findings.told),
    ).into(lang)


def _cause(findings: Findings) -> CauseName | None:
    """What the runs say; None where they do not say it."""
    if findings.unstable:
        return "unstable"
    if findings.main != "regression":
        return None
    if findings.of_data:
        return "data-or-migration"
    breaking = findings.breaking
    if not breaking:
        return None
    if all(map(is_environment, breaking)):
        return "environment-change"
    if all(map(is_plugin, breaking)) or findings.untouched:
        return "plugin-incompatible"
    without = findings.without
    if without is None or without.outcome == "fails":
        return "product-regression"
    newer = any(one.trial.kind == "newer" for one in findings.mends)
    return "plugin-incompatible" if without.outcome == "works" or newer else None


def _plugins(verdict: Verdict, findings: Findings) -> tuple[Ref, ...]:
    """The plug-ins that it is about: those that can be told, else all."""
    if "after" not in verdict.environments:
        return ()
    every = verdict.environments["after"].server.plugins
    names = {axis.removeprefix("server.plugins.") for axis in findings.breaking if is_plugin(axis)}
    names = names if all(map(is_plugin, findings.breaking)) else set(blamed(findings))
    return tuple(ref for ref in every if ref.name in names) or every


def _is_inferred(verdict: Verdict, findings: Findings) -> bool:
    """Whether nothing speaks against the plug-in but that the step which fails cannot be done without it: it may as
    well be the product that no longer does what both count on."""
    alone = findings.without.verdict if findings.without else None
    if alone is None or alone.verdict in ("same", "fixed"):
        return False
    named = any(one.origin and (one.origin.role == "plugin" or one.origin.caller) for one in verdict.errors)
    return not named and not any(one.trial.kind == "newer" for one in findings.mends)


# -------------------------------------------------------------------- words
def _sentences(
    verdict: Verdict, findings: Findings, cause: CauseName | None, plugins: tuple[Ref, ...]
) -> Iterator[Message]:
    number = verdict.step.number if verdict.step else 0
    changes = _changes(verdict, findings.breaking or findings.axes)
    if changes:
        yield Message(
            "Since the upgrade ({changes}), step {number} of the scenario no longer works.",
            changes=changes,
            number=number,
        )
    else:
        yield Message("Since the upgrade, step {number} of the scenario no longer works.", number=number)
    if 0 < len(findings.breaking) < len(findings.axes):
        yield Message(
            "Of its {count} changes, this is enough to break it: {breaking}.",
            count=len(findings.axes),
            breaking=", ".join(findings.breaking),
        )
    yield from _why(verdict, findings, cause, plugins)
    if cause == "product-regression" and (beside := _beside(verdict)):
        yield Message(
            "An error of the plug-in {plugins} is new as well, and has to be mended too.", plugins=", ".join(beside)
        )
    yield from _mends(findings)
    yield from _strength(findings)


def _why(verdict: Verdict, findings: Findings, cause: CauseName | None, plugins: tuple[Ref, ...]) -> Iterator[Message]:
    product = verdict.environments["after"].server.product if verdict.environments else ""
    number = verdict.step.number if verdict.step else 0
    match cause:
        case "plugin-incompatible":
            yield _misfit(verdict, findings, ", ".join(map(str, plugins)))
            yield from _product_alone(findings, product)
            if _is_inferred(verdict, findings):
                yield Message(
                    "That it is the plug-in is inferred and was not seen: step {number} cannot be done without it, and "
                    "no error is one of its code.",
                    number=number,
                )
        case "product-regression" if verdict.environments and all(map(is_dependency, findings.breaking)):
            new = verdict.environments["after"]
            below = ", ".join(shown(new, axis) or axis for axis in findings.breaking)
            yield Message("{product} does not work with {what}.", product=product, what=below)
            if findings.without:
                yield Message("It fails without any plug-in as well.")
        case "product-regression" if findings.without:
            yield Message("It is {product} itself: it fails without any plug-in as well.", product=product)
        case "product-regression":
            yield Message("It is {product} itself: there is no plug-in that could be at fault.", product=product)
        case "environment-change":
            yield Message("That is no change of the product or a plug-in themselves, but of what they run on.")
        case "data-or-migration":
            yield Message(
                "{product} works when it is set up anew, and fails over the old data: the data, or their migration, "
                "are at fault.",
                product=product,
            )
        case _:
            yield (
                Message(
                    "Why is not established: whether {product} works without its plug-ins could not be seen.",
                    product=product,
                )
                if findings.without
                else Message("Why is not established.")
            )


def _beside(verdict: Verdict) -> tuple[str, ...]:
    """Plug-ins whose code fails, or calls what does, where it fails without them as well: there are two faults."""
    origins = [one.origin for one in verdict.errors if one.origin]
    names = (one.package if one.role == "plugin" else one.caller for one in origins)
    return tuple(dict.fromkeys(filter(None, names)))


def _misfit(verdict: Verdict, findings: Findings, plugins: str) -> Message:
    """What plug-ins do not work with: all that changed and is not themselves."""
    new = verdict.environments.get("after")
    what = [shown(new, axis) or axis for axis in findings.breaking if not is_plugin(axis)] if new else []
    if not what:
        return Message("The plug-in {plugins} has changed itself, and does not work in this version.", plugins=plugins)
    return Message("The plug-in {plugins} does not work with {what}.", plugins=plugins, what=", ".join(what))


def _product_alone(findings: Findings, product: object) -> Iterator[Message]:
    without = findings.without
    if findings.untouched:
        yield Message("Without the plug-in, the upgrade changes nothing.")
    elif without and without.outcome == "works" and without.verdict:
        total = max(without.verdict.before.steps, without.verdict.after.steps)
        words = {"product": product, "done": without.done, "total": total}
        if without.done == total:
            yield Message("{product} itself works: without the plug-in, all {total} steps do.", **words)
        else:
            yield Message(
                "{product} itself works, as far as this can be seen without the plug-in ({done} of {total} steps).",
                **words,
            )


def _mends(findings: Findings) -> Iterator[Message]:
    tried = [one for one in findings.told if one.trial.kind in ("compat", "newer")]
    if mends := findings.mends:
        yield Message("It works again with {mends}, and nothing else got worse.", mends=_all(mends, " / "))
    elif answered := [one for one in tried if one.outcome != "no-answer"]:
        yield Message("It was tried with {tried}, which does not mend it.", tried=_all(answered, ", "))
    if findings.unknown:
        yield Message("Which newer versions there are is not known: {why}.", why=findings.unknown.what)


def _strength(findings: Findings) -> Iterator[Message]:
    if findings.repeated:
        yield Message(
            "In each of {runs} runs it worked before the upgrade and failed after it.", runs=findings.repeats.runs
        )
    else:
        yield Message("Whether it fails every time is not established.")
    if findings.steps:
        yield Message("These steps are enough to show it: {steps}.", steps=", ".join(map(str, findings.steps)))
    asides = ("again", "steps")  # that a scenario breaks in another way without a step is what was to be found out
    others = [one.name for one in findings.told if one.outcome == "no-answer" and one.trial.kind not in asides]
    if others:
        yield Message(
            "{count} control run(s) gave no answer: {names}. What they would have shown is not established.",
            count=len(others),
            names=", ".join(others),
        )


def _every_time(findings: Findings) -> Message:
    if not findings.repeated:
        return Message("Whether that is so every time is not established.")
    return Message("That is so in each of {runs} runs.", runs=findings.repeats.runs)


def _unstable(findings: Findings) -> Iterator[Message]:
    repeats = findings.repeats
    yield Message(
        "The same environment does not always behave the same: of {runs} runs, {after} failed after the upgrade and "
        "{before} before it. The upgrade can neither be blamed nor cleared.",
        runs=repeats.runs,
        after=repeats.after_failed,
        before=repeats.before_failed,
    )
    failing = [one for one in findings.of("again") if one.outcome == "fails" and one.verdict]
    if findings.main == "same" and failing and (found := failing[0].verdict):
        yield Message("In {name} it failed so: {why}.", name=failing[0].name, why=found.reason_said.message())


def _changes(verdict: Verdict, paths: tuple[str, ...]) -> str:
    """``gallery@1.12.4 → gallery@3.7.1``"""
    if not verdict.environments:
        return ""
    old, new = verdict.environments["before"], verdict.environments["after"]
    return ", ".join(
        f"{'' if '@' in (shown(new, path) or shown(old, path)) else path + ': '}"
        f"{shown(old, path) or '–'} → {shown(new, path) or '–'}"
        for path in paths
    )


def _all(told: list[Told], between: str) -> str:
    return between.join(map(_mend, told))


def _mend(told: Told) -> str:
    """``jquery-migrate@3.6.0``, as it was locked where that is known."""
    after = told.verdict.environments["after"] if told.verdict and told.verdict.environments else None
    environment = after or told.trial.environments[-1]
    gateways = [name for name in environment.link.gateways if name in told.trial.about]
    if gateways:
        return ", ".join(gateways)
    server = environment.server
    refs = server.compat if told.trial.kind == "compat" else server.plugins
    return ", ".join(str(ref) for ref in refs if ref.name in told.trial.about)

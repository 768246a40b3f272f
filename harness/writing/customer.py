"""For the customer: what no longer works, since which change, and what to do meanwhile. Pure.

A mend is named only where a control run has seen it; that of a known issue is said to be known and not tried.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.language import Language, Message
from harness.model import Conclusion, Verdict, VerdictName, in_language
from harness.model.audience import Basis, CustomerReport
from harness.model.links import is_gateway
from harness.writing import origins
from harness.writing.changes import deciding, earlier, either, moved_below, plain, together, words
from harness.writing.words import EXPLAINED_WORDS, one_line, paragraph

Escape = Callable[[str], str]
TEXT_MAX = 1000  # characters of a text that people wrote
_TITLES: dict[VerdictName, Message] = {  # where what is said to others is not said so to the customer
    "same": Message("It works as it did before the upgrade."),
    "no-verdict": Message("Nothing can be said about the upgrade yet."),
}


def customer(verdict: Verdict, lang: Language, escape: Escape | None = None) -> CustomerReport:
    """Its paragraph; text among its words, which may be a stranger's, goes through ``escape``."""
    verdict = verdict.into(lang)
    advice = _advice(verdict, lang)
    return CustomerReport(
        language=lang,
        verdict=verdict.verdict,
        title=(_TITLES.get(verdict.verdict) or EXPLAINED_WORDS[verdict.verdict]).into(lang),
        text=paragraph([*_sentences(verdict, lang), *advice.sentences], lang, escape),
        broken=_step(verdict),
        since=tuple(words(one).into(lang) for one in deciding(verdict)),
        meanwhile=paragraph(advice.sentences, lang, escape),
        basis=advice.basis,
        mends=advice.mends,
    )


# ------------------------------------------------------------ what happened
def _sentences(verdict: Verdict, lang: Language) -> Iterator[Message]:
    match verdict.verdict:
        case "regression":
            yield from _regression(verdict)
        case "same":
            yield from _same(verdict)
        case "fixed":
            yield _fixed(verdict)
        case "broken-both":
            yield from _broken_both(verdict)
        case "unstable":
            yield from _unstable(verdict.conclusion)
        case "no-verdict":
            yield Message(
                "It could not be tried to the end, because what was set up for the trial did not start or broke off."
            )
            yield Message("So nothing can be said about the upgrade yet, neither good nor bad.")
    if verdict.verdict in ("regression", "broken-both", "unstable"):
        for issue in verdict.known:
            yield Message("This is a known issue: {title}.", title=_told(issue.title, lang))


def _regression(verdict: Verdict) -> Iterator[Message]:
    changes, step = _changes(verdict), _step(verdict)
    if at_all := _not_at_all(verdict):
        yield at_all
    elif changes and step:
        yield Message("Since the upgrade ({changes}), this no longer works: {step}.", changes=changes, step=step)
    elif step:
        yield Message("Since the upgrade, this no longer works: {step}.", step=step)
    elif changes:
        yield Message("Since the upgrade ({changes}), not all of it works any more.", changes=changes)
    else:
        yield Message("Since the upgrade, not all of it works any more.")
    if verdict.step and verdict.step.number > 1:
        yield Message("What comes before it still works.")
    if verdict.conclusion:
        yield _why(verdict, verdict.conclusion)
    if not verdict.conclusion or not verdict.conclusion.cause:
        yield from _from_a_plugin(verdict)


def _not_at_all(verdict: Verdict) -> Message | None:
    """Where nobody gets to a step, because of what came before the first."""
    kinds, changes = {one.kind for one in verdict.errors if one.step == 0}, _changes(verdict)
    if changes and "migration" in kinds:
        return Message("The upgrade ({changes}) does not come to its end: taking over the data fails.", changes=changes)
    if changes and "ended" in kinds:
        return Message("Since the upgrade ({changes}), the product no longer starts.", changes=changes)
    return None


def _from_a_plugin(verdict: Verdict) -> Iterator[Message]:
    """What a stack says, where no control run has said more."""
    origin = origins.first(verdict.errors)
    name = origin and (origin.package if origin.role == "plugin" else origin.caller)
    if name:
        yield Message("An error that is new since the upgrade comes from the plug-in {plugin}.", plugin=plain(name))


def _why(verdict: Verdict, conclusion: Conclusion) -> Message:
    after = verdict.environments.get("after")
    product = plain(str(after.server.product)) if after else ""
    match conclusion.cause:
        case "plugin-incompatible" if conclusion.parts:
            plugins = ", ".join(map(plain, conclusion.parts))
            if conclusion.inferred:
                return Message(
                    "The reason most likely lies in the plug-in {plugins}, and not in anything that you did.",
                    plugins=plugins,
                )
            return Message("The reason lies in the plug-in {plugins}, not in anything that you did.", plugins=plugins)
        case "plugin-incompatible":
            return Message("The reason lies in a plug-in, not in anything that you did.")
        case "product-regression" if product and (moved := moved_below(verdict, conclusion.axes)):
            if conclusion.parts:
                return Message(
                    "The reason is that {product} does not go together with {what}, and neither does the plug-in "
                    "{plugins}; it is not in anything that you did.",
                    product=product,
                    what=plain(moved),
                    plugins=", ".join(map(plain, conclusion.parts)),
                )
            return Message(
                "The reason is that {product} does not go together with {what}, not anything that you did.",
                product=product,
                what=plain(moved),
            )
        case "product-regression" if product and conclusion.parts:
            return Message(
                "The reason lies in {product} itself, and the plug-in {plugins} does not get on with it either; it is "
                "not in anything that you did.",
                product=product,
                plugins=", ".join(map(plain, conclusion.parts)),
            )
        case "product-regression" if product:
            return Message(
                "The reason lies in {product} itself, not in a plug-in or in anything that you did.", product=product
            )
        case "environment-change":
            return Message("The reason is this change of what the product runs on, not the product or a plug-in.")
        case "data-or-migration":
            return Message(
                "The reason lies in the data from before the upgrade, or in how they were taken over: "
                "with new data it works."
            )
        case _:
            return Message("Why that is so has not been found out yet.")


def _same(verdict: Verdict) -> Iterator[Message]:
    changes, count = _changes(verdict), verdict.after.steps
    if changes:
        yield Message(
            "This was tried before and after the upgrade ({changes}), and it works both times (steps: {count}).",
            changes=changes,
            count=count,
        )
    else:
        yield Message(
            "This was tried before and after the upgrade, and it works both times (steps: {count}).", count=count
        )
    repeats = verdict.conclusion.repeats if verdict.conclusion else None
    if repeats and repeats.runs > 1:
        yield Message("That was so each time it was tried (in number: {runs}).", runs=repeats.runs)
    if verdict.errors:
        yield Message(
            "Messages about errors are new after the upgrade (in number: {count}), but none kept a step from working.",
            count=len(verdict.errors),
        )


def _fixed(verdict: Verdict) -> Message:
    changes, step = _changes(verdict), _step(verdict)
    if changes and step:
        return Message("This did not work, and does since the upgrade ({changes}): {step}.", changes=changes, step=step)
    if step:
        return Message("This did not work, and does since the upgrade: {step}.", step=step)
    return Message("What did not work works since the upgrade.")


def _broken_both(verdict: Verdict) -> Iterator[Message]:
    old, new, step = verdict.before.failed_step, verdict.after.failed_step, _step(verdict)
    if old is not None and new is not None and old != new:
        yield Message(
            "Not all of it works before the upgrade, and not all of it after: before, it ends at step {old}, "
            "and after, at step {new} ({step}).",
            old=old,
            new=new,
            step=step,
        )
        yield Message("So it cannot be said from this what the upgrade changed.")
        return
    if step:
        yield Message("This works neither before nor after the upgrade: {step}.", step=step)
    else:
        yield Message("This works neither before nor after the upgrade.")
    if verdict.in_another_way:
        yield Message("So it cannot be said from this what the upgrade changed.")
    else:
        yield Message("So the upgrade is not the reason.")


def _unstable(conclusion: Conclusion | None) -> Iterator[Message]:
    repeats = conclusion.repeats if conclusion else None
    if repeats:
        yield Message(
            "It does not always happen: of {runs} tries on each side, {after} failed after the upgrade and {before} "
            "before it.",
            runs=repeats.runs,
            after=repeats.after_failed,
            before=repeats.before_failed,
        )
    else:
        yield Message("It does not always happen: with nothing changed, it works one time and fails another.")
    yield Message("So it cannot be said yet whether the upgrade is the reason.")


# --------------------------------------------------- what to do meanwhile
@dataclass(frozen=True, kw_only=True)
class _Advice:
    basis: Basis
    sentences: Sequence[Message]
    mends: tuple[str, ...] = ()


def _advice(verdict: Verdict, lang: Language) -> _Advice:
    seen = verdict.conclusion.mended_by if verdict.conclusion else ()
    if verdict.verdict == "regression" and seen:
        mends = either([_mend(one) for one in seen])
        sentence = Message(
            "Until it is mended: with {mends} it was seen to work, and nothing else got worse.", mends=mends
        )
        return _Advice(basis="seen", sentences=[sentence], mends=seen)
    known = tuple(_told(issue.mend, lang) for issue in verdict.known if issue.mend)
    if verdict.verdict in ("regression", "broken-both", "unstable") and known:
        sentence = Message("Until it is mended: what is known to help, but was not tried here: {mend}.", mend=known[0])
        return _Advice(basis="known", sentences=[sentence], mends=known)
    if verdict.verdict == "regression":
        return _Advice(basis="before", sentences=[_back(verdict)])
    return _Advice(basis="none", sentences=_nothing(verdict))


def _mend(name: str) -> str | Message:
    if not is_gateway(name):
        return plain(name)
    return Message("the gateway {name}", name=name.rpartition("/")[2].removesuffix(".yaml"))


def _back(verdict: Verdict) -> Message:
    """All that changed goes back, as only all of it was seen to work."""
    if not verdict.environment_diff:
        return Message(
            "Until it is mended, you may choose to go back to the version before, with which it works; make a copy of "
            "your data first, as what was entered since the upgrade may be lost."
        )
    return Message(
        "Until it is mended, you may choose to go back to what was there before ({versions}), with which it works; "
        "make a copy of your data first, as what was entered since the upgrade may be lost.",
        versions=together(map(earlier, verdict.environment_diff)),
    )


def _nothing(verdict: Verdict) -> list[Message]:
    match verdict.verdict:
        case "same":
            return [
                Message("There is nothing that you have to do."),
                Message(
                    "If it does not work for you, please tell us what you do and what you see, best with a picture of "
                    "the screen."
                ),
            ]
        case "fixed":
            return [Message("After the upgrade, there is nothing else that you have to do.")]
        case "broken-both":
            if verdict.before.failed_step != verdict.after.failed_step:
                return [Message("Whether going back to the version before helps is not known.")]
            return [Message("Going back to the version before does not help, as it does not work there either.")]
        case "unstable":
            return [
                Message(
                    "Meanwhile, try it again when it fails, and please note when that was and what you did before it."
                )
            ]
        case _:
            return [Message("There is nothing that you have to do; it has to be tried again.")]


def _step(verdict: Verdict) -> str:
    return one_line(verdict.step.description).rstrip(".。") if verdict.step else ""


def _changes(verdict: Verdict) -> Message | None:
    changes = deciding(verdict)
    return together(map(words, changes)) if changes else None


def _told(text: str | dict[Language, str], lang: Language) -> str:
    return one_line(in_language(text, lang), TEXT_MAX).rstrip(".。")

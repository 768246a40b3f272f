"""For the vendor: versions, the call, old and new shape, stack, and the steps that show it. Pure."""

from collections.abc import Iterator

from harness.facts import responses
from harness.language import Language, Message
from harness.model import (
    Call,
    Chain,
    Comparison,
    Environment,
    Evidence,
    ResponseChange,
    Shape,
    StepPair,
    Strength,
    VendorReport,
    Verdict,
)
from harness.model.audience import VendorError, VendorStep, Versioned
from harness.writing import origins
from harness.writing.changes import deciding, label, together, words
from harness.writing.customer import Escape
from harness.writing.repeated import folded
from harness.writing.words import EXPLAINED_WORDS, STRENGTH_WORDS, one_line, paragraph, printable, server_words

SHAPES_SHOWN = 5
ERRORS_SHOWN = 3
EXCERPT_MAX = 1200  # characters
STACK_MAX = 4000  # characters; the end of a traceback says most, the begin of a script's stack
WORDS_MAX = 900  # characters of a sentence


def vendor(
    verdict: Verdict, comparison: Comparison | None, lang: Language, escape: Escape | None = None
) -> VendorReport:
    """All that a vendor needs. In its paragraph and what is said of shapes, text that may be a stranger's goes
    through ``escape``."""
    verdict = verdict.into(lang)
    steps = comparison.steps if comparison else ()
    shown = _leading(steps, verdict)
    errors = [one.error for one in folded(verdict.errors)]
    return VendorReport(
        language=lang,
        verdict=verdict.verdict,
        title=EXPLAINED_WORDS[verdict.verdict].into(lang),
        text=paragraph(_sentences(verdict, comparison), lang, escape),
        versions=tuple(_versions(verdict, lang)),
        call=_call(verdict),
        shapes=tuple(_shape(change, strength, lang, escape) for change, strength in _changes(verdict, comparison)),
        errors=tuple(
            VendorError(
                text=one_line(error.text, WORDS_MAX),
                where=one_line(error.where),
                stack=_stack(error.detail, error.layer == "server"),
                step=error.step,
                layer=error.layer,
                origin=origins.told(error, lang),
            )
            for error in errors[:ERRORS_SHOWN]
        ),
        errors_left_out=max(0, len(errors) - ERRORS_SHOWN),
        steps=tuple(_step(pair, verdict, lang, escape) for pair in shown),
        steps_left_out=len(steps) - len(shown),
        fingerprint=verdict.fingerprint,
    )


# ------------------------------------------------------------------ paragraph
def _sentences(verdict: Verdict, comparison: Comparison | None) -> Iterator[Message]:
    changes = deciding(verdict)
    said = verdict.conclusion.sentences if verdict.conclusion else ()
    if said:
        yield from (one.message() for one in said)
    elif changes:
        yield Message("The upgrade changed: {changes}.", changes=together(map(words, changes)))
    yield Message("{sentence}.", sentence=verdict.reason_said.message())
    linked = _linked(verdict)
    if linked:
        yield Message(
            "How the error follows from an answer ({strength}): {chain}.",
            strength=STRENGTH_WORDS[linked[0].strength],
            chain=linked[0].said.message(),
        )
        return
    if verdict.errors_before:
        yield Message("The first error before the upgrade: {error}.", error=_told(verdict.errors_before[0]))
    if verdict.errors and verdict.verdict == "broken-both":
        yield Message("The first error that is new after it: {error}.", error=_told(verdict.errors[0]))
        yield from _raised(verdict)
    elif verdict.errors and verdict.verdict != "same":
        yield Message("The first error: {error}.", error=_told(verdict.errors[0]))
        yield from _raised(verdict)
    asked = next((one.otherwise for one in verdict.errors if one.otherwise), "")
    if verdict.verdict == "regression" and asked:
        yield Message("Before the upgrade it was asked otherwise: {asked}.", asked=one_line(asked))
    if verdict.verdict == "regression" and _changes(verdict, comparison):
        yield Message("Answers have another shape; that the failure follows from that is not established.")


def _told(error: Evidence) -> Message:
    where = Message("{where}, step {step}", where=one_line(error.where) or error.layer, step=error.step)
    return Message("{text} ({where})", text=one_line(error.text), where=where)


def _raised(verdict: Verdict) -> Iterator[Message]:
    error = next((one for one in verdict.errors if one.origin and origins.whose(one.origin)), None)
    origin = error.origin if error else None
    code = origins.whose(origin) if origin else None
    if error and origin and code:
        what = one_line(origin.exception) or f"“{one_line(error.text)}”"
        place = origins.place(origin) or Message("the page")
        yield Message("{exception} was raised in {place}: {code}.", exception=what, place=place, code=code)


def _linked(verdict: Verdict) -> list[Chain]:
    return [one for one in verdict.chain if one.change]


# ------------------------------------------------------------------- versions
def _versions(verdict: Verdict, lang: Language) -> Iterator[Versioned]:
    """Product, plug-ins, browser and system always; of the rest what differs."""
    sides = verdict.environments
    if set(sides) < {"before", "after"}:
        rows = [(label(one.path), one.before or "", one.after or "") for one in verdict.environment_diff]
    else:
        rows = list(_rows(verdict, sides["before"], sides["after"]))
    for what, old, new in rows:
        yield Versioned(what=what.into(lang) if isinstance(what, Message) else what, before=old, after=new)


def _rows(verdict: Verdict, old: Environment, new: Environment) -> Iterator[tuple[str | Message, str, str]]:
    yield Message("Product"), server_words(old.server), server_words(new.server)
    browsers = verdict.before.browser or str(old.client.browser), verdict.after.browser or str(new.client.browser)
    yield Message("Browser"), *browsers
    yield Message("System"), _systems(old), _systems(new)
    told = ("server.product", "server.plugins", "server.dependencies", "server.compat", "client.browser")
    for one in verdict.environment_diff:
        if not one.path.startswith(told) and one.path not in ("server.os", "client.os"):
            yield label(one.path), one.before or "", one.after or ""


def _systems(environment: Environment) -> str:
    server, client = environment.server.os, environment.client.os
    return server if server == client else f"{server}, {client}"


# ------------------------------------------------------------ call and shapes
def _call(verdict: Verdict) -> Call | None:
    """The request whose answer changed, else the first that fails itself."""
    for chain in _linked(verdict):
        if chain.change:
            return Call(endpoint=one_line(chain.change.endpoint), step=chain.change.step, strength=chain.strength)
    for error in verdict.errors:
        if error.kind == "request" and error.where:
            return Call(endpoint=one_line(error.where), step=error.step, strength="not-established")
    return None


def _changes(verdict: Verdict, comparison: Comparison | None) -> list[tuple[ResponseChange, Strength]]:
    """What errors follow from, then other changes that break readers of an answer."""
    found: dict[tuple[str, str, str], tuple[ResponseChange, Strength]] = {}
    for chain in verdict.chain:
        if chain.change:
            found.setdefault(_key(chain.change), (chain.change, chain.strength))
    for item in comparison.differences if comparison else ():
        if item.response and item.response.weight == "breaking":
            found.setdefault(_key(item.response), (item.response, "not-established"))
    return list(found.values())[:SHAPES_SHOWN]


def _key(change: ResponseChange) -> tuple[str, str, str]:
    return change.endpoint, change.path, change.rule


def _shape(change: ResponseChange, strength: Strength, lang: Language, escape: Escape | None) -> Shape:
    return Shape(
        endpoint=one_line(change.endpoint),
        what=responses.words(change).into(lang, escape),
        before=_at(change.path or change.part, change.was),
        after=_after(change),
        part=change.part,
        excerpt_before=printable(change.before[:EXCERPT_MAX]),
        excerpt_after=printable(change.after[:EXCERPT_MAX]),
        strength=strength,
    )


def _after(change: ResponseChange) -> str:
    """Where it is now; of what has moved, the kinds are those that it had."""
    if change.rule in _ELSEWHERE and change.other:
        return _at(change.other, change.now or change.was)
    if change.now.startswith("$"):  # a field of paging that has moved
        return _at(change.now, change.was)
    return _at(change.path or change.part, change.now)


_ELSEWHERE = ("field-renamed", "field-moved", "envelope-added", "envelope-removed")


def _at(path: str, kinds: str) -> str:
    """``$.rows: array``; a dash where there is nothing."""
    return one_line(f"{path}: {kinds.replace('|', ' | ')}") if kinds else "–"


# ------------------------------------------------------------ stack and steps
def _stack(detail: str, ends: bool) -> str:
    text = printable(detail)
    if len(text) <= STACK_MAX:
        return text
    return f"…{text[-STACK_MAX:]}" if ends else f"{text[:STACK_MAX]}…"


def _leading(steps: tuple[StepPair, ...], verdict: Verdict) -> tuple[StepPair, ...]:
    """Those that are known to be enough, else those up to the one that decides; all where none does."""
    if verdict.conclusion and verdict.conclusion.steps:
        return tuple(pair for pair in steps if pair.number in verdict.conclusion.steps)
    last = verdict.step.number if verdict.step else None
    return steps if last is None else tuple(pair for pair in steps if pair.number <= last)


def _step(pair: StepPair, verdict: Verdict, lang: Language, escape: Escape | None) -> VendorStep:
    decides = verdict.step is not None and verdict.step.number == pair.number
    return VendorStep(
        number=pair.number,
        description=one_line(pair.description.get(lang) or pair.description.get("en") or ""),
        before=pair.before,
        after=pair.after,
        reason=one_line(pair.reason.message().into(lang, escape), WORDS_MAX) if decides and pair.reason else "",
    )

"""From an error to the answer that changed: what code read, which field that was, which request, whose code. Pure.

Nothing is guessed. An answer that came after the error is no cause of it; where several fit equally well, or
where a name was inferred and not read, the link is at most ``likely``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.facts.methods import METHODS
from harness.facts.owners import Owner, frames, owner_of
from harness.facts.reads import INDEX, Read, mentions, read_of
from harness.facts.responses import changes as changes_of
from harness.facts.responses import words
from harness.facts.responses.paths import names
from harness.facts.sources import Maps, maps_of, original
from harness.language import Message
from harness.model import Chain, Comparison, Difference, Request, ResponseChange, Said, Sign, Source, Strength, Trace

ERRORS_MAX = 10
CLOSE_S = 1.0  # a step may end between an answer and the error that follows from it
STRENGTHS: tuple[Strength, ...] = ("established", "likely", "not-established")
_GONE = frozenset({"field-removed", "field-renamed", "field-moved", "field-became-optional", "pagination-changed",
                   "envelope-added", "envelope-removed"})  # fmt: skip
_NULL = frozenset({"became-null", "became-nullable"})
_NOT_JSON = frozenset({"content-type-changed", "status-became-error", "status-changed"})
_CONTAINERS = frozenset({"array-became-object", "array-became-scalar", "object-became-array", "object-became-scalar",
                         "type-changed", "type-widened", "page-size-changed"})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """A change that may be behind an error: ``exact`` where its name was read, not inferred."""

    change: ResponseChange
    exact: bool
    overlap: int = 0  # names on the way to the field that are equal
    same_step: bool = False

    @property
    def rank(self) -> tuple[bool, bool, int, float]:
        return self.exact, self.same_step, self.overlap, self.change.time_s

    @property
    def tie(self) -> tuple[bool, bool, int]:
        return self.exact, self.same_step, self.overlap


def chains(comparison: Comparison, trace: Trace, owners: Sequence[Owner] = ()) -> tuple[Chain, ...]:
    """Of each new error that reads or names something, what it follows from; the strongest first. None where no
    answer changed in a way that could matter."""
    changes = [item.response for item in comparison.differences if item.response and item.response.weight != "harmless"]
    return _sorted(_chains(comparison, trace, changes, owners, new=True))


def mended(comparison: Comparison, before: Trace, after: Trace, owners: Sequence[Owner] = ()) -> tuple[Chain, ...]:
    """The same of errors that are gone: the way back would bring them, and what changed on the way mended them."""
    old, new = ([item for item in one.observations if isinstance(item, Request)] for one in (before, after))
    back = [change for change in changes_of(new, old) if change.weight != "harmless"]
    there = [item.response for item in comparison.differences if item.response]
    found = (_turned(chain, there) for chain in _chains(comparison, before, back, owners, new=False) if chain.change)
    return _sorted(chain for chain in found if chain)


def _sorted(found: Iterable[Chain]) -> tuple[Chain, ...]:
    return tuple(sorted(found, key=lambda item: (STRENGTHS.index(item.strength), item.error_step)))


def _chains(
    comparison: Comparison, trace: Trace, changes: Sequence[ResponseChange], owners: Sequence[Owner], *, new: bool
) -> list[Chain]:
    sources = {_key(item): item for item in trace.observations if isinstance(item, Source)}
    errors = [item for item in comparison.differences if item.new is new and item.kind in ("error", "console")]
    errors = [item for item in errors if item.severity == "error"][:ERRORS_MAX] if changes else []
    maps = maps_of(trace)
    return [chain for error in errors if (chain := _chain(error, changes, sources.get(error.where), owners, maps))]


def _turned(chain: Chain, there: Sequence[ResponseChange]) -> Chain | None:
    """A chain of the way back with what changed on the way there; None where that is not seen."""
    back = chain.change
    assert back is not None
    places = {back.path, back.other} - {""}
    change = next((one for one in there if one.endpoint == back.endpoint and places & {one.path, one.other}), None)
    if change is None:
        return None
    said = Message(
        "{error} is gone: the answer to {endpoint} at step {step} changed: {what}",
        error=chain.error,
        endpoint=change.endpoint,
        step=change.step,
        what=words(change),
    )
    return chain.model_copy(update={"change": change, "said": Said.of(said)})


def _key(source: Source) -> str:
    return f"{source.url}:{source.line}:{source.column}"


def _chain(
    error: Difference,
    changes: Sequence[ResponseChange],
    source: Source | None,
    owners: Sequence[Owner],
    maps: Maps,
) -> Chain | None:
    headline, _, stack = error.text.partition("\n")
    read = read_of(headline, source.head + source.rest if source else "", len(source.head) if source else 0)
    named = mentions(headline) if read is None else frozenset()
    if read is None and not named:
        return None
    fit, alone = _best(_fits(read, named, error, changes))
    if read is None and fit is None:
        return None
    places = (original(place, maps) for place in frames(stack, error.where))
    owner = next((owner for place in places if (owner := owner_of(place, owners))), None)
    signs = _signs(fit, owner)
    strength = _strength(fit, alone, signs)
    change = fit.change if fit and strength != "not-established" else None
    return Chain(
        strength=strength,
        signs=signs,
        error=headline,
        error_step=error.step,
        where=error.where,
        read=read.written if read else "",
        member=read.member if read else "",
        package=owner.label if owner else "",
        change=change,
        said=Said.of(_sentence(change, _doing(read, error, owner))),
    )


# ------------------------------------------------------------------ signs
def _signs(fit: _Fit | None, owner: Owner | None) -> tuple[Sign, ...]:
    signs: list[Sign] = []
    if fit:
        signs.append("property")
        if fit.same_step:
            signs.append("step")
    if owner:
        signs.append("stack")
    return tuple(signs)


def _strength(fit: _Fit | None, alone: bool, signs: tuple[Sign, ...]) -> Strength:
    if fit is None or len(signs) < 2:
        return "not-established"
    return "established" if len(signs) == 3 and fit.exact and alone else "likely"


def _best(fits: Sequence[_Fit]) -> tuple[_Fit | None, bool]:
    """The best, and whether no other fits as well. An inferred name counts only where one alone fits."""
    if not fits:
        return None, False
    best = max(fits, key=lambda fit: fit.rank)
    equals = {_place(fit.change) for fit in fits if fit.tie == best.tie}
    if not best.exact and len(equals) > 1:
        return None, False
    return best, len(equals) == 1


def _place(change: ResponseChange) -> tuple[str, str]:
    """What counts as one: a place in a body, or all of the head."""
    return change.endpoint, change.path if change.part == "body" or change.rule not in _NOT_JSON else ""


# ------------------------------------------------------------------- fits
def _fits(read: Read | None, named: frozenset[str], error: Difference, changes: Sequence[ResponseChange]) -> list[_Fit]:
    fits = []
    for change in changes:
        if change.time_s > error.time_s:
            continue
        fit = _of_read(read, change) if read else _of_name(named, change)
        if fit:
            same_step = error.step in change.steps or error.time_s - change.time_s <= CLOSE_S
            fits.append(_Fit(change=change, exact=fit[0], overlap=fit[1], same_step=same_step))
    return fits


def _of_name(named: frozenset[str], change: ResponseChange) -> tuple[bool, int] | None:
    """The message itself names what is gone."""
    gone = change.part == "header" or _rule(change) in _GONE | _NULL
    last = change.path if change.part == "header" else next(iter(names(change.path)[-1:]), "")
    return (True, 1) if gone and last.lower() in named else None


def _of_read(read: Read, change: ResponseChange) -> tuple[bool, int] | None:
    """(whether the name itself was read, how many names agree), where the change gives what the error says."""
    if read.missing == "not-json" or change.part != "body":
        return (False, 0) if read.missing == "not-json" and change.rule in _NOT_JSON else None
    fields, place = tuple(part for part in read.path if part != INDEX), names(change.path)
    if not _gives(change, read):
        return None
    if change.rule == "envelope-added" and fields and fields[-1] in change.members:
        return len(fields) > 1, 1
    if fields and place and fields[-1] == place[-1]:
        return len(fields) > 1, _overlap(fields, place)
    if len(fields) > 1 or (fields and not _is_short(fields[0])):
        return None  # what was read has another name
    if change.members and read.member in change.members and not _is_index(read):
        return False, 0
    was = set(change.was.split("|")) & METHODS.keys()
    return (False, 0) if any(read.member in METHODS[kind] for kind in was) else None


def _gives(change: ResponseChange, read: Read) -> bool:
    """Whether code that read the old answer would meet this in the new one."""
    old_kinds = set(change.was.split("|"))
    rule = _rule(change)
    retyped = rule in _CONTAINERS or "-became-" in rule
    fits_old = any(read.member in METHODS.get(kind, ()) for kind in old_kinds)
    match read.missing:
        case "null":
            return rule in _NULL or (rule == "pagination-changed" and "null" in change.now)
        case "not-a-function":
            return (retyped and fits_old) or (rule.startswith("envelope-") and fits_old)
        case "not-iterable":
            return (rule in _GONE | _NULL or retyped) and "array" in old_kinds
        case _:
            return rule in _GONE or (retyped and (_is_index(read) or bool(old_kinds & {"array", "object"})))


def _rule(change: ResponseChange) -> str:
    """What happened to a field. In an answer that refuses, every change is called that of the form of errors."""
    if change.rule != "error-envelope-changed":
        return change.rule
    if not change.now:
        return "field-removed"
    if change.other.startswith("$"):
        return "field-moved"
    kinds = set(change.now.split("|"))
    return "became-null" if "null" in kinds and kinds != set(change.was.split("|")) else "type-changed"


def _is_index(read: Read) -> bool:
    return bool(read.path) and read.path[-1] == INDEX


def _is_short(name: str) -> bool:
    """A name that a minifier gave, or that says nothing."""
    return len(name) <= 2 or name in ("data", "json", "res", "resp", "response", "result", "body", "this")


def _overlap(fields: Sequence[str], place: Sequence[str]) -> int:
    count = 0
    for one, other in zip(reversed(fields), reversed(place), strict=False):
        if one != other:
            break
        count += 1
    return count


# ------------------------------------------------------------------- words
def _sentence(change: ResponseChange | None, doing: Message) -> Message:
    if change is None:
        return Message("{doing}; it is not established that an answer that changed is behind it", doing=doing)
    return Message(
        "the answer to {endpoint} at step {step} changed: {what}; {doing}",
        endpoint=change.endpoint,
        step=change.step,
        what=words(change),
        doing=doing,
    )


def _doing(read: Read | None, error: Difference, owner: Owner | None) -> Message:
    place = error.where.rpartition("/")[2] if error.where else ""
    place = f"/{place}" if place.startswith(":") else place  # in the page at the root itself
    who = [owner.label] if owner else []
    where = ", ".join(filter(None, [*who, place])) or Message("the page")
    if read is None:
        return Message("{where} says that it misses it", where=where)
    if read.missing == "not-json":
        return Message("{where} took it for JSON", where=where)
    if read.member and read.written:
        return Message(
            "{where} read {member} of {what}", where=where, member=f"`.{read.member}`", what=f"`{read.written}`"
        )
    what = (
        f"`{read.written}`" if read.written else f"`.{read.member}`" if read.member else Message("what was not there")
    )
    return Message("{where} read {what}", where=where, what=what)

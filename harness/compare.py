"""compare: two traces of one scenario to what differs between them. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.facts import responses
from harness.facts.anomalies import Anomaly, Same, anomalies, mails, of_kind, unanswered
from harness.model import (
    Comparison,
    Difference,
    Fault,
    Outcome,
    Request,
    ResponseChange,
    Side,
    StepPair,
    Trace,
)


def compare(before: Trace, after: Trace, noise: frozenset[Same] = frozenset()) -> Comparison:
    """Steps paired by number, and what only one side showed.

    A fact is news where the other side has fewer of the same (``identity``), and none of it
    at that step. Left out: what happened at steps that the other side did not get to, or anywhere where it was not
    replayed at all, and ``noise``.
    """
    steps = tuple(_pairs(before, after))
    first = next((pair for pair in steps if pair.before != pair.after), None)
    ran = {0} if before.outcomes and after.outcomes else set[int]()
    ran |= {pair.number for pair in steps if "not-run" not in (pair.before, pair.after)}
    old, new = ([fact for fact in anomalies(trace) if fact.same not in noise] for trace in (before, after))
    old += unanswered(before, after)
    new += unanswered(after, before)
    sent = [mails(trace) for trace in (before, after)]
    differences = [
        *(_step_difference(pair, before, after) for pair in ([first] if first else [])),
        *(fact.difference(new=False) for fact in _news(old, new) if fact.step in ran),
        *(fact.difference(new=True) for fact in _news(new, old) if fact.step in ran),
        *_responses(before, after, ran, noise),
        *(fact.difference(new=False) for fact in _news(sent[1], sent[0]) if fact.step in ran),  # that is missed there
        *(fact.difference(new=True) for fact in _news(sent[0], sent[1]) if fact.step in ran),
    ]
    sides: tuple[tuple[Side, Trace], ...] = (("before", before), ("after", after))
    faults: dict[Side, Fault] = {side: trace.fault for side, trace in sides if trace.fault}
    return Comparison(
        steps=steps,
        first_different=first,
        differences=tuple(sorted(differences, key=lambda item: (item.step, item.time_s, item.kind))),
        faults=faults,
    )


def noise(before: Sequence[Trace], after: Sequence[Trace]) -> frozenset[Same]:
    """Facts that differ between replays of one side, with nothing changed, as much as between the sides.

    One that comes more often in every replay of a side than in any of the other is no noise, however often
    that is.
    """
    sides = [[Counter(fact.same for fact in anomalies(trace)) for trace in traces] for traces in (before, after)]
    every = {same for traces in sides for counter in traces for same in counter}
    facts = frozenset(same for same in every if _is_noise([[counter[same] for counter in one] for one in sides]))
    return facts | responses.noise_of(change for traces in (before, after) for change in _between(traces))


def _between(equals: Sequence[Trace]) -> Iterator[ResponseChange]:
    """What changes in the answers from one replay of a side to the others, both ways."""
    asked = [of_kind(trace, Request) for trace in equals]
    for other in asked[1:]:
        yield from responses.changes(asked[0], other)
        yield from responses.changes(other, asked[0])


def _is_noise(counts: Sequence[Sequence[int]]) -> bool:
    old, new = counts
    varies = any(len(set(one)) > 1 for one in counts)
    return varies and max(min(old), min(new)) <= min(max(old), max(new))


# -------------------------------------------------------------------- steps
def _pairs(before: Trace, after: Trace) -> Iterator[StepPair]:
    old = {outcome.number: outcome for outcome in before.outcomes}
    new = {outcome.number: outcome for outcome in after.outcomes}
    for number in sorted(old.keys() | new.keys()):
        left, right = old.get(number), new.get(number)
        known = right or left
        yield StepPair(
            number=number,
            description=known.description if known else {},
            before=left.outcome if left else "not-run",
            after=right.outcome if right else "not-run",
            reason=(right.reason if right else None) or (left.reason if left else None),
        )


def _step_difference(pair: StepPair, before: Trace, after: Trace) -> Difference:
    is_new = pair.before == "passed" or (pair.before == "failed" and pair.after == "not-run")
    outcome = _outcome(after if is_new else before, pair.number)
    return Difference(
        kind="step",
        layer="client",
        step=pair.number,
        time_s=outcome.start_s + outcome.duration_s if outcome else 0.0,
        new=is_new,
        text=str(pair.reason.message()) if pair.reason else "",
        where=outcome.page_url if outcome else "",
        telling=False,
    )


def _outcome(trace: Trace, number: int) -> Outcome | None:
    return next((outcome for outcome in trace.outcomes if outcome.number == number), None)


def _news(mine: list[Anomaly], theirs: list[Anomaly]) -> list[Anomaly]:
    """Facts of mine that are more than theirs: at steps where they have none of the kind,
    and no more than they are short of."""
    known = Counter(fact.same for fact in theirs)
    excess = Counter(fact.same for fact in mine)
    excess.subtract(known)
    at_step = {(fact.same, fact.step) for fact in theirs}
    news: list[Anomaly] = []
    for fact in mine:
        if excess[fact.same] > 0 and (fact.same, fact.step) not in at_step:
            excess[fact.same] -= 1
            news.append(fact)
    return news


def _responses(before: Trace, after: Trace, ran: set[int], noise: frozenset[Same]) -> Iterator[Difference]:
    """Answers of another shape: no error by themselves, and what may be behind one."""
    old, new = ([item for item in of_kind(trace, Request) if item.step in ran] for trace in (before, after))
    for change in responses.quiet(responses.changes(old, new), noise):
        yield Difference(
            kind="response",
            severity="warning",
            layer="server",
            step=change.step,
            time_s=change.time_s,
            new=True,
            text=str(responses.words(change)),
            where=change.endpoint,
            telling=False,
            response=change,
        )

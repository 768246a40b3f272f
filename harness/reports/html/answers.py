"""What the report shows of answers of another shape, and of the errors that follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.facts import responses
from harness.language import Language
from harness.model import WEIGHTS, Chain, Comparison, ResponseChange, Verdict, Weight
from harness.writing.words import STRENGTH_WORDS, one_line, printable

CHANGES_SHOWN = 60
EXCERPT_SHOWN = 1200  # characters


@dataclass(frozen=True, kw_only=True)
class ChainView:
    strength: str
    strong: str  # in words
    said: str
    error: str


@dataclass(frozen=True, kw_only=True)
class ChangeView:
    """One change; ``linked`` where an error follows from it."""

    weight: Weight
    words: str
    step: int
    before: str
    after: str
    linked: bool


@dataclass(frozen=True, kw_only=True)
class EndpointView:
    """All changes of an endpoint, the heaviest first."""

    name: str
    changes: Sequence[ChangeView]
    open: bool


@dataclass(frozen=True, kw_only=True)
class AnswersView:
    endpoints: Sequence[EndpointView]
    counts: Sequence[tuple[Weight, int]]
    left_out: int


def chain_views(verdict: Verdict, lang: Language) -> list[ChainView]:
    return [
        ChainView(
            strength=chain.strength,
            strong=STRENGTH_WORDS[chain.strength].into(lang),
            said=one_line(chain.said.message().into(lang), 900),
            error=one_line(chain.error),
        )
        for chain in verdict.chain
    ]


def answers_view(comparison: Comparison | None, chains: Sequence[Chain], lang: Language) -> AnswersView:
    """Linked changes first, then by weight, and by endpoint."""
    linked = [chain.change for chain in chains if chain.change]
    changes = [item.response for item in comparison.differences if item.response] if comparison else []
    order = sorted(changes, key=lambda one: (one not in linked, WEIGHTS.index(one.weight)))
    shown = order[:CHANGES_SHOWN]
    by_endpoint: dict[str, list[ResponseChange]] = {}
    for change in shown:
        by_endpoint.setdefault(change.endpoint, []).append(change)
    return AnswersView(
        endpoints=[_endpoint(name, found, linked, lang) for name, found in by_endpoint.items()],
        counts=[(weight, count) for weight in WEIGHTS if (count := sum(one.weight == weight for one in changes))],
        left_out=len(changes) - len(shown),
    )


def _endpoint(
    name: str, changes: Sequence[ResponseChange], linked: Sequence[ResponseChange], lang: Language
) -> EndpointView:
    return EndpointView(
        name=one_line(name),
        open=any(one in linked or one.weight == "breaking" for one in changes),
        changes=[
            ChangeView(
                weight=one.weight,
                words=one_line(responses.words(one).into(lang)),
                step=one.step,
                before=printable(one.before[:EXCERPT_SHOWN]),
                after=printable(one.after[:EXCERPT_SHOWN]),
                linked=one in linked,
            )
            for one in changes
        ],
    )

"""The time line: what was seen in each of the three layers, on both sides, from the first step to the last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from harness.evidence import SIDES
from harness.language import Language
from harness.model import Comparison, ConsoleMessage, Difference, Layer, Request, ScriptError, Side, Trace
from harness.writing.words import LAYER_WORDS, one_line

LAYERS: tuple[Layer, ...] = get_args(Layer)
MARKS_MAX = 400  # of one layer of one side
_SHOWN = 160  # characters of a mark
_LEAST = 0.25  # per cent: what takes no time has a width, too


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something that happened; ``left`` and ``width`` in per cent of the time line."""

    left: float
    width: float
    step: int
    tone: str  # plain; error, where it went wrong on both sides; new, where on this one alone
    title: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    layer: str
    marks: tuple[Mark, ...]
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One step on a side."""

    number: int
    left: float
    width: float
    outcome: str


@dataclass(frozen=True, kw_only=True)
class SideLine:
    side: Side
    steps: tuple[Stretch, ...]
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, kw_only=True)
class Timeline:
    seconds: float
    sides: tuple[SideLine, ...]


def timeline(comparison: Comparison | None, traces: Mapping[Side, Trace | None], lang: Language) -> Timeline | None:
    """Both sides by one scale of time; None where none was replayed."""
    there = {side: trace for side in SIDES if (trace := traces[side]) and trace.outcomes}
    ends = [one.start_s + one.duration_s for trace in there.values() for one in trace.outcomes]
    seconds = max([*ends, *(trace.duration_s for trace in there.values())], default=0.0)
    if not seconds:
        return None
    differences = comparison.differences if comparison else ()
    return Timeline(
        seconds=seconds,
        sides=tuple(
            SideLine(
                side=side,
                steps=tuple(_stretches(trace, seconds)),
                lanes=tuple(
                    _lane(layer, trace, [one for one in differences if one.new == (side == "after")], seconds, lang)
                    for layer in LAYERS
                ),
            )
            for side, trace in there.items()
        ),
    )


def _stretches(trace: Trace, seconds: float) -> Iterator[Stretch]:
    for one in trace.outcomes:
        if one.outcome != "not-run":
            left, width = _place(one.start_s, one.duration_s, seconds)
            yield Stretch(number=one.number, left=left, width=width, outcome=one.outcome)


def _lane(layer: Layer, trace: Trace, differences: list[Difference], seconds: float, lang: Language) -> Lane:
    news = [one for one in differences if one.layer == layer and one.kind != "step"]
    known = {(one.kind, one.step, round(one.time_s, 6)) for one in news}
    marks = [
        *(_mark(one.time_s, 0.0, one.step, "new", one.text or one.where, seconds) for one in news),
        *(mark for mark, key in _ordinary(layer, trace, seconds) if key not in known),
    ]
    marks.sort(key=lambda one: (one.tone != "new", one.tone != "error", one.left))
    kept = sorted(marks[:MARKS_MAX], key=lambda one: (one.tone == "new", one.left))  # what is new lies on top
    return Lane(layer=LAYER_WORDS[layer].into(lang), marks=tuple(kept), left_out=len(marks) - len(kept))


def _ordinary(layer: Layer, trace: Trace, seconds: float) -> Iterator[tuple[Mark, tuple[str, int, float]]]:
    for fact in trace.observations:
        match fact:
            case Request() if layer in ("link", fact.layer):
                failed = bool(fact.failure) or (fact.status or 0) >= 400
                text = f"{fact.method} {fact.url} {fact.failure or fact.status or ''}"
                took_s, tone = fact.duration_s or 0.0, "error" if failed and layer == fact.layer else "plain"
            case ConsoleMessage() | ScriptError() if layer == fact.layer:
                bad = isinstance(fact, ScriptError) or fact.level == "error"
                text, took_s, tone = fact.text, 0.0, "error" if bad else "plain"
            case _ if fact.layer == layer and fact.kind in ("log", "mail"):
                text, took_s, tone = getattr(fact, "text", ""), 0.0, "plain"
            case _:
                continue
        yield (
            _mark(fact.time_s, took_s, fact.step, tone, text, seconds),
            (fact.kind, fact.step, round(fact.time_s, 6)),
        )


def _mark(time_s: float, took_s: float, step: int, tone: str, text: str, seconds: float) -> Mark:
    left, width = _place(time_s, took_s, seconds)
    return Mark(left=left, width=width, step=step, tone=tone, title=f"{time_s:.2f} s  {one_line(text, _SHOWN)}")


def _place(time_s: float, took_s: float, seconds: float) -> tuple[float, float]:
    left = min(max(time_s, 0.0) / seconds * 100, 100 - _LEAST)
    return round(left, 2), round(min(max(took_s / seconds * 100, _LEAST), 100 - left), 2)

"""Delta debugging: the smallest set of changes that breaks something. Pure.

Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002: ``ddmin``.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

Tested = Literal["fails", "works", "unresolved"]


def ddmin(changes: Sequence[str], test: Callable[[tuple[str, ...]], Tested], *, tests_max: int) -> tuple[str, ...]:
    """A set of ``changes``, in their order, that fails, and of which no single one can be left out as far as
    ``test`` could tell; each set is tested once. All of them are known to fail, and none of them to work.

    After ``tests_max`` tests it is the smallest that was seen by then.
    """
    answers: dict[tuple[str, ...], Tested] = {tuple(changes): "fails", (): "works"}

    def fails(some: tuple[str, ...]) -> bool:
        if some not in answers:
            if len(answers) - 2 >= tests_max:
                return False
            answers[some] = test(some)
        return answers[some] == "fails"

    failing, parts = tuple(changes), 2
    while len(failing) > 1:
        subsets = _split(failing, min(parts, len(failing)))
        rests = [tuple(one for one in failing if one not in subset) for subset in subsets]
        if (smaller := next(filter(fails, subsets), None)) is not None:
            failing, parts = smaller, 2
        elif (smaller := next(filter(fails, rests), None)) is not None:
            failing, parts = smaller, max(parts - 1, 2)
        elif parts < len(failing):
            parts = min(len(failing), 2 * parts)
        else:
            break
    return failing


def _split(changes: tuple[str, ...], parts: int) -> list[tuple[str, ...]]:
    bounds = [len(changes) * number // parts for number in range(parts + 1)]
    return [changes[start:end] for start, end in pairwise(bounds)]

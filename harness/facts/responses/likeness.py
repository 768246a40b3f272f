"""When two fields are the same one under another name, or at another place. Pure."""

import re
from collections.abc import Iterable

from harness.facts.responses.shapes import Shape

_TRIVIAL = frozenset({"null", "true", "false", "0", "1", '""', "-1"})
_ENOUGH = 0.75  # of the fields of an object in common


def same_content(old: Shape, new: Shape) -> bool:
    """Whether both hold the same: the same scalars, that could hardly be the same by chance, or objects of the
    same fields."""
    if not old.kinds - {"null"} or old.kinds - {"null"} != new.kinds - {"null"}:
        return False
    if old.fields or new.fields:
        return _overlap(old.fields, new.fields) >= _ENOUGH
    if old.items and new.items:
        if old.orders and old.orders == new.orders and old.orders != {()}:
            return True
        return bool(old.items.kinds) and same_content(old.items, new.items)
    return bool(old.values) and old.values == new.values and not (old.values or frozenset()) <= _TRIVIAL


def same_kinds(old: Shape, new: Shape) -> bool:
    return bool(old.kinds & new.kinds - {"null"}) or old.kinds == new.kinds


def same_word(old: str, new: str) -> bool:
    """``user_name`` and ``userName``."""
    return _word(old) == _word(new) != ""


def best(name: str, shape: Shape, others: Iterable[tuple[str, Shape]]) -> str | None:
    """Which of ``others`` the field became: one of the same word and kinds, else the only one of the same content."""
    others = list(others)
    for other, candidate in others:
        if same_word(name, other) and same_kinds(shape, candidate):
            return other
    alike = [other for other, candidate in others if same_content(shape, candidate)]
    return alike[0] if len(alike) == 1 else None


def _word(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _overlap(old: Iterable[str], new: Iterable[str]) -> float:
    one, other = set(old), set(new)
    return len(one & other) / len(one | other) if one | other else 0.0

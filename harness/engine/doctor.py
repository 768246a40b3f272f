"""doctor: what this machine needs, what it has, and how to get what is missing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from harness.engine import repair
from harness.engine.checks import CHECKS, Check, Patient

__all__ = ["Check", "check", "fix"]


def check() -> tuple[Check, ...]:
    """All checks, side by side, in the order of ``CHECKS``; each answers within its own timeout and raises nothing."""
    with ThreadPoolExecutor(len(CHECKS), thread_name_prefix="doctor") as pool:
        patient = Patient(pool)
        return tuple(pool.map(lambda one: one(patient), CHECKS))


def fix(on_line: Callable[[str], None] | None = None) -> tuple[Check, ...]:
    """Install and start what is missing where that is ours to do (Debian and Ubuntu, as root), then check.

    Elsewhere the checks say which commands do it. Safe to run twice, and twice at
    once. ``on_line`` hears what the package manager prints. EngineError where
    installing or starting fails.
    """
    if repair.possible():
        repair.repair(on_line or (lambda line: None))
    return check()

"""Everything that can go wrong, each with what happened, what to do and an exit code."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from harness.language import Language, Message

LOG_LINES = 20  # of a log, in an error message


class ExitCode(IntEnum):
    """What the process answers with (also in ``docs/how-it-works.md``)."""

    GOOD = 0  # `same` or `fixed`, or the verdict that --expect named
    REGRESSION = 1  # `regression`, or another verdict than --expect named
    INPUT = 2  # what the user gave is wrong
    ENGINE = 3  # the engine, a build or a replica failed
    UNDECIDED = 4  # `broken-both`, `unstable` or `no-verdict`
    OURS = 5  # our own fault
    INTERRUPTED = 130


class HarnessError(Exception):
    """What happened and what to do; the root of all errors we raise on purpose."""

    exit_code = ExitCode.OURS
    log = ""  # the end of what a program printed, where that tells more

    def __init__(self, what: Message, advice: Message | None = None) -> None:
        super().__init__(str(what))
        self.what = what
        self.advice = advice

    def into(self, lang: Language) -> str:
        lines = [self.what.into(lang)]
        if self.advice:
            lines.append("  → " + self.advice.into(lang))
        return "\n".join(lines)

    def in_full(self, lang: Language) -> str:
        """``into``, with the last lines of the log where there is one."""
        said, lines = self.into(lang), self.log.strip().splitlines()[-LOG_LINES:]
        shown = lines if lines and lines[-1] not in said else []  # some advice is the end of the log itself
        return "\n".join([said, *("  | " + line for line in shown)])


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake in a file; ``line`` and ``column`` count from 1."""

    path: Path
    line: int
    column: int
    what: Message
    advice: Message | None = None

    def into(self, lang: Language) -> str:
        text = f"{self.path}:{self.line}:{self.column}: {self.what.into(lang)}"
        return text + (f"\n  → {self.advice.into(lang)}" if self.advice else "")


class InputError(HarnessError):
    """What the user gave is wrong; holds every problem found, in file order."""

    exit_code = ExitCode.INPUT

    def __init__(self, what: Message, advice: Message | None = None, *, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(what, advice)
        self.problems = problems

    @classmethod
    def of(cls, problems: tuple[Problem, ...]) -> "InputError":
        return cls(Message("{count} problem(s) found", count=len(problems)), problems=problems)

    def into(self, lang: Language) -> str:
        if not self.problems:
            return super().into(lang)
        return "\n".join(problem.into(lang) for problem in self.problems)


class Mistake(ValueError):
    """A value that its model refuses; raised by validators. ``documents`` makes a ``Problem``
    of it, with the place in the file."""

    def __init__(self, what: Message, advice: Message | None = None) -> None:
        super().__init__(str(what))
        self.what = what
        self.advice = advice


def nearest(word: str, choices: Iterable[str]) -> Message | None:
    """Advice for a word that is none of ``choices``: the nearest of them, else the choices
    where they are few enough to read."""
    import difflib

    words = list(dict.fromkeys(choices))
    near = difflib.get_close_matches(word.lower(), [choice.lower() for choice in words], n=1, cutoff=0.6)
    if near:
        return Message("did you mean `{choice}`?", choice=next(w for w in words if w.lower() == near[0]))
    if words and len(words) <= 16:
        return Message("use one of: {choices}", choices=", ".join(words))
    return None


class EngineError(HarnessError):
    """No container engine answers, or it failed in the middle."""

    exit_code = ExitCode.ENGINE


class BuildError(EngineError):
    """An image could not be built; ``log`` is the end of what the build printed."""

    def __init__(self, what: Message, advice: Message | None = None, *, log: str = "") -> None:
        super().__init__(what, advice)
        self.log = log


class FetchError(EngineError):
    """A registry could not be reached, or no longer has what a lock names."""


class GoneError(FetchError):
    """A registry answers, and no longer has what a lock names."""


class ReplicaError(EngineError):
    """A replica did not get ready or died; ``log`` is the end of what the product printed."""

    def __init__(self, what: Message, advice: Message | None = None, *, log: str = "") -> None:
        super().__init__(what, advice)
        self.log = log


class ProductNotReady(ReplicaError):
    """The product itself ended (with ``code``; ``short`` for want of the memory that the file gives it), or answers
    with another ``status`` or text than its recipe asks for."""

    def __init__(
        self,
        what: Message,
        advice: Message | None = None,
        *,
        log: str,
        code: int | None,
        status: int | None,
        short: bool = False,
    ) -> None:
        super().__init__(what, advice, log=log)
        self.code = code
        self.status = status
        self.short = short


class BrowserError(HarnessError):
    """The browser or its driver failed for reasons that are not the page's."""

    exit_code = ExitCode.ENGINE

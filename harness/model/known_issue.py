"""KnownIssue: a failure that somebody understood, and what a run has in common with it."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Day, Frozen, Said, Text

PATH = r"(client|link|server)(\.[A-Za-z0-9@/_+-]+)+"


def _is_regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as exc:
        raise Mistake(
            Message("`{pattern}` is no regular expression: {why}", pattern=value, why=exc),
            Message("write it as Python's `re` reads it, with \\ before signs that are meant as such"),
        ) from exc
    return value


Regex = Annotated[str, AfterValidator(_is_regex), Field(min_length=1, max_length=1000)]
Path_ = Annotated[str, Field(pattern=f"^{PATH}$")]


class Symptom(Frozen):
    """What is seen where the issue shows; of several in one symptom, all are."""

    fingerprint: str | None = Field(default=None, pattern=r"^[0-9a-f]{16}$")
    console: Regex | None = None  # in a new console message or uncaught error, or its stack
    log: Regex | None = None  # in a new line of a log, a traceback, or the output of a migration
    exception: Regex | None = None  # in the class of a new error, as its stack or traceback names it
    package: str | None = Field(default=None, min_length=1)  # whose code raised it, or called what did: `shop@>=2`
    request: Regex | None = None  # in a new failing request: "GET http://product:8000/api: HTTP 500"

    @model_validator(mode="after")
    def _says_something(self) -> "Symptom":
        if not any(self.model_dump().values()):
            raise Mistake(
                Message("a symptom says what is seen"),
                Message("give `fingerprint`, `console`, `log`, `exception`, `package` or `request`"),
            )
        return self


class KnownCase(Frozen):
    """What shows the issue: paths are from the folder of the file."""

    environment: str = Field(min_length=1)
    scenario: str = Field(min_length=1)


class KnownIssue(Frozen):
    """A file of ``known-issues/``."""

    path: Path
    title: Text
    symptoms: tuple[Symptom, ...] = Field(min_length=1)  # any of them
    affects: dict[Path_, str] = {}  # path of the environment that fails -> versions
    cause: Text = ""
    mend: Text = ""
    link: str = Field(default="", pattern=r"^(https?://\S+)?$")
    owner: str = Field(min_length=1)
    review: Day  # after that somebody looks whether it is still so
    case: KnownCase | None = None

    @property
    def name(self) -> str:
        return self.path.stem

    def is_due(self, today: date) -> bool:
        return self.review < today


class Recognised(Frozen):
    """An issue that a run shows. It explains a verdict and changes none."""

    issue: str  # name of its file, without `.yaml`
    title: Text
    cause: Text = ""
    mend: Text = ""
    link: str = ""
    owner: str = ""
    why: tuple[Said, ...] = ()  # by which rules


def as_given(issue: KnownIssue) -> dict[str, Any]:
    """The issue as its file has it."""
    return issue.model_dump(mode="json", exclude={"path"}, exclude_defaults=True)

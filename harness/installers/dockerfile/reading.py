"""A Dockerfile, read far enough to know what it would fetch.

The engine's classic builder runs it: no BuildKit. Each instruction becomes one line, as that builder itself
joins them, and every image that it names becomes one that is on the engine already.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import InputError, Problem, nearest
from harness.language import Message

_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
_FLAG = re.compile(r"--([a-z-]+)(?:=(\S*))?\s+")
_REMOTE = re.compile(r"://|[$\"'\\]|git@|\.git\b", re.IGNORECASE)  # an address, or what could become one
_WORDS = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
    *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)
_OF_BUILDKIT = {"RUN": ("mount", "network", "security"), "COPY": ("link", "chmod", "parents", "exclude"),
                "ADD": ("link", "chmod", "checksum", "keep-git-dir", "exclude"), "FROM": ("platform",)}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Instruction:
    line: int  # from 1
    word: str  # "RUN"
    rest: str


@dataclass(kw_only=True)
class Read:
    """A Dockerfile while it is read. ``image`` gives the reference on the engine of an image that it names, or
    raises InputError; ``remote`` says whether it may fetch; ``given`` are values of build arguments."""

    path: Path
    image: Callable[[str], str]
    remote: bool
    given: Mapping[str, str] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    stages: set[str] = field(default_factory=set)
    count: int = 0
    first: str = ""
    defaults: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def rewritten(self, text: str) -> str:
        """The Dockerfile for the engine, which begins with FROM. InputError with every Problem."""
        lines = [line for one in instructions(text) if (line := self._line(one))]
        if not self.first and not self.problems:
            self._wrong(1, Message("there is no FROM in it"))
        for name in sorted(self.given.keys() - self.declared) if not self.problems else ():
            self._wrong(1, Message("there is no ARG {name} in it", name=name), nearest(name, self.declared))
        if self.problems:
            raise InputError.of(tuple(self.problems))
        return "".join(f"{line}\n" for line in lines)

    def _line(self, one: Instruction) -> str:
        flags, rest = _flags(one.rest) if one.word in _OF_BUILDKIT else ({}, one.rest)
        if one.word not in _WORDS:
            self._wrong(one.line, Message("there is no instruction {word}", word=one.word), nearest(one.word, _WORDS))
        elif new := next((name for name in flags if name in _OF_BUILDKIT[one.word]), None):
            self._wrong(one.line, Message("`--{flag}` is for BuildKit, which does not build here", flag=new))
        elif re.search(r"<<[-~]?[\"']?[A-Za-z_]\w*", rest) and one.word in ("RUN", "COPY", "ADD"):
            self._wrong(one.line, Message("a here-document is for BuildKit, which does not build here"))
        elif one.word == "ONBUILD":
            self._wrong(one.line, Message("`ONBUILD` would act on whatever is built on it"))
        elif one.word == "FROM":
            return self._from(one, rest)
        elif rest.endswith("\\"):
            self._wrong(one.line, Message("it ends with `\\`, and nothing follows"))
        elif one.word == "ARG":
            return self._arg(rest)
        elif not self.count:
            self._wrong(one.line, Message("`{word}` stands before FROM", word=one.word))
        elif one.word == "ADD" and _REMOTE.search(" ".join(_sources(rest))) and not self.remote:
            advice = Message("write COPY for a file of the folder, or allow it with `egress: allow`")
            self._wrong(one.line, Message("it may fetch {what}", what=rest), advice)
        elif source := flags.get("from"):
            return f"{one.word} {one.rest.replace(f'--from={source}', f'--from={self._source(one, source)}')}"
        return f"{one.word} {one.rest}".rstrip()

    def _arg(self, rest: str) -> str:
        name, default = _default(rest)
        self.declared.add(name)
        if not self.count:
            self.defaults[name] = self.given.get(name, default)
            return ""
        if name in self.given:
            return f"ARG {name}={_in_quotes(self.given[name])}"
        return f'ARG {rest}="{self.defaults[rest]}"' if self.defaults.get(rest) else f"ARG {rest}".rstrip()

    def _from(self, one: Instruction, rest: str) -> str:
        name, *more = rest.split(maxsplit=1) or [""]
        stage = more[0] if more else ""
        stage = re.sub(r"(?i)^as\s+", "", stage.strip())
        reference = self._source(one, _VARIABLE.sub(self._value, name))
        self.first = self.first or reference
        self.stages |= {stage.lower()} if stage else set()
        self.count += 1
        return f"FROM {reference}" + (f" AS {stage}" if stage else "")

    def _source(self, one: Instruction, name: str) -> str:
        """A stage, or an image as it is called on the engine."""
        if name.lower() in self.stages or name == "scratch" or (name.isdigit() and int(name) < self.count):
            return name
        try:
            return self.image(name)
        except InputError as exc:
            self._wrong(one.line, exc.what, exc.advice)
            return name

    def _value(self, match: "re.Match[str]") -> str:
        return self.defaults.get(match[1] or match[3]) or match[2] or ""

    def _wrong(self, line: int, what: Message, advice: Message | None = None) -> None:
        self.problems.append(Problem(path=self.path, line=line, column=1, what=what, advice=advice))


def instructions(text: str) -> Iterator[Instruction]:
    """Every instruction, joined over the lines that it goes on for. A comment between them is left out."""
    parts: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if (not line.strip() and not parts) or line.lstrip().startswith("#"):
            continue
        start = start if parts else number
        whole = re.fullmatch(r"(.*)\\[ \t]*", line)
        parts.append(whole[1] if whole else line)
        if not whole:
            yield from _instruction(start, parts)
            parts = []
    yield from _instruction(start, parts)


def _instruction(line: int, parts: list[str]) -> Iterator[Instruction]:
    if words := "".join(parts).split(maxsplit=1):
        yield Instruction(line=line, word=words[0].upper(), rest=words[1].strip() if len(words) > 1 else "")


def _flags(rest: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    while match := _FLAG.match(rest):
        flags[match[1]] = match[2] or ""
        rest = rest[match.end() :]
    return flags, rest


def _sources(rest: str) -> list[str]:
    """The words of an ADD, also where they are a list in JSON."""
    try:
        words = json.loads(rest) if rest.startswith("[") else rest.split()
    except ValueError:
        words = rest.split()
    return [str(word) for word in words]


def _in_quotes(value: str) -> str:
    """As ``ARG`` has it, in which Docker expands ``$``."""
    return '"' + re.sub(r'([\\"$])', r"\\\1", value) + '"'


def _default(rest: str) -> tuple[str, str]:
    name, _, value = rest.partition("=")
    return name.strip(), value.strip().strip("\"'")

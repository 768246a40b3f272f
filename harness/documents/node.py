"""Node and Mistakes: a value with its place in a file, and what is wrong with that file."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import InputError, Problem
from harness.language import Message

Scalar = None | bool | int | float | str
Place = tuple[int, int]  # line and column, from 1


@dataclass(frozen=True, kw_only=True)
class Node:
    """A value of a file and where it stands; ``line`` and ``column`` count from 1.

    ``value`` is a scalar, a list of nodes, or a mapping of nodes whose keys stand at
    ``keys``. ``text`` is a scalar as it was written. ``size`` counts the node and
    all below it, aliases as what they stand for.
    """

    line: int
    column: int
    value: Scalar | list["Node"] | dict[str, "Node"]
    text: str = ""
    keys: dict[str, Place] = field(default_factory=dict)
    block: bool = False  # a `|` or `>` text, which begins on the next line
    size: int = 1

    @property
    def mapping(self) -> "dict[str, Node]":
        """The entries of a mapping; nothing where it is none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """The entries of a list; nothing where it is none."""
        return self.value if isinstance(self.value, list) else []

    @property
    def place(self) -> Place:
        return self.line, self.column

    @property
    def kind(self) -> Message:
        """What it is, in words."""
        match self.value:
            case None:
                return Message("nothing")
            case bool():
                return Message("true or false")
            case int() | float():
                return Message("a number")
            case str():
                return Message("text")
            case list():
                return Message("a list")
            case _:
                return Message("a mapping")

    def place_of(self, key: str) -> Place:
        """Where a key of this mapping stands; the mapping's place where it is not there."""
        return self.keys.get(key, self.place)

    def at(self, *loc: str | int) -> "Node":
        """The node below, following keys and indexes as far as they are there."""
        node = self
        for part in loc:
            node = _child(node, part) or node
        return node

    def walk(self) -> "Iterator[Node]":
        """This node and all below it."""
        yield self
        for child in [*self.mapping.values(), *self.items]:
            yield from child.walk()

    def without(self, *names: str) -> "Node":
        """The same mapping without some keys."""
        kept = {key: child for key, child in self.mapping.items() if key not in names}
        return Node(line=self.line, column=self.column, value=kept, keys=self.keys)


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(part, int):
        return node.items[part] if 0 <= part < len(node.items) else None
    return node.mapping.get(part)


VERBATIM = ("version", "versions", "python", "node")


def plain(node: Node, verbatim: Collection[str] = VERBATIM) -> Any:
    """The value without places. Below a key in ``verbatim`` a number is the text it was written as."""
    return _plain(node, verbatim, False)


def _plain(node: Node, verbatim: Collection[str], as_text: bool) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(child, verbatim, as_text or key in verbatim) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(child, verbatim, as_text) for child in node.value]
    return node.text if as_text and isinstance(node.value, (int, float)) else node.value


class Mistakes:
    """What is wrong with one file: each mistake once, in the order of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._problems: dict[tuple[Any, ...], Problem] = {}

    def add(self, place: Node | Place, what: Message, advice: Message | None = None) -> None:
        line, column = place.place if isinstance(place, Node) else place
        self.extend([Problem(path=self.path, line=line, column=column, what=what, advice=advice)])

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self._problems.setdefault((problem.line, problem.column, str(problem.what)), problem)

    def __bool__(self) -> bool:
        return bool(self._problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(sorted(self._problems.values(), key=lambda problem: (problem.line, problem.column)))

    def error(self) -> InputError:
        return InputError.of(self.problems)

    def check(self) -> None:
        """InputError where there is any mistake."""
        if self:
            raise self.error()

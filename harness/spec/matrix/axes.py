"""Axes, with what is included and excluded: nodes of a matrix file to names and labels."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from harness.documents import Mistakes, Node, plain
from harness.documents.node import Place
from harness.errors import nearest
from harness.language import Message
from harness.model import Axis
from harness.spec.matrix.paths import NONE, SpecPath, known

SCENARIO = "scenario"  # the axis that every matrix has
LONGEST = 60  # characters of a label
_SIGNS = {">=": "ge", "<=": "le", "==": "", "!=": "ne", ">": "gt", "<": "lt", "*": "x", ",": "-", " ": ""}


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value of an axis."""

    label: str  # in ids
    node: Node
    path_at: Place  # where the path that it is a value of is written

    @property
    def words(self) -> tuple[str, ...]:
        """What people call it: its label, and what is written where that is text."""
        return tuple(dict.fromkeys(filter(None, (self.label, self.node.text))))

    def is_meant_by(self, node: Node) -> bool:
        """Whether a cell that is included names it, or says the same."""
        if node.text:
            return node.text in self.words
        return not self.node.text and plain(node) == plain(self.node)


class AxesReader:
    """Reads ``axes``, ``include`` and ``exclude``; what is wrong goes to ``mistakes``. The environment
    file has so many ``hops``."""

    def __init__(self, node: Node, mistakes: Mistakes, scenarios: Iterable[str], hops: int = 0) -> None:
        self.node = node
        self.mistakes = mistakes
        self.hops = hops
        self.scenarios = [Value(label=name, node=node, path_at=node.place) for name in scenarios]
        self.names: dict[str, str] = {}  # path -> name
        self.values: dict[str, dict[str, Value]] = {}  # name -> label -> value
        self.varied: tuple[Axis, ...] = ()  # with what ``axes`` says alone: what is combined
        self.include: list[dict[str, str]] = []
        self.exclude: list[dict[str, tuple[str, ...]]] = []
        self._read()

    @property
    def axes(self) -> tuple[Axis, ...]:
        return tuple(Axis(path=path, name=name, labels=tuple(self.values[name])) for path, name in self.names.items())

    def _read(self) -> None:
        axes = self.node.at("axes")
        included = self.node.mapping["include"].items if "include" in self.node.mapping else []
        excluded = self.node.mapping["exclude"].items if "exclude" in self.node.mapping else []
        self._name([path for path in axes.mapping if self._is_path(path, axes)])
        self._refuse_one_place_twice(axes, {path: path for path in self.names})
        for path, name in self.names.items():
            self._axis(name, axes.mapping[path], axes.place_of(path))
        self.varied = self.axes
        self.exclude = [self._excluded(entry) for entry in excluded]  # of what is combined; not of what is included
        self._refuse_again(excluded)
        self._name([path for entry in included for path in entry.mapping if SpecPath.parse(path)])
        for entry in included:
            for path in entry.mapping:
                if not self._is_axis(path):
                    self._is_path(path, entry)
        for entry in included:
            paths = {name: path for path, name in self.names.items()}
            self._refuse_one_place_twice(entry, {key: paths.get(key, key) for key in entry.mapping})
        self.include = [self._included(entry) for entry in included]

    def _is_axis(self, word: str) -> bool:
        return word == SCENARIO or word in self.names or word in self.names.values()

    def _is_path(self, path: str, node: Node) -> bool:
        """Whether it names a field of an environment; says so where it does not."""
        if SpecPath.parse(path):
            return True
        what = Message("`{path}` names no field of an environment", path=path)
        self.mistakes.add(node.place_of(path), what, nearest(path, known()) or Message("such as `server.product`"))
        return False

    def _refuse_one_place_twice(self, node: Node, paths: Mapping[str, str]) -> None:
        """Keys of a mapping, with the path that each is or stands for: one value would take the other's place."""
        parsed = {key: found for key, path in paths.items() if (found := SpecPath.parse(path))}
        hops = max([self.hops, *(path.hop for path in parsed.values())])
        first: dict[SpecPath, str] = {}
        for key, path in parsed.items():
            other = first.setdefault(replace(path, hop=path.hop_of(hops)), key)
            if other != key:
                what = Message("`{path}` is the same place as `{other}`", path=key, other=other)
                self.mistakes.add(node.place_of(key), what, Message("drop one of the two"))

    def _name(self, paths: Iterable[str]) -> None:
        """Call an axis by the end of its path, or by all of it where another ends alike."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self.names]
        ends = Counter(map(_end, [*self.names, *fresh]))
        for path in fresh:
            self.names[path] = _end(path) if ends[_end(path)] == 1 and _end(path) != SCENARIO else path
            self.values[self.names[path]] = {}

    def _axis(self, name: str, node: Node, place: tuple[int, int]) -> None:
        if not node.items and not node.mapping:
            self.mistakes.add(place, Message("the axis `{name}` has no value", name=name), Message("list its values"))
        for label, value in node.mapping.items():
            self._add(name, slug(label), value, place)
        for value in node.items:
            self._add(name, label_of(value), value, place)

    def _add(self, name: str, label: str, node: Node, path_at: Place) -> None:
        if label in self.values[name]:
            what = Message("two values of `{name}` would both be called `{label}`", name=name, label=label)
            self.mistakes.add(node, what, Message("drop one, or write a mapping from labels to values"))
        self.values[name].setdefault(label, Value(label=label, node=node, path_at=path_at))

    def _included(self, entry: Node) -> dict[str, str]:
        chosen: dict[str, str] = {}
        for key, node in entry.mapping.items():
            name = self.names.get(key, key)
            if name not in self.values and name != SCENARIO:
                continue  # said already
            value = next((one for one in self._of(name) if one.is_meant_by(node)), None)
            if value is None and name == SCENARIO:
                self._unknown(node, name, Message("there is no scenario `{name}`", name=node.text or label_of(node)))
            elif value is None:
                self._add(name, label_of(node), node, entry.place_of(key))
            chosen[name] = value.label if value else label_of(node)
        if not entry.mapping:
            self.mistakes.add(entry, Message("this entry says nothing"))
        return chosen

    def _excluded(self, entry: Node) -> dict[str, tuple[str, ...]]:
        matched: dict[str, tuple[str, ...]] = {}
        is_known = True
        for key, node in entry.mapping.items():
            name = self.names.get(key, key)
            if not self._is_axis(name):
                what = Message("the matrix has no axis `{name}`", name=key)
                advice = nearest(key, [*self.names.values(), *self.names, SCENARIO])
                self.mistakes.add(entry.place_of(key), what, advice)
                is_known = False
                continue
            labels = [label for item in node.items or [node] for label in self._matching(name, item)]
            matched[name] = tuple(dict.fromkeys(labels))
        if not entry.mapping:
            self.mistakes.add(entry, Message("this entry says nothing"))
        return matched if is_known else {}

    def _refuse_again(self, entries: Sequence[Node]) -> None:
        """An entry of ``exclude`` all of which one before it leaves out."""
        for number, entry in enumerate(self.exclude):
            earlier = (
                node for node, other in zip(entries, self.exclude[:number], strict=False) if self._is_in(entry, other)
            )
            if first := next(earlier, None):
                what = Message("what this leaves out is left out already in line {line}", line=first.line)
                self.mistakes.add(entries[number], what, Message("drop the entry"))

    def _is_in(self, entry: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> bool:
        if not (entry and other and all(entry.values()) and all(other.values())):
            return False  # said already
        every = {name: [one.label for one in self._of(name)] for name in other}
        return all(set(entry.get(name, every[name])) <= set(labels) for name, labels in other.items())

    def _matching(self, name: str, item: Node) -> list[str]:
        """The labels that a value means, or a glob where it is no value."""
        wanted = item.text or label_of(item)
        exact = [one.label for one in self._of(name) if wanted in one.words]
        found = exact or [one.label for one in self._of(name) if any(fnmatchcase(w, wanted) for w in one.words)]
        if not found:
            what = Message("`{value}` is no value of `{name}`, so nothing is left out", value=wanted, name=name)
            self._unknown(item, name, what)
        return found

    def _of(self, name: str) -> list[Value]:
        return self.scenarios if name == SCENARIO else list(self.values[name].values())

    def _unknown(self, node: Node, name: str, what: Message) -> None:
        words = [word for value in self._of(name) for word in value.words]
        self.mistakes.add(node, what, nearest(node.text or label_of(node), words))


def label_of(node: Node) -> str:
    """What ids call a value."""
    return slug("+".join(_words(node)))


def slug(text: str) -> str:
    """Text as a part of an id: letters, digits, ``.``, ``+``, ``@``, ``_``, ``~`` and ``-``."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    text = re.sub(r"[^\w.+@~-]+", "-", text).strip("-") or NONE
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 7]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _words(node: Node) -> Iterator[str]:
    if set(node.mapping) == {"name", "version"}:
        yield f"{node.mapping['name'].text}@{node.mapping['version'].text}"
    elif node.mapping:
        for key, child in node.mapping.items():
            yield f"{key}-{'+'.join(_words(child))}"
    elif node.items:
        for item in node.items:
            yield from _words(item)
    else:
        yield node.text


def _end(path: str) -> str:
    return path.rpartition(".")[2]

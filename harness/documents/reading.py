"""Bytes of a YAML file to nodes. What YAML itself forbids, and what we forbid on top."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml

from harness.documents.node import Mistakes, Node, Scalar
from harness.errors import nearest
from harness.language import Message

SIZE_LIMIT_BYTES = 1024 * 1024
DEPTH_LIMIT = 40
NODE_LIMIT = 100_000  # every alias counted as what it stands for
NUMBER_LIMIT = 40  # characters; what is longer is text

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")


def read(path: Path) -> Node:
    """The mapping in a YAML file. InputError where it cannot be read, or with what is wrong in it."""
    return parse(_bytes(path), path)


def parse(data: bytes, path: Path) -> Node:
    """The mapping in YAML bytes; ``path`` is for the problems. InputError as ``read``."""
    mistakes = Mistakes(path)
    text = _text(data, mistakes)
    try:
        root = _Composer(yaml.parse(text, Loader=_Loader), mistakes).document()
    except yaml.reader.ReaderError as exc:
        before = text[: exc.position]
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        mistakes.add(place, Message("YAML does not allow this character (U+{code})", code=f"{exc.character:04X}"))
        raise mistakes.error() from exc
    except yaml.MarkedYAMLError as exc:
        _bad_yaml(exc, text, mistakes)
        raise mistakes.error() from exc
    if not isinstance(root.value, dict):
        empty = root.value is None
        mistakes.add(
            root,
            Message("the file is empty")
            if empty
            else Message("expected {expected}, found {found}", expected=Message("a mapping"), found=root.kind),
            Message("write `key: value` lines; see the examples"),
        )
    mistakes.check()
    return root


def _bytes(path: Path) -> bytes:
    mistakes = Mistakes(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                data = file.read(SIZE_LIMIT_BYTES + 1)
            if len(data) <= SIZE_LIMIT_BYTES:
                return data
            mistakes.add((1, 1), Message("the file is larger than {limit} bytes", limit=SIZE_LIMIT_BYTES))
        elif stat.S_ISDIR(mode):
            mistakes.add((1, 1), Message("this is a folder, a file was expected"))
        else:
            mistakes.add((1, 1), Message("this is not a regular file"))
    except FileNotFoundError as exc:
        mistakes.add((1, 1), Message("there is no such file"), nearest(path.name, _siblings(path)))
        raise mistakes.error() from exc
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        mistakes.add((1, 1), Message("the file cannot be read: {reason}", reason=reason))
        raise mistakes.error() from exc
    raise mistakes.error()


def _siblings(path: Path) -> list[str]:
    try:
        return sorted(each.name for each in path.parent.iterdir() if each.suffix == path.suffix)
    except OSError:
        return []


def _text(data: bytes, mistakes: Mistakes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        before = data[: exc.start]
        place = (before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        mistakes.add(
            place,
            Message("the file is not UTF-8 (byte 0x{byte})", byte=f"{data[exc.start]:02x}"),
            Message("save it as UTF-8"),
        )
        raise mistakes.error() from exc


def _bad_yaml(exc: yaml.MarkedYAMLError, text: str, mistakes: Mistakes) -> None:
    mark = exc.problem_mark or exc.context_mark
    lines = text.splitlines() or [""]
    line, column = (mark.line, mark.column) if mark else (0, 0)
    rest = lines[line][column:] if line < len(lines) else ""
    advice = None
    if rest.startswith("\t"):
        advice = Message("a tab cannot indent in YAML; use spaces")
    elif rest.startswith(("@", "`", "%")):
        advice = Message("text that begins with {character} must stand in quotes", character=rest[0])
    elif "mapping values" in (exc.problem or ""):
        advice = Message("text that contains a colon and a space must stand in quotes")
    reason = ", ".join(part for part in (exc.context, exc.problem) if part)
    mistakes.add((line + 1, column + 1), Message("this is not valid YAML: {reason}", reason=reason), advice)


class _Composer:
    """Events to nodes: counts depth and size, and knows the anchors."""

    def __init__(self, events: Iterator[Any], mistakes: Mistakes) -> None:
        self.events = events
        self.mistakes = mistakes
        self.anchors: dict[str, Node] = {}
        self.size = 0

    def document(self) -> Node:
        """The one document. InputError where there are more, or where it is too deep or too large."""
        root = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._fail(event, Message("a second document begins here; a file holds one"))
                root = self._node(next(self.events), 1)
        return root or Node(line=1, column=1, value=None)

    def _node(self, event: Any, depth: int) -> Node:
        if depth > DEPTH_LIMIT:
            self._fail(event, Message("nested deeper than {limit} levels", limit=DEPTH_LIMIT))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag not in _TEXT_TAGS:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.mistakes.add(_place(event), Message("tags such as {tag} are not used here", tag=tag))
        self._grow(event, 1)
        before = self.size
        line, column = _place(event)
        if isinstance(event, yaml.MappingStartEvent):
            entries, keys = self._mapping(depth)
            node = Node(line=line, column=column, value=entries, keys=keys, size=self.size - before + 1)
        elif isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            node = Node(line=line, column=column, value=items, size=self.size - before + 1)
        else:
            value = scalar(event.value) if event.implicit[0] and event.tag is None else event.value
            block = event.style in ("|", ">")
            node = Node(line=line, column=column, value=value, text=event.value, block=block)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _mapping(self, depth: int) -> tuple[dict[str, Node], dict[str, tuple[int, int]]]:
        entries: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self.events), depth + 1)
            if isinstance(key.value, (dict, list)):
                self.mistakes.add(_place(event), Message("a key must be text, found {found}", found=key.kind))
            elif key.text in entries:
                first = keys[key.text][0]
                what = Message("the key `{key}` is here twice, first in line {line}", key=key.text, line=first)
                self.mistakes.add(_place(event), what, Message("keep one of the two"))
            else:
                entries[key.text], keys[key.text] = value, _place(event)
        return entries, keys

    def _alias(self, event: Any) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            self._fail(event, Message("there is no anchor `&{name}` above", name=event.anchor))
        self._grow(event, node.size)
        return node

    def _grow(self, event: Any, count: int) -> None:
        self.size += count
        if self.size > NODE_LIMIT:
            self._fail(event, Message("the file holds more than {limit} values", limit=NODE_LIMIT))

    def _fail(self, event: Any, what: Message) -> NoReturn:
        self.mistakes.add(_place(event), what)
        raise self.mistakes.error()


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def scalar(text: str) -> Scalar:
    """A plain scalar by YAML 1.2's core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > NUMBER_LIMIT:
        return text
    if _INT.fullmatch(text):
        return _Int(int(text, {"0o": 8, "0x": 16}.get(text[:2], 10)), text)
    if _FLOAT.fullmatch(text):
        return _Float(float(re.sub(r"\.(?=[a-z])", "", text.lower())), text)
    return text


class _Int(int):
    """A number; ``str()`` gives it as it was written."""

    text: str

    def __new__(cls, value: int, text: str) -> "_Int":
        number = super().__new__(cls, value)
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text


class _Float(float):
    """A number; ``str()`` gives it as it was written."""

    text: str

    def __new__(cls, value: float, text: str) -> "_Float":
        number = super().__new__(cls, value)
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text

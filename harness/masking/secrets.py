"""The secrets of a run: what must not stand in anything it leaves behind."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from harness.errors import InputError
from harness.language import Message
from harness.masking.needles import LEAST, MASK, Needle, encoded, needles
from harness.masking.randomness import is_random
from harness.masking.views import plain, views

_MASK = MASK.encode()
_PART_LEAST = 16  # characters of a part of a learnt value that is looked for on its own
_LEARNT_LIMIT = 8192  # characters; a header field is no longer
_LEARNT_MOST = 10_000  # values, lest a page fill the memory
_JOINTS = re.compile(r"[^\w+/=-]+")

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A secret in a file: which, how it is written (``plain``, ``url``, ``base64+url``: the innermost
    encoding first) and where it begins, in bytes. Never what it is."""

    name: str
    encoding: str
    offset: int


_Found = tuple[int, int, Needle, tuple[str, ...]]  # start and end in bytes, what is there, what is around it


class _Group:
    """Needles that are looked for in one pass over the text."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        from ahocorasick_rs import BytesAhoCorasick

        self.needles = tuple(needles)
        self.size_bytes = sum(len(needle.text) for needle in self.needles)
        self.alphabet = frozenset(b"".join(needle.text for needle in self.needles))
        self.automaton = BytesAhoCorasick([needle.text for needle in self.needles])


class Secrets:
    """Secrets by value, each with the name that people are told. Grows while a run goes on; from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._names: dict[str, str] = {}
        self._named: dict[str, None] = {}
        self._added: list[Needle] = []  # in no group yet
        self._groups: tuple[_Group, ...] = ()

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{len(self)} secrets>"

    @property
    def named(self) -> tuple[str, ...]:
        """The values that somebody named, for who must find them in a page; not to be kept or shown."""
        with self._lock:
            return tuple(self._named)

    @property
    def version(self) -> int:
        """Has grown where what was masked before must be masked again."""
        return len(self._names)

    def add(self, value: str, name: str) -> None:
        """A secret that somebody named. InputError where it cannot be kept out of the evidence.

        White space around it does not count; of several lines each is one, too, where it is random.
        """
        value = value.strip()
        if len(value) < LEAST:
            raise InputError(
                Message("{name} has fewer than {least} characters, so it cannot be masked", name=name, least=LEAST),
                Message("use a longer one: a short one stands in ordinary text everywhere"),
            )
        if value in MASK or MASK in value:
            raise InputError(
                Message("{name} cannot be told from {mask}, which stands for secrets", name=name, mask=MASK),
                Message("use another value for it"),
            )
        self._keep([value, *(line.strip() for line in value.splitlines() if is_random(line))], name, named=True)

    def learn(self, value: str, name: str) -> None:
        """A value that was seen where secrets are. Looked for elsewhere only where it is random enough
        to be nothing else; so is each long part of it. It may be encoded as it stands in an address, in HTML or
        in JSON."""
        value = plain(value).strip()
        if len(value) <= _LEARNT_LIMIT and len(self) < _LEARNT_MOST and is_random(value):
            parts = [part for part in _JOINTS.split(value) if len(part) >= _PART_LEAST and is_random(part)]
            self._keep([value, *parts], name, named=False)

    def hide(self, value: str, name: str) -> str:
        """Learn a value from a place where secrets are; returns what is to stand there."""
        if not value or value == MASK:
            return value
        self.learn(value, name)
        return MASK

    def settle(self, hide: Callable[[T, "Secrets"], T], fact: T) -> T:
        """What is left of a fact when there is nothing more to hide: what was learnt on the way may stand in what
        was looked at before, and what is hidden may let something else be seen."""
        while True:
            hidden = hide(fact, self)
            if hidden is fact or hidden == fact:  # NaN is not equal to itself
                return fact
            fact = hidden

    def _keep(self, values: Iterable[str], name: str, *, named: bool) -> None:
        with self._lock:
            for value in values:
                if MASK in value:
                    continue
                if value not in self._names:
                    self._added += needles(value)
                    self._names[value] = name
                elif named:
                    self._names[value] = name
                if named:
                    self._named[value] = None

    # --------------------------------------------------------------- looking
    def mask(self, text: str) -> str:
        """The text with ``MASK`` for every secret, however it is written; the same object where there is none."""
        data = encoded(text)
        masked = self.mask_bytes(data)
        return text if masked is data else masked.decode("utf-8", "surrogatepass")

    def mask_bytes(self, data: bytes) -> bytes:
        """The same for UTF-8."""
        while True:
            spans = sorted((start, end) for start, end, _, _ in self._search(data))
            if not spans:
                return data
            data = _replaced(data, spans)

    def find(self, data: bytes) -> tuple[Hit, ...]:
        """Every place in a file where a secret is; what lies inside another is left out."""
        hits: list[Hit] = []
        end = 0
        for first, last, needle, around in sorted(self._search(data), key=lambda it: (it[0], -it[1], len(it[3]))):
            if last > end:
                end = last
                hits.append(Hit(name=self._names[needle.value], encoding=_encoding(needle, around), offset=first))
        return tuple(hits)

    def _search(self, data: bytes) -> Iterator[_Found]:
        """All needles, also overlapping ones, between what is masked already."""
        groups = self._current()
        if not groups:
            return
        wanted = frozenset().union(*(group.alphabet for group in groups))
        offset = 0
        for piece in data.split(_MASK):
            for view in views(piece, wanted):
                for group in groups:
                    for index, start, end in group.automaton.find_matches_as_indexes(view.data, overlapping=True):
                        first, last = view.span(start, end)
                        yield offset + first, offset + last, group.needles[index], view.encodings
            offset += len(piece) + len(_MASK)

    def _current(self) -> tuple[_Group, ...]:
        """The needles in few groups, each smaller than the one before, so that one more needle
        seldom means to compile them all again."""
        with self._lock:
            if self._added:
                groups, last = list(self._groups), self._added
                size_bytes = sum(len(needle.text) for needle in last)
                while groups and groups[-1].size_bytes <= size_bytes:
                    size_bytes += groups[-1].size_bytes
                    last = [*groups.pop().needles, *last]
                self._groups, self._added = (*groups, _Group(last)), []
            return self._groups


def _encoding(needle: Needle, around: tuple[str, ...]) -> str:
    is_plain = needle.encoding == "plain" or (needle.encoding == "url" and "url" in around)  # a form has both
    return "+".join(around if is_plain else (needle.encoding, *around)) or "plain"


def _replaced(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    """With a mask for each run of spans that touch; they are in order."""
    pieces: list[bytes] = []
    done = 0
    first, last = spans[0]
    for start, end in [*spans[1:], (len(data) + 1, len(data) + 1)]:
        if start > last:
            pieces += (data[done:first], _MASK)
            done, first = last, start
        last = max(last, end)
    return b"".join([*pieces, data[done:]])

"""What ended for want of memory, and whose limit that was: the customer's, where their file sets one, else ours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.engine.containers import MEMORY_BYTES, Running
from harness.language import Message
from harness.model import Environment, Recipe

SETTING = Message("give the product what the customer's has: `server: {memory: 4GiB}` in the environment file")


@dataclass(frozen=True, kw_only=True)
class _Heap:
    """A program that ends at a limit of its own, which it makes of the container's where nothing sets it."""

    said: re.Pattern[str]
    set_by: re.Pattern[str]


_HEAPS = (
    _Heap(said=re.compile(r"JavaScript heap out of memory"), set_by=re.compile(r"max[-_]old[-_]space[-_]size")),
    _Heap(
        said=re.compile(r"java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead limit exceeded)"),
        set_by=re.compile(r"-Xmx|MaxRAM|MaxHeapSize"),
    ),
)
"""Node: V8 takes its heap's size from the memory there is (`--max-old-space-size`). Java: a quarter of it (`-Xmx`).
PHP is not among them: its `memory_limit` is the product's own."""


@dataclass(frozen=True, kw_only=True)
class Exhausted:
    """There was not enough memory; ``ours`` where harness set the limit and not the file."""

    size: str
    ours: bool

    @property
    def what(self) -> Message:
        if self.ours:
            return Message("the product ran out of the {size} of memory that harness gives it", size=self.size)
        return Message("the product ran out of the {size} of memory that `server.memory` gives it", size=self.size)


def exhausted(
    running: Running, environment: Environment, recipe: Recipe, printed: Iterable[str] = ()
) -> Exhausted | None:
    """Whether the product's container, or a process in it, ended for want of memory; ``printed`` is what it said.
    EngineError."""
    if not running.out_of_memory() and not _heap(recipe, printed):
        return None
    given = environment.server.memory
    return Exhausted(size=given or f"{MEMORY_BYTES >> 30}GiB", ours=given is None)


def _heap(recipe: Recipe, printed: Iterable[str]) -> bool:
    given = "\n".join([*recipe.start, *(variable.value for variable in recipe.environment.values())])
    heaps = [heap for heap in _HEAPS if not heap.set_by.search(given)]
    return any(heap.said.search(line) for line in printed for heap in heaps)

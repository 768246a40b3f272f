"""Programs that end at a limit of their own, which they make of the container's."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from harness.engine.containers import Running
from harness.model import Environment, Part, Recipe, Ref, Server
from harness.model.recipe import Variable
from harness.replicas.memory import exhausted

NODE = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"
JAVA = 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'
PHP = "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)"


def recipe(start: str = "serve", **variables: str) -> Recipe:
    given = {name: Variable(value=value) for name, value in variables.items()}
    return Recipe(
        name="tiny", folder=Path("tiny"), product=Part(version=("1",)), start=tuple(start.split()), environment=given
    )


def asked(printed: str, recipe: Recipe, memory: str | None = None, *, killed: bool = False) -> bool | None:
    running = Mock(spec=Running)
    running.out_of_memory.return_value = killed
    environment = Environment(server=Server(product=Ref(name="tiny", version="1"), memory=memory))
    found = exhausted(running, environment, recipe, [printed])
    return found.ours if found else None


@pytest.mark.parametrize(
    ("printed", "recipe", "memory", "ours"),
    [
        (NODE, recipe(), None, True),
        (NODE, recipe(), "1GiB", False),
        (NODE, recipe("node --max-old-space-size=256 app.js"), None, None),
        (NODE, recipe(NODE_OPTIONS="--max-old-space-size=256"), None, None),
        (JAVA, recipe(), None, True),
        (JAVA, recipe("java -Xmx256m -jar a.jar"), None, None),
        (PHP, recipe(), None, None),
        ("all is well", recipe(), None, None),
    ],
)
def test_a_heap_that_is_full(printed: str, recipe: Recipe, memory: str | None, ours: bool | None) -> None:
    assert asked(printed, recipe, memory) is ours


def test_what_the_kernel_ended() -> None:
    assert asked("", recipe(), killed=True) is True
    assert asked("", recipe(), "512MiB", killed=True) is False


@pytest.mark.parametrize(("memory", "size"), [("512MiB", 512 << 20), ("4GiB", 4 << 30), (None, None)])
def test_how_much_the_file_gives(memory: str | None, size: int | None) -> None:
    assert Server(product=Ref(name="tiny", version="1"), memory=memory).memory_bytes == size

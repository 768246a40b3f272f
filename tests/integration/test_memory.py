"""Who ran out of memory, and whose limit it was, as the kernel of a real container says."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from harness.engine import Engine, base_reference
from harness.engine.containers import ContainerSpec, Running, network, start
from harness.model import Base, Environment, Part, Recipe, Ref, Server
from harness.replicas.memory import exhausted

pytestmark = pytest.mark.engine
RUN_ID = f"memory-{uuid4().hex[:6]}"
HOLDS = "head -c 300000000 /dev/zero | tail -c 300000000 >/dev/null"  # tail keeps all of it
RECIPE = Recipe(name="tiny", folder=Path("tiny"), product=Part(version=("1",)), start=("tiny",), port=80)


@pytest.fixture
def net(engine: Engine) -> Iterator[str]:
    with network(engine, run_id=RUN_ID, name=f"harness-{uuid4().hex[:8]}", internal=True) as name:
        yield name


def run(engine: Engine, base: Base, net: str, script: str) -> Running:
    return start(
        engine,
        ContainerSpec(
            run_id=RUN_ID,
            role="product",
            name=f"harness-{uuid4().hex[:8]}",
            image=base_reference(base),
            network=net,
            alias="product",
            memory_bytes=64 << 20,
            command=("sh", "-c", script),
        ),
    )


def environment(memory: str | None = None) -> Environment:
    return Environment(server=Server(product=Ref(name="tiny", version="1"), memory=memory))


@pytest.mark.parametrize(
    ("script", "code"),
    [(f"{HOLDS}; sleep 60", None), (f"exec sh -c '{HOLDS}; exit 137'", 137)],
    ids=["a process of it", "itself"],
)
def test_the_kernel_ended_it(engine: Engine, base: Base, net: str, script: str, code: int | None) -> None:
    running = run(engine, base, net, script)
    try:
        while not running.out_of_memory():
            assert running.exit_code() in (None, code)
        ours, theirs = (exhausted(running, environment(given), RECIPE) for given in (None, "64MiB"))
        assert ours is not None
        assert theirs is not None
        assert (ours.ours, theirs.ours, theirs.size) == (True, False, "64MiB")
    finally:
        running.remove()


def test_what_ends_for_another_reason_did_not(engine: Engine, base: Base, net: str) -> None:
    running = run(engine, base, net, "kill -9 $$; exit 3")
    try:
        while (code := running.exit_code()) is None:
            pass
        assert code == 3  # it cannot kill itself
        assert not running.out_of_memory()
        assert exhausted(running, environment(), RECIPE) is None
    finally:
        running.remove()

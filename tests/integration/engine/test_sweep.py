"""Sweeps: what the dead left goes, what the living own stays, and strangers' things are not touched."""

import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine import Engine, base_reference, build, leftovers, remove, sweep
from harness.model import Base, Context
from tests.integration.engine.ours import child, of_process, until_it_says

pytestmark = pytest.mark.engine

OWN = """
import signal, sys
from harness.engine import connect, labels, temporary_folder
image, run_id = sys.argv[1:]
client = connect().client
client.networks.create(run_id, labels=labels(run_id, "network"))
client.volumes.create(run_id, labels=labels(run_id, "data"))
client.containers.create(image, ["true"], name=run_id + "-idle", labels=labels(run_id, "idle"))
client.containers.run(
    image, ["sleep", "300"], detach=True, name=run_id, network=run_id, labels=labels(run_id, "product"),
    volumes={run_id: {"bind": "/data"}},
)
with temporary_folder("test") as folder:
    (folder / "sub").mkdir()
    print("ready", flush=True)
    signal.pause()
"""


@pytest.fixture
def run_id() -> str:
    return f"test-{secrets.token_hex(6)}"


@pytest.fixture
def image(engine: Engine, base: Base) -> Iterator[str]:
    yield base_reference(base)


def kinds(engine: Engine, pid: int) -> list[str]:
    return sorted(words.split()[0] for words in of_process(engine, pid))


ALL = ["container", "container", "folder", "network", "volume"]


def test_the_dead_owners_things_go_and_the_living_owners_stay(engine: Engine, image: str, run_id: str) -> None:
    with child(OWN, image, run_id) as dead, child(OWN, image, f"{run_id}-2") as living:
        until_it_says(dead, "ready")
        until_it_says(living, "ready")
        assert kinds(engine, dead.pid) == ALL
        dead.kill()  # and not waited for: a zombie is dead
        os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
        # From here on every other process on this engine may sweep them first.
        assert not [row for row in leftovers(engine) if row.run_id == run_id and row.owner_alive]
        sweep(engine)
        assert of_process(engine, dead.pid) == []
        assert kinds(engine, living.pid) == ALL
        removed = remove(engine, run_id=f"{run_id}-2")
        assert (removed.containers, removed.networks, removed.volumes) == (2, 1, 1)
        assert kinds(engine, living.pid) == ["folder"]
        living.send_signal(signal.SIGINT)
        living.wait(10)
        assert of_process(engine, living.pid) == []


def test_two_sweeps_at_once_do_not_quarrel(engine: Engine, image: str, run_id: str) -> None:
    sweeper = "from harness.engine import connect, sweep; print('swept', sweep(connect()))"
    with child(OWN, image, run_id) as dead:
        until_it_says(dead, "ready")
    dead.wait()
    with child(sweeper) as a, child(sweeper) as b:
        codes = [process.wait(60) for process in (a, b)]
    assert codes == [0, 0]
    assert of_process(engine, dead.pid) == []


def test_what_strangers_run_from_our_images_is_theirs(engine: Engine, image: str, run_id: str, tmp_path: Path) -> None:
    context = Context(name="test", parent=image, dockerfile=f"FROM {image}\nENV A={run_id}\n")
    ours = build(engine, context, log=tmp_path / "log")
    theirs = engine.client.containers.create(ours.tag, ["true"], name=run_id)
    try:
        assert theirs.labels["org.harness.role"] == "image"  # inherited
        sweep(engine)
        assert not [row for row in leftovers(engine) if row.id == theirs.id]
        theirs.reload()
    finally:
        theirs.remove(force=True)
        engine.client.images.remove(ours.tag, force=True)

"""However a run ends, nothing of ours is left: no container, network, volume or temporary folder."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.engine import Engine, leftovers, sweep
from tests.integration.running import ROOT, edited

pytestmark = pytest.mark.engine

MOMENTS = 12


def start(runs: Path, environment: Path) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "harness", "reproduce", environment, ROOT / "scenarios/show-prices.yaml"]
    return subprocess.Popen(
        [*map(str, argv), "--runs", str(runs)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def dead(engine: Engine) -> list[str]:
    """What the engine and the cache folder hold of processes that do not run any more, in words."""
    return [f"{one.kind} {one.name}" for one in leftovers(engine) if not one.owner_alive]


def test_killed_at_random_moments_the_next_command_sweeps(engine: Engine, tmp_path: Path) -> None:
    environment = ROOT / "environments/gallery-parallax.yaml"
    began = time.monotonic()
    assert start(tmp_path / "whole", environment).wait(300) == 1
    whole_s = time.monotonic() - began
    seed = random.randrange(1_000_000)
    moments = [random.Random(seed).uniform(0, whole_s) for _ in range(MOMENTS)]
    found_something = 0
    for number, moment in enumerate(moments):
        child = start(tmp_path / f"killed-{number}", environment)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(min(moment, whole_s * 0.9))
        child.kill()
        child.wait()
        found_something += bool(dead(engine))
        sweep(engine)
        assert dead(engine) == [], f"after kill -9 at {moment:.2f} s, seed {seed}"
    assert found_something, "no kill came while something was running: the test tests nothing"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", [0.6, 1.5, 3.0])
def test_interrupted_it_tidies_up_itself(engine: Engine, tmp_path: Path, number: signal.Signals, moment: float) -> None:
    child = start(tmp_path, ROOT / "environments/gallery-parallax.yaml")
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(moment)
    child.send_signal(number)
    assert child.wait(60) == 130
    assert dead(engine) == []


def test_killed_in_the_middle_of_a_build(engine: Engine, tmp_path: Path) -> None:
    mark = f"marker-{os.getpid()}-{time.time_ns()}"
    recipe = {"setup": [["sh", "-c", f"echo {mark}; sleep 300"]]}
    child = start(tmp_path / "runs", edited(tmp_path, "gallery-parallax", recipe=recipe))
    deadline = time.monotonic() + 120

    def building() -> bool:
        running = engine.client.api.containers()
        return any(mark in one["Command"] for one in running)

    while not building():
        assert child.poll() is None
        assert time.monotonic() < deadline
    child.kill()
    child.wait()
    sweep(engine)
    assert not building()
    assert dead(engine) == []

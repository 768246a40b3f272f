"""However a run ends, nothing of ours is left: no container, network, volume or temporary folder."""

import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from harness.engine import Engine, sweep
from tests.integration.engine.ours import of_process, until_it_says
from tests.integration.running import CONTROLS, ROOT, edited, started

pytestmark = pytest.mark.engine

MOMENTS = 12


def start(runs: Path, environment: Path, stdout: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    words = ("reproduce", environment, ROOT / "scenarios/show-prices.yaml", "--runs", runs, *CONTROLS)
    return started(*words, stdout=stdout, stderr=subprocess.STDOUT)


def test_killed_at_random_moments_the_next_command_sweeps(engine: Engine, tmp_path: Path) -> None:
    environment = ROOT / "environments/gallery-parallax.yaml"
    began = time.monotonic()
    assert start(tmp_path / "whole", environment).wait(300) == 1
    whole_s = time.monotonic() - began
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    found_something = 0
    for number in range(MOMENTS):
        moment = chance.uniform(0, whole_s)
        child = start(tmp_path / f"killed-{number}", environment)
        with suppress(subprocess.TimeoutExpired):  # or it was quicker this time
            child.wait(moment)
        child.kill()
        child.wait()
        found_something += bool(of_process(engine, child.pid))
        sweep(engine)
        assert of_process(engine, child.pid) == [], f"after kill -9 at {moment:.2f} s, seed {seed}"
    assert found_something >= MOMENTS // 3, f"only {found_something} kills came while something ran, seed {seed}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", [0.6, 1.5, 3.0])
def test_interrupted_it_tidies_up_itself(engine: Engine, tmp_path: Path, number: signal.Signals, moment: float) -> None:
    child = start(tmp_path, ROOT / "environments/gallery-parallax.yaml", subprocess.PIPE)
    until_it_says(child, "reading")
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(moment)
    child.send_signal(number)
    assert child.wait(60) == 130
    assert of_process(engine, child.pid) == []


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
    assert of_process(engine, child.pid) == []

"""``python -m tests.bench``: speed as ratios, measured in one run, the pairs in turn.

What is compared is warm: images exist, nothing is fetched. Medians of ``--rounds``. ``--images`` and ``--upgrades``
measure something else in its place: images of six recipes, cold, and an upgrade in place against two fresh replicas.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench import images, matrices, upgrades
from tests.bench.replaying import replay_ratio
from tests.integration.running import ROOT

CASE = ("environments/gallery-parallax.yaml", "scenarios/show-prices.yaml")


def seconds(argv: Sequence[str], codes: tuple[int, ...] = (0,)) -> float:
    began = time.perf_counter()
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return took


def in_turn(rounds: int, *works: Callable[[], float]) -> list[float]:
    """The median of each, measured in turn after one uncounted round."""
    for work in works:
        work()
    taken = [[work() for work in works] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def harness(*words: str) -> list[str]:
    return [sys.executable, "-m", "harness", *words]


def peak_memory_bytes(argv: Sequence[str]) -> int:
    """Of the process itself; its children are not counted."""
    with Path(os.devnull).open("wb") as nothing:
        child = subprocess.Popen(argv, cwd=ROOT, stdout=nothing, stderr=nothing)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
    return int(usage.ru_maxrss) * 1024


def until_first_container(argv: Sequence[str]) -> float:
    """From the command to the engine's word that a container of ours was created."""
    import docker

    engine = docker.from_env()
    seen: list[float] = []
    events = engine.events(decode=True, filters={"type": "container", "event": "create", "label": "org.harness.run"})

    def watch() -> None:
        for _ in events:
            seen.append(time.perf_counter())

    threading.Thread(target=watch, daemon=True).start()
    began = time.perf_counter()
    seconds(argv, codes=(0, 1))
    events.close()
    return seen[0] - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", action="store_true", help="build the images of six recipes on an empty engine")
    parser.add_argument("--upgrades", action="store_true", help="an upgrade in place against two fresh replicas")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="harness-bench-", dir="/var/tmp" if args.images else None))
    try:
        if args.images:
            images.report(folder)
        elif args.upgrades:
            upgrades.report(folder, args.rounds)
        else:
            measure(args.rounds, folder)
            matrices.report(folder)
    finally:
        shutil.rmtree(folder)


def measure(rounds: int, folder: Path) -> None:
    command = harness("reproduce", *CASE, "--runs", str(folder / "runs"), "--expect", "regression", "--no-controls")
    seconds(command)
    run = next((folder / "runs").iterdir())
    images = {
        (side, part["Config"]["Hostname"]): part["Config"]["Image"]
        for side in ("before", "after")
        for part in json.loads((run / side / "containers.json").read_text("utf-8"))
    }
    script = [sys.executable, "-m", "tests.bench.by_hand", images["before", "browser"], str(folder / "by-hand")]
    products = [images["before", "product"], images["after", "product"]]

    ours, by_hand, bare = in_turn(
        rounds,
        lambda: seconds(command),
        lambda: seconds([*script, "1", *products]),
        lambda: seconds([*script, "0", *products]),
    )
    print(f"reproduce gallery-parallax, warm        {ours:6.2f} s")
    print(
        f"  by hand, same evidence                {by_hand:6.2f} s   ratio {ours / by_hand:.2f}  (limit 1.5, aim 1.0)"
    )
    print(f"  by hand, no evidence                  {bare:6.2f} s   ratio {ours / bare:.2f}")

    with_evidence, plain = replay_ratio(images["before", "product"], images["before", "browser"], rounds)
    print(f"replay with all evidence                {with_evidence:6.2f} s")
    print(f"  same steps in plain Selenium          {plain:6.2f} s   ratio {with_evidence / plain:.2f}  (limit 1.3)")

    first = statistics.median(until_first_container(command) for _ in range(rounds))
    print(f"command to first container              {first:6.2f} s   (limit 1)")

    help_s, pass_s = in_turn(
        rounds * 4, lambda: seconds(harness("--help")), lambda: seconds([sys.executable, "-c", "pass"])
    )
    print(f"harness --help                          {help_s * 1000:6.0f} ms")
    print(f"  python -c pass                        {pass_s * 1000:6.0f} ms  ratio {help_s / pass_s:.2f}  (limit 4)")

    print(f"peak memory of the process              {peak_memory_bytes(command) / 1024**2:6.0f} MiB (limit 150 MB)")


if __name__ == "__main__":
    main()

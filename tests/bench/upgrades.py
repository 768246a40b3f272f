"""An upgrade in place against the same upgrade with two fresh replicas, with seed and hops in the cache, in turn."""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import yaml

from tests.integration.running import ROOT

ENVIRONMENT, SCENARIO = "tracker-hops", "close-an-issue"


def fresh(folder: Path) -> Path:
    """The shipped environment with a new replica after each hop, seeded as the first one is."""
    source = ROOT / "environments"
    document = yaml.safe_load((source / f"{ENVIRONMENT}.yaml").read_text("utf-8"))
    document["upgrade"] = [{key: value for key, value in hop.items() if key != "kind"} for hop in document["upgrade"]]
    file = folder / f"{ENVIRONMENT}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    shutil.copy(source / f"{ENVIRONMENT}.lock.yaml", folder)
    shutil.copytree(source / "recipes", folder / "recipes")
    return file


def seconds(environment: Path, runs: Path) -> float:
    words = [sys.executable, "-m", "harness", "reproduce", str(environment), str(ROOT / f"scenarios/{SCENARIO}.yaml")]
    began = time.perf_counter()
    done = subprocess.run([*words, "--runs", str(runs)], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - began


def report(folder: Path, rounds: int) -> None:
    """Print both, and their ratio. What is in the cache already is that of this machine's user."""
    ways = {"in place": ROOT / "environments" / f"{ENVIRONMENT}.yaml", "two fresh replicas": fresh(folder)}
    first = {name: seconds(file, folder / "runs") for name, file in ways.items()}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, file in ways.items():
            taken[name].append(seconds(file, folder / "runs"))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"{ENVIRONMENT}, {name:<20} {median:6.2f} s   (the first time {first[name]:.1f} s)")
    print(f"  ratio {medians['in place'] / medians['two fresh replicas']:.2f}")

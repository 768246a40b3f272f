"""Cells a minute of a matrix against the number of cells that run at once."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from tests.integration.running import ROOT

CELLS = 12
AT_ONCE: tuple[int | None, ...] = (1, 2, 3, 4, 6, None)  # None: as many as it measures itself
LOOK_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run of the matrix; ``jobs`` is how many cells ran at once at the most."""

    jobs: int
    seconds: float
    busy_s: float  # of all cores together
    memory_bytes: int  # that was free before and was not at the worst moment

    @property
    def a_minute(self) -> float:
        return CELLS * 60 / self.seconds


def matrix(folder: Path) -> Path:
    """Cells that differ in the window's width alone: two replicas each, nothing to build, nothing to share."""
    path = folder / "bench.matrix.yaml"
    content = {
        "schema": 1,
        "name": "bench",
        "environment": os.path.relpath(ROOT / "environments/gallery-parallax.yaml", folder),
        "scenarios": [os.path.relpath(ROOT / "scenarios/show-prices.yaml", folder)],
        "axes": {
            "upgrade.server.product": ["2.2.4"],
            "client.viewport": [f"{width}x768" for width in range(1000, 1000 + 20 * CELLS, 20)],
        },
    }
    path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return path


def measured(file: Path, runs: Path, jobs: int | None) -> Measured:
    words = [sys.executable, "-m", "harness", "matrix", str(file), "--runs", str(runs), "--json"]
    words += ["--jobs", str(jobs)] if jobs else []
    free = lowest = psutil.virtual_memory().available
    over = threading.Event()

    def look() -> None:
        nonlocal lowest
        while not over.wait(LOOK_S):
            lowest = min(lowest, psutil.virtual_memory().available)

    looking = threading.Thread(target=look)
    looking.start()
    busy_s, began = _busy_s(), time.perf_counter()
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    over.set()
    looking.join()
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Measured(
        jobs=json.loads(done.stdout)["jobs"], seconds=seconds, busy_s=_busy_s() - busy_s, memory_bytes=free - lowest
    )


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.softirq)


def by_hand(runs: Path, folder: Path) -> float:
    """Seconds of the same replays by the script that a person would write, one after the other."""
    cell = next(runs.glob("*/cells/*/*/1"))
    images = {
        (side, part["Config"]["Hostname"]): part["Config"]["Image"]
        for side in ("before", "after")
        for part in json.loads((cell / side / "containers.json").read_text("utf-8"))
    }
    products = [images["before", "product"], images["after", "product"]] * CELLS
    words = [sys.executable, "-m", "tests.bench.by_hand", images["before", "browser"], str(folder), "1", *products]
    began = time.perf_counter()
    subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - began


def report(folder: Path) -> None:
    """Print the table. The limit is what the cores could do if every cell took what it takes alone."""
    file = matrix(folder)
    measured(file, folder / "warm", None)  # builds what is missing
    rows = [(jobs, measured(file, folder / f"jobs-{jobs}", jobs)) for jobs in AT_ONCE]
    cores = len(os.sched_getaffinity(0))
    cell_busy_s = rows[0][1].busy_s / CELLS
    limit = cores * 60 / cell_busy_s
    print(f"matrix of {CELLS} cells, {cores} cores, {cell_busy_s:.2f} s of a core a cell: limit {limit:.1f} cells/min")
    print("  at once   cells/min   of the limit   cores busy   memory")
    for jobs, row in rows:
        name = str(jobs) if jobs else f"auto: {row.jobs}"
        print(
            f"  {name:<9} {row.a_minute:9.1f} {row.a_minute / limit:13.0%} "
            f"{row.busy_s / row.seconds / cores:12.0%} {row.memory_bytes / 1024**2:8.0f} MiB"
        )
    hand_s, ours_s = by_hand(folder / "warm", folder / "by-hand-cells"), rows[-1][1].seconds
    print(f"  by hand, one replica after the other  {hand_s:6.1f} s, ours {ours_s:.1f} s   ratio {ours_s / hand_s:.2f}")

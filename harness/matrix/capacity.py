"""How many cells run at once: as many as cores and memory allow, measured on the cells that run."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

CELLS_MAX = 12  # an engine has addresses for some thirty networks, and a cell takes two
CELL_MEMORY_BYTES = 1024**3  # taken for granted until it was measured
CELL_MEMORY_MIN_BYTES = 256 * 1024**2
MEMORY_SHARE = 0.8  # of what is free: others need some, too
SETTLED_S = 10.0  # cells' seconds after which the use of cores is believed


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What is asked of the machine; replaced in tests."""

    cores: int
    busy_s: Callable[[], float]  # seconds of all cores together since some time
    free_bytes: Callable[[], int]
    now_s: Callable[[], float] = monotonic

    @classmethod
    def here(cls) -> "Machine":
        import psutil

        def busy_s() -> float:
            times = psutil.cpu_times()
            return float(times.user + times.nice + times.system + getattr(times, "softirq", 0))

        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return cls(cores=available, busy_s=busy_s, free_bytes=lambda: int(psutil.virtual_memory().available))


class Capacity:
    """Told when cells begin, go on and end; says how many there may be. From any thread.

    The cores that one cell keeps busy are those that all cells did, over the time that all
    cells took together: at full load they say that no more fit, else how many do.
    """

    def __init__(self, machine: Machine, jobs: int | None = None) -> None:
        """``jobs`` is the user's own bound; without it the machine's cores are where it begins."""
        self.machine = machine
        self.most = min(jobs or CELLS_MAX, CELLS_MAX)
        self.begun_with = min(jobs or machine.cores, CELLS_MAX)
        self.running = 0
        self.peak = 0  # the most that ran at once
        self._free_bytes = machine.free_bytes()
        self._cell_bytes = 0
        self._since_s, self._busy_s = machine.now_s(), machine.busy_s()
        self._cells_s = 0.0  # seconds of all cells together
        self._cells_busy_s = 0.0
        self._lock = Lock()

    def begins(self) -> None:
        self._count(1)

    def goes_on(self) -> None:
        """Look at what is used now."""
        self._count(0)

    def ends(self) -> None:
        self._count(-1)

    @property
    def jobs(self) -> int:
        """How many cells may run at once; at least one."""
        with self._lock:
            by_cores = self.begun_with
            if self._cells_s >= SETTLED_S:
                per_cell = max(self._cells_busy_s / self._cells_s, 0.05)
                by_cores = max(self.begun_with, int(self.machine.cores / per_cell))
            by_memory = int(self._free_bytes * MEMORY_SHARE / (self._cell_bytes or CELL_MEMORY_BYTES))
            return max(1, min(by_cores, by_memory, self.most))

    def _count(self, change: int) -> None:
        with self._lock:
            now_s, busy_s = self.machine.now_s(), self.machine.busy_s()
            if self.running:
                self._cells_s += (now_s - self._since_s) * self.running
                self._cells_busy_s += busy_s - self._busy_s
                used = (self._free_bytes - self.machine.free_bytes()) // self.running
                self._cell_bytes = max(self._cell_bytes, used, CELL_MEMORY_MIN_BYTES)
            else:
                self._free_bytes = max(self._free_bytes, self.machine.free_bytes())
            self._since_s, self._busy_s = now_s, busy_s
            self.running += change
            self.peak = max(self.peak, self.running)

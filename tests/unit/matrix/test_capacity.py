"""How many cells at once, on made-up machines."""

import pytest

from harness.matrix.capacity import CELL_MEMORY_BYTES, CELLS_MAX, Capacity, Machine

GIB = 1024**3


class Fake:
    """A machine whose clock and loads are set by hand."""

    def __init__(self, cores: int = 4, free_bytes: int = 64 * GIB) -> None:
        self.time_s = self.work_s = 0.0
        self.free_bytes = free_bytes
        self.machine = Machine(
            cores=cores,
            busy_s=lambda: self.work_s,
            free_bytes=lambda: self.free_bytes,
            now_s=lambda: self.time_s,
        )

    def pass_time(self, seconds: float, cores_busy: float) -> None:
        self.time_s += seconds
        self.work_s += seconds * cores_busy


def test_it_begins_with_the_cores() -> None:
    assert Capacity(Fake(cores=4).machine).jobs == 4
    assert Capacity(Fake(cores=1).machine).jobs == 1
    assert Capacity(Fake(cores=128).machine).jobs == CELLS_MAX


def test_the_users_bound_holds() -> None:
    assert Capacity(Fake(cores=4).machine, jobs=2).jobs == 2
    assert Capacity(Fake(cores=1).machine, jobs=6).jobs == 6
    fake = Fake(cores=8)
    capacity = Capacity(fake.machine, jobs=2)
    capacity.begins()
    fake.pass_time(100, 0.1)
    capacity.ends()
    assert capacity.jobs == 2


@pytest.mark.parametrize(("running", "busy", "jobs"), [(2, 1.0, 4), (2, 0.5, 8), (2, 2.0, 2), (4, 2.0, 4)])
def test_idle_cores_take_more_cells_and_busy_ones_do_not(running: int, busy: float, jobs: int) -> None:
    fake = Fake(cores=2)
    capacity = Capacity(fake.machine)
    for _ in range(running):
        capacity.begins()
    fake.pass_time(20, busy)
    capacity.goes_on()
    assert capacity.jobs == jobs


def test_a_short_look_is_not_believed() -> None:
    fake = Fake(cores=2)
    capacity = Capacity(fake.machine)
    capacity.begins()
    fake.pass_time(1, 0.0)
    capacity.goes_on()
    assert capacity.jobs == 2


def test_memory_bounds_what_cores_would_allow() -> None:
    assert Capacity(Fake(cores=8, free_bytes=4 * CELL_MEMORY_BYTES).machine).jobs == 3
    fake = Fake(cores=8, free_bytes=8 * GIB)
    capacity = Capacity(fake.machine)
    capacity.begins()
    fake.free_bytes -= 3 * GIB
    capacity.goes_on()
    assert capacity.jobs == 2


def test_memory_that_others_gave_back_while_nothing_ran_counts() -> None:
    fake = Fake(cores=8, free_bytes=2 * GIB)
    capacity = Capacity(fake.machine)
    assert capacity.jobs == 1
    fake.free_bytes = 8 * GIB
    capacity.goes_on()
    assert capacity.jobs == 6


def test_there_is_always_room_for_one() -> None:
    assert Capacity(Fake(free_bytes=1).machine).jobs == 1


def test_the_peak_is_the_most_that_ran_at_once() -> None:
    capacity = Capacity(Fake().machine)
    assert (capacity.running, capacity.peak) == (0, 0)
    capacity.begins()
    capacity.begins()
    capacity.ends()
    capacity.begins()
    assert (capacity.running, capacity.peak) == (2, 2)

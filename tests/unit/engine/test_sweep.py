"""Sweeps over an engine that is a few dicts: who is chosen, in which order, and what comes late."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from docker.errors import APIError, NotFound

from harness.engine import owner
from harness.engine.sweep import PARTIAL_FILE_S, Leftover, Swept, leftovers, remove, sweep

DEAD = {owner.OWNER_PID: "4194305"}


class Calls:
    """The requests a sweep makes. ``late`` comes into being after the first removal."""

    def __init__(self) -> None:
        self.things: dict[str, tuple[str, dict[str, str]]] = {}  # id -> kind, labels
        self.late: dict[str, tuple[str, dict[str, str]]] = {}
        self.refuses: dict[str, int] = {}  # id -> HTTP status
        self.removed: list[str] = []
        self.lock = threading.Lock()

    def add(self, kind: str, key: str, *, late: bool = False, labels: dict[str, str] | None = None) -> None:
        (self.late if late else self.things)[key] = (kind, {**owner.labels("run-1", "product"), **(labels or {})})

    def listed(self, kind: str) -> list[dict[str, Any]]:
        found = [(key, labels) for key, (its, labels) in self.things.items() if its == kind]
        return [{"Id": key, "Name": key, "Names": [f"/{key}"], "Labels": labels} for key, labels in found]

    def take(self, key: str, **_: object) -> None:
        with self.lock:
            if key in self.refuses:
                answer = requests.Response()
                answer.status_code = self.refuses[key]
                raise APIError("no", response=answer)
            if self.things.pop(key, None) is None:
                raise NotFound("no")
            self.removed.append(key)
            self.things |= self.late
            self.late = {}

    def containers(self, **_: object) -> list[dict[str, Any]]:
        return self.listed("container")

    def networks(self, **_: object) -> list[dict[str, Any]]:
        return self.listed("network")

    def volumes(self, **_: object) -> dict[str, Any]:
        return {"Volumes": self.listed("volume") or None}

    def images(self, **_: object) -> list[dict[str, Any]]:
        return self.listed("image")

    remove_container = remove_network = remove_volume = remove_image = take


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    yield tmp_path


@pytest.fixture
def calls() -> Calls:
    return Calls()


def engine(calls: Calls) -> Any:
    return SimpleNamespace(calls=calls)


def test_nothing_there_nothing_done(calls: Calls) -> None:
    assert not sweep(engine(calls))


def test_only_the_deads_go_and_containers_first(calls: Calls) -> None:
    for kind in ("network", "volume", "image", "container"):
        calls.add(kind, f"dead-{kind}", labels=DEAD)
        calls.add(kind, f"live-{kind}")
    assert sweep(engine(calls)) == Swept(containers=1, networks=1, volumes=1, images=1)
    assert calls.removed[0] == "dead-container"
    assert sorted(calls.things) == ["live-container", "live-image", "live-network", "live-volume"]


def test_what_comes_into_being_late_goes_too(calls: Calls) -> None:
    calls.add("network", "early", labels=DEAD)
    calls.add("container", "late", late=True, labels=DEAD)
    assert sweep(engine(calls)) == Swept(containers=1, networks=1)


@pytest.mark.parametrize(("kind", "status"), [("network", 403), ("network", 409), ("image", 409), ("image", 500)])
def test_what_somebody_uses_is_left_to_the_next_sweep(calls: Calls, kind: str, status: int) -> None:
    calls.add(kind, "used", labels=DEAD)
    calls.refuses["used"] = status
    assert not sweep(engine(calls))
    assert list(calls.things) == ["used"]


def test_strangers_are_not_listed(calls: Calls) -> None:
    calls.add("container", "theirs", labels=owner.image_labels())
    calls.add("container", "ours")
    (row,) = leftovers(engine(calls))
    assert (row.name, row.run_id, row.role, row.owner_alive) == ("ours", "run-1", "product", True)
    assert isinstance(row, Leftover)


def test_one_run_or_all_whoever_lives(calls: Calls) -> None:
    calls.add("container", "one")
    calls.add("container", "two", labels={owner.RUN: "run-2"})
    assert remove(engine(calls), run_id="run-2") == Swept(containers=1)
    assert calls.removed == ["two"]
    assert remove(engine(calls)) == Swept(containers=1)


def test_folders_of_the_dead_go_and_strangers_folders_stay(calls: Calls, cache: Path) -> None:
    with owner.temporary_folder("mine") as mine:
        dead = mine.with_name(mine.name.replace(f".{os.getpid()}.", ".4194305."))
        (dead / "sub").mkdir(parents=True)
        (cache / "tmp" / "strangers").mkdir()
        assert sweep(engine(calls)) == Swept(folders=1)
        assert sorted((cache / "tmp").iterdir()) == sorted([mine, cache / "tmp" / "strangers"])


def test_files_that_nobody_writes_to_any_more_go(calls: Calls, cache: Path) -> None:
    (cache / "files").mkdir()
    for name, age_s in ((".part-old", PARTIAL_FILE_S + 10), (".part-new", 0), ("whole", PARTIAL_FILE_S + 10)):
        (cache / "files" / name).write_text("x")
        then = (cache / "files" / name).stat().st_mtime - age_s
        os.utime(cache / "files" / name, (then, then))
    sweep(engine(calls))
    assert sorted(file.name for file in (cache / "files").iterdir()) == [".part-new", "whole"]

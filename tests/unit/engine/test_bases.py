"""Which base image is chosen, without an engine: registries and bootstraps that answer as told."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from harness.engine import bases
from harness.errors import EngineError
from harness.language import Message
from harness.model import Base
from harness.systems import SYSTEMS

SYSTEM = SYSTEMS["debian:12"]
BOOTSTRAP = Base(os="debian:12", source="bootstrap")
DIGEST, GONE = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def registry(digest: str) -> Base:
    return Base(os="debian:12", source="registry", digest=digest)


class World:
    """What the registry has, whether mmdebstrap is here, and what was done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, current: str = "", bootstrap: bool = True) -> None:
        self.here: set[str] = set()
        self.done: list[str] = []
        monkeypatch.setattr(bases, "built", lambda engine, reference: reference in self.here or None)
        monkeypatch.setattr(bases, "registry_digest", lambda *_, **__: current)
        monkeypatch.setattr(bases, "_pull", lambda engine, system, base: base.digest == current)
        monkeypatch.setattr(bases, "_can_bootstrap", lambda engine: bootstrap)
        monkeypatch.setattr(bases, "_kept", lambda reference: None)
        monkeypatch.setattr(bases, "_bootstrap", lambda engine, system, reference, on_line: self.done.append(reference))


def ensure(wanted: Base | None = None) -> Base:
    nothing: Any = None
    return bases.ensure_base(nothing, SYSTEM, wanted)


def test_references() -> None:
    assert bases.base_reference(registry(DIGEST)) == f"debian@{DIGEST}"
    reference = bases.base_reference(BOOTSTRAP)
    assert reference.startswith("harness/base:debian-12-")
    assert reference == bases.base_reference(BOOTSTRAP)
    assert reference != bases.base_reference(Base(os="debian:13", source="bootstrap"))


def test_another_recipe_is_another_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    before = bases.base_reference(BOOTSTRAP)
    monkeypatch.setattr(bases, "MMDEBSTRAP", (*bases.MMDEBSTRAP, "--more"))
    assert bases.base_reference(BOOTSTRAP) != before


def test_a_registry_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, current=DIGEST)
    assert ensure() == registry(DIGEST)
    assert world.done == []


def test_without_a_registry_it_is_bootstrapped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    assert ensure() == BOOTSTRAP
    assert world.done == [bases.base_reference(BOOTSTRAP)]
    world.here.add(bases.base_reference(BOOTSTRAP))
    assert ensure() == BOOTSTRAP
    assert len(world.done) == 1


def test_what_a_lock_wants_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    World(monkeypatch, current=DIGEST)
    assert ensure(BOOTSTRAP) == BOOTSTRAP
    assert ensure(registry(DIGEST)) == registry(DIGEST)


def test_what_is_gone_is_replaced_by_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    World(monkeypatch, current=DIGEST)
    assert ensure(registry(GONE)) == registry(DIGEST)
    World(monkeypatch)
    assert ensure(registry(GONE)) == BOOTSTRAP
    World(monkeypatch, current=DIGEST, bootstrap=False)
    assert ensure(BOOTSTRAP) == registry(DIGEST)


def test_what_was_bootstrapped_once_is_kept_and_needs_no_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    made: list[str] = []

    def packed(system: Any, on_line: Any) -> Generator[bytes]:
        made.append(system.name)
        yield from (b"a t", b"ar")

    monkeypatch.setattr(bases, "_packed", packed)
    reference = bases.base_reference(BOOTSTRAP)
    for _ in range(2):
        assert b"".join(bases._whole(SYSTEM, reference, None)) == b"a tar"
    assert made == ["debian:12"]
    path = bases._kept(reference)
    assert path
    path.write_bytes(b"another")
    with pytest.raises(EngineError, match="checksum"):
        list(bases._whole(SYSTEM, reference, None))


def test_a_bootstrap_that_fails_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))

    def packed(system: Any, on_line: Any) -> Generator[bytes]:
        yield b"a t"
        raise EngineError(Message("mmdebstrap failed"))

    monkeypatch.setattr(bases, "_packed", packed)
    with pytest.raises(EngineError, match="mmdebstrap"):
        list(bases._whole(SYSTEM, bases.base_reference(BOOTSTRAP), None))
    assert bases._kept(bases.base_reference(BOOTSTRAP)) is None


def test_nothing_at_all_is_an_error_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    World(monkeypatch, bootstrap=False)
    with pytest.raises(EngineError) as failed:
        ensure()
    assert "doctor --fix" in failed.value.into("en")


def test_an_answer_of_a_registry_is_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from types import SimpleNamespace

    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    monkeypatch.setattr(bases, "_answers", {})
    answers, clock = iter(["", DIGEST, GONE]), [1000.0]
    monkeypatch.setattr(bases, "_ask_registry", lambda engine, system: next(answers))
    monkeypatch.setattr(bases, "time", lambda: clock[0])
    engine: Any = SimpleNamespace(endpoint="unix:///x")
    assert [bases.registry_digest(engine, SYSTEM) for _ in range(2)] == ["", ""]
    bases._answers.clear()  # another process
    assert bases.registry_digest(engine, SYSTEM) == ""
    bases._answers.clear()
    clock[0] += bases.REMEMBERED_S + 1
    assert bases.registry_digest(engine, SYSTEM) == DIGEST
    assert bases.registry_digest(engine, SYSTEM, remembered_s=0) == GONE

"""Images that are given: out of an archive, by their digest, and the port that one says."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from harness.engine import Engine, images
from harness.errors import FetchError, InputError
from tests.unit.engine.stand_in import engine, image_tar

PINNED = "registry.example/shop@sha256:" + "1" * 64


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))


def unpacked(folder: Path, one: Engine, data: bytes, name: str = "") -> str:
    path = folder / "shop.tar"
    path.write_bytes(data)
    return images.unpacked(one, name, path, hashlib.sha256(data).hexdigest())


# ------------------------------------------------------------------- archives
def test_the_only_image_of_an_archive_gets_a_name_of_its_checksum(tmp_path: Path) -> None:
    one, data = engine(), image_tar("shop:2.1")
    reference = unpacked(tmp_path, one, data)
    assert reference == f"harness/given:{hashlib.sha256(data).hexdigest()[:24]}"
    assert set(one.calls.images) == {reference}
    one.calls.loaded = b""
    assert unpacked(tmp_path, one, data) == reference
    assert one.calls.loaded == b"", "it was loaded again"


def test_one_of_several_is_named(tmp_path: Path) -> None:
    one, data = engine(), image_tar("shop:2.1", "shop:2.2")
    first, second = unpacked(tmp_path, one, data, "shop:2.1"), unpacked(tmp_path, one, data, "shop:2.2")
    assert first != second
    assert set(one.calls.images) == {first, second}
    for name in ("", "shop:3"):
        with pytest.raises(InputError, match=r"holds the images shop:2\.1, shop:2\.2"):
            unpacked(tmp_path, one, data, name)


@pytest.mark.parametrize("data", [b"", b"no archive", image_tar()[:700], image_tar()])
def test_what_holds_no_image_is_the_user_s_mistake(tmp_path: Path, data: bytes) -> None:
    one = engine()
    with pytest.raises(InputError):
        unpacked(tmp_path, one, data)
    assert one.calls.images == {}


def test_an_image_that_would_act_on_what_is_built_on_it_is_refused(tmp_path: Path) -> None:
    one = engine(config={"OnBuild": ["ADD http://x.invalid /x"]})
    with pytest.raises(InputError, match="commands for whatever is built on it"):
        unpacked(tmp_path, one, image_tar("shop:2.1"))
    assert one.calls.images == {}


# ------------------------------------------------------------------ registries
def pulling(monkeypatch: pytest.MonkeyPatch, *lines: Any, config: Any = None) -> Engine:
    one = engine(config=config or {})

    def pull(name: str, *, tag: str, stream: bool, decode: bool) -> Iterator[Any]:
        assert (f"{name}@{tag}", stream, decode) == (PINNED, True, True)
        for line in lines:
            if isinstance(line, Exception):
                raise line
            yield line
        one.calls.add(PINNED)

    monkeypatch.setattr(one.calls, "pull", pull, raising=False)
    return one


def test_an_image_is_pulled_by_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    one = pulling(monkeypatch, {"status": "Pulling"})
    images.pull(one, PINNED)
    assert set(one.calls.images) == {PINNED}


@pytest.mark.parametrize("line", [{"error": "manifest unknown"}, APIError("no route to host")])
def test_an_image_that_cannot_be_pulled_is_named(monkeypatch: pytest.MonkeyPatch, line: Any) -> None:
    with pytest.raises(FetchError, match=r"registry\.example/shop") as failed:
        images.pull(pulling(monkeypatch, line), PINNED)
    assert "the engine said" in failed.value.into("en")


def test_neither_may_one_that_was_pulled_act_on_what_is_built_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError):
        images.pull(pulling(monkeypatch, config={"OnBuild": ["RUN id"]}), PINNED)


# ------------------------------------------------------------------------ ports
@pytest.mark.parametrize(
    ("exposed", "port"),
    [
        ({"8123/tcp": {}}, 8123),
        ({"53/udp": {}, "80/tcp": {}}, 80),
        ({}, 0),
        (None, 0),
        ({"80/tcp": {}, "443/tcp": {}}, 0),
    ],
)
def test_the_port_of_an_image_is_the_only_one_that_it_exposes(exposed: Any, port: int) -> None:
    one = engine(config={"ExposedPorts": exposed})
    one.calls.add("harness/plugins:1")
    if port:
        assert images.exposed_port(one, "harness/plugins:1") == port
    else:
        with pytest.raises(InputError, match="exposes the ports") as refused:
            images.exposed_port(one, "harness/plugins:1")
        assert "`port`" in refused.value.into("en")

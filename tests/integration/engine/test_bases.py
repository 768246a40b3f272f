"""Base images: what a bootstrap leaves out, and what a failed or killed one leaves behind."""

import base64
import os
import secrets
import tarfile
from pathlib import Path
from typing import Any

import pytest

from harness.cache import Cache
from harness.engine import Engine, base_reference, bases, built, ensure_base, fetch, inventory, sweep
from harness.engine.archive import Incoming
from harness.engine.owner import start_of
from harness.engine.polling import until
from harness.errors import EngineError
from harness.model import Base
from harness.systems import SYSTEMS
from tests.integration.engine.ours import child, of_process, until_it_says
from tests.integration.engine.proxy import proxy

pytestmark = pytest.mark.engine

SYSTEM = SYSTEMS["debian:13"]  # the smallest
BOOTSTRAP = Base(os=SYSTEM.name, source="bootstrap")


@pytest.fixture
def another_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another tag than the one that is in use, and a cache that has none of them."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bases, "MMDEBSTRAP", (*bases.MMDEBSTRAP, f"--customize-hook=: {secrets.token_hex(6)}"))


def put_on_path(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that stands in for mmdebstrap."""
    program = folder / "mmdebstrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def files_with(engine: Engine, reference: str, *needles: bytes) -> list[str]:
    """The files of an image that hold one of the needles."""
    container = engine.client.containers.create(reference, ["true"], labels={"test": "engine"})
    found = []
    try:
        chunks: Any = container.export()
        stream: Any = Incoming(chunks)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for info in archive:
                content = archive.extractfile(info).read() if info.isreg() else b""  # type: ignore[union-attr]
                if any(needle in content or needle in info.name.encode() for needle in needles):
                    found.append(info.name)
    finally:
        container.remove(force=True)
    return found


@pytest.mark.usefixtures("another_recipe")
def test_a_bootstrapped_base_knows_nothing_of_this_machine(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = base64.b64encode(secrets.token_bytes(48))
    extra = tmp_path / "canary-extra.crt"
    extra.write_bytes(b"-----BEGIN CERTIFICATE-----\n" + secret + b"\n-----END CERTIFICATE-----\n")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(extra))
    reference = base_reference(BOOTSTRAP)
    lines: list[str] = []
    with proxy() as running:
        monkeypatch.setenv("http_proxy", running.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert ensure_base(engine, SYSTEM, BOOTSTRAP, lines.append) == BOOTSTRAP
    try:
        assert any("setup-hook" in line and "apt.conf.d" in line for line in lines)
        assert sum(url.endswith(".deb") for url in running.asked) > 20
        address = running.url.removeprefix("http://").encode()
        nameservers = Path("/etc/resolv.conf").read_bytes().strip()
        assert files_with(engine, reference, secret, address, b"canary-extra", b"harness-fetch", nameservers) == []
        assert files_with(engine, reference, b"trixie") != []  # the search finds what is there
        image = engine.client.images.get(reference)
        told = repr(image.attrs["Config"]) + repr(image.history())
        assert "proxy" not in told.lower()
        assert image.labels["org.harness.role"] == "base"
        assert image.labels["org.harness.owner-pid"] == ""
        engine.client.images.remove(reference, force=True)
        put_on_path(tmp_path, "exit 3", monkeypatch)  # as on another machine that has the cache, and no network
        assert ensure_base(engine, SYSTEM, BOOTSTRAP) == BOOTSTRAP
        assert engine.client.images.get(reference).attrs["RootFS"] == image.attrs["RootFS"]
    finally:
        if built(engine, reference):
            engine.client.images.remove(reference, force=True)


@pytest.mark.usefixtures("another_recipe")
def test_a_bootstrap_that_fails_gives_no_image(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_path(tmp_path, "cd /; tar -c etc/hostname; echo it-went-wrong >&2; exit 3", monkeypatch)
    with pytest.raises(EngineError) as failed:
        ensure_base(engine, SYSTEM, BOOTSTRAP)
    assert "it-went-wrong" in failed.value.into("en")
    assert built(engine, base_reference(BOOTSTRAP)) is None
    assert of_process(engine, os.getpid()) == []


@pytest.mark.usefixtures("another_recipe")
def test_what_a_killed_bootstrap_leaves_is_swept(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(tmp_path, 'touch "$TMPDIR/half"; (echo $$ >&2; exec sleep 300)', monkeypatch)
    code = """
import sys
from harness.engine import bases, connect, ensure_base
from harness.model import Base
from harness.systems import SYSTEMS
bases.MMDEBSTRAP = (*bases.MMDEBSTRAP, sys.argv[1])
wanted = Base(os="debian:13", source="bootstrap")
ensure_base(connect(), SYSTEMS["debian:13"], wanted, on_line=lambda line: print("started", line, flush=True))
"""
    with child(code, secrets.token_hex(6)) as process:
        grandchild = int(until_it_says(process, "started").split()[1])
        assert of_process(engine, process.pid)
        process.kill()
        process.wait()
    sweep(engine)
    assert of_process(engine, process.pid) == []
    assert until(lambda: start_of(grandchild) is None, 60)


def test_a_base_that_a_lock_wants_and_nobody_has_is_replaced(engine: Engine) -> None:
    wanted = Base(os="debian:12", source="registry", digest="sha256:" + "0" * 64)
    got = ensure_base(engine, SYSTEMS["debian:12"], wanted)
    assert got != wanted
    assert built(engine, base_reference(got))


def test_what_a_base_holds_is_what_dpkg_says_in_it(engine: Engine, tmp_path: Path) -> None:
    base = ensure_base(engine, SYSTEM, BOOTSTRAP)
    cache = Cache(tmp_path)
    found = inventory(engine, base, cache)
    assert found is not None
    listed = fetch(engine, base, "dpkg-query --show --showformat '${Package} ${Version}\\n' > /out/packages")
    assert found.packages == dict(line.split() for line in listed["packages"].read_text("utf-8").splitlines())
    ours = ["org.harness.role=look", f"org.harness.owner-pid={os.getpid()}"]
    assert engine.client.api.containers(all=True, filters={"label": ours}) == []

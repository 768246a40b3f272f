"""Fetches in real containers: packages, the host's certificates and proxies, failures and kills."""

import base64
import secrets
from pathlib import Path

import pytest

from harness.engine import ContainerRegistry, Engine, base_reference, fetch, sweep
from harness.errors import FetchError
from harness.model import Base
from harness.systems import SYSTEMS
from tests.integration.engine.ours import child, of_process, of_run, until_it_says
from tests.integration.engine.proxy import proxy

pytestmark = pytest.mark.engine


@pytest.fixture
def run_id() -> str:
    return f"test-{secrets.token_hex(6)}"


def canary() -> bytes:
    """Something in the shape of a certificate that is nowhere else."""
    content = base64.b64encode(secrets.token_bytes(48))
    return b"-----BEGIN CERTIFICATE-----\n" + content + b"\n-----END CERTIFICATE-----\n"


def test_a_package_comes_by_apt(engine: Engine, base: Base, run_id: str) -> None:
    found = fetch(engine, base, "apt-get update -qq; cd /out; apt-get download -qq hello", run_id=run_id)
    ((name, path),) = found.items()
    assert name.startswith("hello_")
    assert path.read_bytes().startswith(b"!<arch>\ndebian-binary")
    assert of_run(engine, run_id) == []


def test_what_is_left_in_out_is_kept_by_path(engine: Engine, base: Base) -> None:
    script = (
        "cd /out; mkdir d; echo deep >d/file; ln d/file linked; : >empty; head -c 3000000 /dev/zero >big; ln -s big sym"
    )
    found = fetch(engine, base, script)
    assert sorted(found) == ["big", "d/file", "empty", "linked"]
    assert found["d/file"].read_text() == found["linked"].read_text() == "deep\n"
    assert found["big"].stat().st_size == 3_000_000


def test_a_failure_shows_the_end_of_the_output_and_leaves_nothing(engine: Engine, base: Base, run_id: str) -> None:
    with pytest.raises(FetchError) as failed:
        fetch(engine, base, "echo so-it-said >&2\nfalse\necho never", run_id=run_id)
    assert "so-it-said" in failed.value.into("en")
    assert "never" not in str(failed.value.advice)
    assert of_run(engine, run_id) == []


def test_it_has_no_privileges_it_does_not_need(engine: Engine, base: Base) -> None:
    found = fetch(engine, base, "grep -E 'CapEff|NoNewPrivs' /proc/self/status >/out/status")
    status = dict(line.split(":\t") for line in found["status"].read_text().splitlines())
    assert int(status["CapEff"], 16) == 1 << 0 | 1 << 1 | 1 << 3 | 1 << 6 | 1 << 7
    assert status["NoNewPrivs"] == "1"


def test_certificates_and_proxies_of_the_host_reach_it(
    engine: Engine, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = tmp_path / "extra.crt"
    extra.write_bytes(canary())
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(extra))
    script = 'cp "$SSL_CERT_FILE" /out/bundle; apt-config dump >/out/apt; apt-get update >/out/log 2>&1'
    with proxy() as running:
        monkeypatch.setenv("http_proxy", running.url)
        monkeypatch.delenv("no_proxy", raising=False)
        found = fetch(engine, base, script)
    assert extra.read_bytes().strip() in found["bundle"].read_bytes()
    assert "Acquire::https::CaInfo" in found["apt"].read_text()
    assert any(url.endswith("/InRelease") for url in running.asked)


def test_what_a_killed_fetch_leaves_is_swept(engine: Engine, base: Base) -> None:
    code = """
import sys
from harness.engine import ContainerRegistry
from harness.systems import SYSTEMS
registry = ContainerRegistry()
base = registry.base(SYSTEMS["debian:12"])
print("ready", flush=True)
registry.fetch(base, "sleep 300")
"""
    with child(code) as process:
        until_it_says(process, "ready")
        while not engine.client.api.containers(filters={"label": f"org.harness.owner-pid={process.pid}"}):
            assert process.poll() is None
        process.kill()
        process.wait()
    sweep(engine)
    assert of_process(engine, process.pid) == []


def test_a_registry_finds_engine_and_base_when_it_needs_them(engine: Engine, base: Base) -> None:
    asked = []

    def connect() -> Engine:
        asked.append(1)
        return engine

    registry = ContainerRegistry(engine=connect)
    assert asked == []
    assert base_reference(registry.base(SYSTEMS["debian:12"])) == base_reference(base)
    assert registry.fetch(base, "echo x >/out/x")["x"].read_text() == "x\n"
    assert asked == [1]

"""The doctor on this machine, on one without an engine, and on one without registries."""

import socket

import pytest

from harness.engine import Check, Engine, doctor
from tests.integration.engine.ours import child

pytestmark = pytest.mark.engine

REGISTRIES = ["images", "mmdebstrap", "pypi", "npm", "apt"]
NAMES = ["python", "engine", "disk", "memory", *REGISTRIES, "ca", "proxies", "leftovers"]


def checked() -> dict[str, Check]:
    checks = doctor.check()
    assert [one.name for one in checks] == NAMES
    for one in checks:
        assert str(one.found)
        assert one.state == "ok" or one.advice or one.name == "images", f"{one.name} says nothing of what to do"
    return {one.name: one for one in checks}


def test_this_machine_is_ready(engine: Engine) -> None:
    checks = checked()
    assert [name for name, one in checks.items() if one.state == "missing"] == []
    assert engine.version in str(checks["engine"].found)
    assert engine.endpoint in str(checks["engine"].found)
    assert {checks[name].state for name in ("pypi", "npm", "apt")} == {"ok"}


def test_without_an_engine_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    checks = checked()
    assert checks["engine"].state == "missing"
    assert "DOCKER_HOST" in str(checks["engine"].advice)


def test_without_registries_it_says_so(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://somebody:secret@127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        checks = checked()
    assert {checks[name].state for name in ("pypi", "npm", "apt")} == {"warning"}
    assert "somebody" not in str(checks["proxies"].found)
    assert "127.0.0.1" in str(checks["proxies"].found)


def test_what_is_well_is_left_alone_by_two_at_once(engine: Engine) -> None:
    code = "from harness.engine import fix; print([one.state for one in fix(lambda line: print('did', line))])"
    with child(code) as a, child(code) as b:
        ends = [process.communicate(timeout=120)[0] for process in (a, b)]
    for end in ends:
        assert "did" not in end
        assert "missing" not in end

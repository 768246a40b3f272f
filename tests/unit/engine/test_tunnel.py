"""Which proxies a container reaches as they are, and what becomes of the others."""

from types import SimpleNamespace
from typing import Any

import pytest

from harness.engine.tunnel import on_loopback, reachable


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        ("http://127.0.0.1:3128", True),
        ("127.0.0.2:8080", True),
        ("http://user:word@localhost:1", True),
        ("http://[::1]:8080", True),
        ("http://proxy.example:3128", False),
        ("10.0.0.1:3128", False),
        ("http://localhost.example:1", False),
        ("DIRECT", False),
        ("", False),
    ],
)
def test_on_loopback(proxy: str, expected: bool) -> None:
    assert on_loopback(proxy) is expected


@pytest.mark.parametrize(("kind", "name"), [("docker", "host.docker.internal"), ("podman", "host.containers.internal")])
def test_without_a_bridge_of_ours_the_engine_names_this_machine(kind: str, name: str) -> None:
    far: Any = SimpleNamespace(local=False, bridge_address=None, kind=kind)
    given = {"http_proxy": "http://me:word@localhost:3128", "https_proxy": "http://far:1", "no_proxy": "localhost"}
    with reachable(given, far) as settings:
        assert settings == {**given, "http_proxy": f"http://me:word@{name}:3128"}


def test_on_this_machine_it_is_passed_on_from_the_bridge() -> None:
    near: Any = SimpleNamespace(local=True, bridge_address="127.0.0.1", kind="docker")
    with reachable({"http_proxy": "localhost:3128"}, near) as settings:
        assert settings["http_proxy"].startswith("http://127.0.0.1:")
        assert not settings["http_proxy"].endswith(":3128")

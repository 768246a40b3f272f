"""Where an engine is looked for, and what is said where none is."""

import hashlib
import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.engine import client
from harness.engine.client import Engine, disk_full, endpoints, failure, translated
from harness.errors import EngineError, FetchError
from harness.language import Message


def context(home: Path, name: str, url: str) -> Path:
    key = hashlib.sha256(name.encode()).hexdigest()
    folder = home / ".docker" / "contexts"
    (folder / "meta" / key).mkdir(parents=True)
    (folder / "meta" / key / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": url}}}))
    return folder / "tls" / key / "docker"


def test_a_named_host_is_the_only_one(tmp_path: Path) -> None:
    context(tmp_path, "other", "tcp://other:1")
    environment = {"DOCKER_HOST": "tcp://box:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CONTEXT": "other"}
    (found,) = endpoints(environment, tmp_path)
    assert (found.url, found.certificates) == ("tcp://box:2376", tmp_path / ".docker")


def test_the_current_context_with_its_certificates(tmp_path: Path) -> None:
    tls = context(tmp_path, "far", "tcp://far:2376")
    tls.mkdir(parents=True)
    (tmp_path / ".docker" / "config.json").write_text('{"currentContext": "far"}')
    (found,) = endpoints({}, tmp_path)
    assert (found.url, found.certificates) == ("tcp://far:2376", tls)


def test_a_context_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="nowhere"):
        endpoints({"DOCKER_CONTEXT": "nowhere"}, tmp_path)


@pytest.mark.parametrize("config", ["", "{", "[]", '{"currentContext": "default"}'])
def test_else_the_sockets_that_are_there(tmp_path: Path, config: str) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(config)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "docker.sock"))
        urls = [found.url for found in endpoints({"XDG_RUNTIME_DIR": str(tmp_path)}, tmp_path)]
    assert f"unix://{tmp_path}/docker.sock" in urls
    assert not any("podman" in url for url in urls if str(tmp_path) in url)


def test_nobody_there_is_an_error_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineError) as failed:
        client.connect(timeout_s=1)
    assert "none.sock" in failed.value.into("en")
    assert "doctor --fix" in failed.value.into("en")


def test_a_socket_one_may_not_use_is_another_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    error = client._no_engine([(client.Endpoint(url="unix:///x", origin="socket"), PermissionError())])
    assert "group" in error.into("en")


def engine(**info: object) -> Engine:
    sdk: Any = SimpleNamespace(api=SimpleNamespace(api_version="1.41"), info=lambda: info)
    version = {"Version": "1", "Components": [{"Name": "Podman Engine"}]}
    made = Engine(client=sdk, endpoint="unix:///x.sock", version=version)
    made.__dict__["bridge_address"] = None
    return made


def test_containers_are_reached_only_on_this_very_machine() -> None:
    here = socket.gethostname()
    assert engine(Name=here).routes
    assert engine(Name=here).kind == "podman"
    assert not engine(Name="elsewhere").routes
    assert not engine(Name=here, SecurityOptions=["name=rootless"]).routes
    assert not engine(Name=here, OperatingSystem="Docker Desktop").routes


def test_a_full_disk_is_the_engines_matter_whoever_asks() -> None:
    full = failure(Message("x"), "write /y: no space left on device", FetchError)
    assert type(full) is EngineError
    assert "clean --images" in full.into("en")
    assert disk_full("something else") is None
    assert type(failure(Message("x"), "something else", FetchError)) is FetchError


def test_errors_of_the_sdk_and_its_transport_are_ours() -> None:
    import docker.errors
    import requests

    for error in (docker.errors.APIError("a"), requests.ConnectionError("b"), BrokenPipeError("c")):
        with pytest.raises(EngineError, match="it failed") as failed, translated(Message("it failed")):
            raise error
        assert failed.value.__cause__ is error


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)

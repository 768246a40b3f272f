"""What `harness export compose` writes, brought up by Docker Compose itself."""

import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from harness import cli
from harness.engine import Engine
from harness.model import Image
from tests.integration.compose_program import compose, program
from tests.integration.running import ROOT, edited

pytestmark = pytest.mark.engine

PROJECT = "com.docker.compose.project"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # https://www.w3.org/TR/webdriver2/#elements


@pytest.fixture(scope="session")
def composer(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return program(engine, tmp_path_factory.mktemp("compose") / "build.log")


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@contextmanager
def running(engine: Engine, composer: Image, folder: Path, file: str) -> Iterator[tuple[int, int]]:
    """The project in a folder, and the ports of product and browser; nothing of it is left at the end."""
    product, browser = free_ports()
    ports = {"PRODUCT_PORT": str(product), "BROWSER_PORT": str(browser)}
    try:
        compose(engine, composer, folder, "-f", file, "up", "--detach", "--wait", variables=ports)
        yield product, browser
    finally:
        compose(
            engine, composer, folder, "-f", file, "down", "--volumes", "--rmi", "all", "--timeout", "3", variables=ports
        )


def seen_in_browser(folder: Path, port: int, url: str) -> str:
    """What the exported browser shows of a page, opened as the README says."""
    there = f"http://127.0.0.1:{port}/session"
    opened = requests.post(there, (folder / "after-browser.json").read_bytes(), timeout=60).json()["value"]
    session = f"{there}/{opened['sessionId']}"
    requests.post(f"{session}/url", json={"url": url}, timeout=60).raise_for_status()
    body = requests.post(f"{session}/element", json={"using": "css selector", "value": "body"}, timeout=60).json()
    return str(requests.get(f"{session}/element/{body['value'][ELEMENT]}/text", timeout=60).json()["value"])


def test_a_product_with_its_database_after_two_hops_in_place(engine: Engine, composer: Image, tmp_path: Path) -> None:
    name = f"tracker-{os.getpid()}-{secrets.token_hex(3)}"  # others may use this engine
    environment = edited(tmp_path, "tracker-hops", name=name).rename(tmp_path / f"{name}.yaml")
    shutil.copy(ROOT / "environments/tracker-hops.lock.yaml", tmp_path / f"{name}.lock.yaml")
    folder = tmp_path / "project"
    assert cli.main(["export", "compose", str(environment), "--side", "after", "--output", str(folder)]) == 0
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    with running(engine, composer, folder, "after.yaml") as (product, browser):
        page = requests.get(f"http://127.0.0.1:{product}/tracker/", timeout=20).text
        assert "The printer on the third floor is on fire" in page
        assert "The printer on the third floor" in seen_in_browser(folder, browser, "http://product:8080/tracker/")
        assert "2.3.0" in said(
            engine, f"{name}-after", "product", "python", "-c", "import roundup as r; print(r.__version__)"
        )
        seeded = ("psql", "--host", "/tmp", "--username", "app", "--command", "select _name from _priority", "app")
        assert "ablaze" in said(engine, f"{name}-after", "postgresql", *seeded)
        logs = compose(engine, composer, folder, "-f", "after.yaml", "logs", "hop-1-migrate", "hop-2-migrate")
        assert "hop-2-migrate-1  | Tracker updated to schema version" in logs
    assert not engine.client.containers.list(
        all=True, ignore_removed=True, filters={"label": f"{PROJECT}={name}-after"}
    )
    assert not engine.client.volumes.list(filters={"label": f"{PROJECT}={name}-after"})


def said(engine: Engine, project: str, service: str, *command: str) -> str:
    """What a command in a container of a project prints."""
    labels = [f"{PROJECT}={project}", f"com.docker.compose.service={service}"]
    (container,) = engine.client.containers.list(ignore_removed=True, filters={"label": labels})
    output = container.exec_run(list(command)).output
    assert isinstance(output, bytes)  # it is an iterator where one is asked for
    return output.decode()

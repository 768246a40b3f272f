"""`harness up` for people: an address on 127.0.0.1 until Ctrl-C."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from harness.engine import Engine, leftovers
from tests.integration.running import ROOT, started

pytestmark = pytest.mark.engine


@contextmanager
def running(engine: Engine, runs: Path, *words: object) -> Iterator[dict[str, Any]]:
    """What `harness up` tells; nothing of it is left afterwards."""
    child = started("up", *words, "--json", "--runs", runs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert child.stdout is not None
        yield json.loads(child.stdout.readline())
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 130
    (run,) = runs.iterdir()
    assert not any(one.run_id.startswith(run.name) for one in leftovers(engine))


@pytest.mark.parametrize(("side", "version"), [("before", "v1.12.4"), ("after", "v3.7.1")])
def test_the_product_answers_until_it_is_stopped(engine: Engine, tmp_path: Path, side: str, version: str) -> None:
    environment = ROOT / "environments/gallery-parallax.yaml"
    with running(engine, tmp_path, environment, "--side", side) as told:
        assert told["url"].startswith("http://127.0.0.1:")
        assert "Summer tours" in requests.get(told["url"], timeout=10).text
        script = requests.get(told["url"] + "/node_modules/jquery/dist/jquery.js", timeout=10).text
        assert version in script[:200]
        (run,) = tmp_path.iterdir()
        assert {one.kind for one in leftovers(engine) if one.run_id.startswith(f"{run.name}/")} == {
            "container",
            "network",
        }


def test_who_looks_at_it_by_hand_is_told_how_to_get_past_the_link(engine: Engine, tmp_path: Path) -> None:
    link = {"tls": True, "basic_auth": {"user": "ann", "client_knows": "none"}, "proxy": {}}
    file, runs = tmp_path / "office.yaml", tmp_path / "runs"
    file.write_text(json.dumps({"schema": 1, "name": "office", "link": link, "server": {"product": "office"}}))
    (tmp_path / "recipes").symlink_to(ROOT / "tests/integration/office/recipes")
    with running(engine, runs, file) as told:
        login, authority = tuple(told["login"].values()), told["authority"]
        assert requests.get(told["url"], timeout=10, verify=authority).status_code == 401
        answer = requests.get(told["url"], timeout=10, verify=authority, auth=login)
        assert (answer.status_code, "rows" in answer.text) == (200, True)

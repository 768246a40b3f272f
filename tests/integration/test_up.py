"""`harness up` for people: an address on 127.0.0.1 until Ctrl-C."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
import requests

from harness.engine import Engine, leftovers
from tests.integration.running import ROOT, started

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(("side", "version"), [("before", "v1.12.4"), ("after", "v3.7.1")])
def test_the_product_answers_until_it_is_stopped(engine: Engine, tmp_path: Path, side: str, version: str) -> None:
    words = ("up", ROOT / "environments/gallery-parallax.yaml", "--side", side, "--json", "--runs", tmp_path)
    child = started(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        assert told["url"].startswith("http://127.0.0.1:")
        assert "Summer tours" in requests.get(told["url"], timeout=10).text
        script = requests.get(told["url"] + "/node_modules/jquery/dist/jquery.js", timeout=10).text
        assert version in script[:200]
        (run,) = tmp_path.iterdir()
        assert {one.kind for one in leftovers(engine) if one.run_id.startswith(f"{run.name}/")} == {
            "container",
            "network",
        }
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 130
    assert not any(one.run_id.startswith(run.name) for one in leftovers(engine))

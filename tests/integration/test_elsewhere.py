"""A case whose browser somebody else runs: one of our browsers' drivers, as a grid that this test starts."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from harness.engine import Engine
from tests.integration.browser_fixture import bench
from tests.integration.running import ROOT, Reproduce, edited

pytestmark = pytest.mark.engine


def test_a_case_is_replayed_in_a_browser_that_runs_elsewhere(
    engine: Engine, reproduce: Reproduce, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench(engine, "chromium") as grid:
        monkeypatch.setenv("GRID_URL", grid.webdriver_url)
        browser = {
            "name": "remote",
            "url": "${env:GRID_URL}",
            "product_host": urlsplit(grid.url).hostname,  # of this machine, on the grid's network
            "capabilities": {"browserName": "chrome", "goog:chromeOptions": {"args": ["--headless=new"]}},
        }
        file = edited(tmp_path, "gallery-parallax", client={"browser": browser, "viewport": "1366x768"})
        ran = reproduce(file, ROOT / "scenarios/show-prices.yaml")
    assert ran.code == 1
    assert (ran.verdict["verdict"], ran.verdict["step"]["number"]) == ("regression", 3)
    assert "e.indexOf is not a function" in json.dumps(ran.verdict)
    assert ran.verdict["after"]["browser"].startswith("chrome 1")
    tail = json.loads((ran.folder / "before/trace.jsonl").read_text("utf-8").splitlines()[-1])
    assert any("its network is not ours" in one["text"] for one in tail["not_observed"])
    endpoint = yaml.safe_load((ran.folder / "lock.yaml").read_text("utf-8"))["environments"][0]["endpoint"]
    assert endpoint["host"] == "${env:GRID_URL}"
    assert endpoint["capabilities"]["browserName"] == "chrome"
    written = [path for path in ran.folder.rglob("*") if path.is_file()]
    assert not [path for path in written if grid.webdriver_url.encode() in path.read_bytes()]

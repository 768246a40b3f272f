"""The main job in both directions, and what goes wrong on the way; the shipped cases are in test_stories.py."""

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from docker.models.networks import Network, NetworkCollection

from harness.engine import Engine
from harness.errors import EngineError
from harness.language import Message
from harness.provision import Provisioned
from tests.integration.running import ROOT, Reproduce, edited

pytestmark = pytest.mark.engine


def test_silence_is_told_as_such(reproduce: Reproduce) -> None:
    """Bootstrap 5 breaks the control without a console message and without an HTTP error."""
    ran = reproduce(ROOT / "environments/travel-select.yaml", ROOT / "scenarios/pick-a-city.yaml")
    assert [error for error in ran.verdict["errors"] if error["kind"] != "step"] == []


def test_the_way_back_is_fixed(reproduce: Reproduce) -> None:
    ran = reproduce(ROOT / "environments/gallery-parallax.yaml", ROOT / "scenarios/show-prices.yaml", "--swap")
    assert (ran.verdict["verdict"], ran.code) == ("fixed", 0)


def test_an_upgrade_to_the_same_version_is_the_same(reproduce: Reproduce, tmp_path: Path) -> None:
    file = edited(tmp_path, "gallery-parallax", upgrade=[{"server": {"product": "gallery@1.12.4"}}])
    ran = reproduce(file, ROOT / "scenarios/show-prices.yaml")
    assert (ran.verdict["verdict"], ran.code) == ("same", 0)
    assert ran.verdict["environment_diff"] == []
    assert ran.verdict["errors"] == []


def test_what_never_worked_is_broken_on_both_sides(reproduce: Reproduce, tmp_path: Path) -> None:
    scenario = yaml.safe_load((ROOT / "scenarios/show-prices.yaml").read_text("utf-8"))
    scenario["steps"].insert(1, {"expect": {"target": "#nothing-like-that", "visible": True}, "timeout_s": 1})
    path = tmp_path / "scenario.yaml"
    path.write_text(yaml.safe_dump(scenario), "utf-8")
    ran = reproduce(ROOT / "environments/gallery-parallax.yaml", path)
    assert (ran.verdict["verdict"], ran.code) == ("broken-both", 4)


def test_expecting_a_verdict_turns_the_exit_code(reproduce: Reproduce) -> None:
    case = (ROOT / "environments/gallery-parallax.yaml", ROOT / "scenarios/show-prices.yaml")
    assert reproduce(*case, "--expect", "regression").code == 0
    assert reproduce(*case, "--expect", "same").code == 1


def test_a_build_that_fails_gives_no_verdict(reproduce: Reproduce, tmp_path: Path) -> None:
    file = edited(tmp_path, "gallery-parallax", recipe={"setup": [["sh", "-c", "echo it broke >&2; exit 7"]]})
    ran = reproduce(file, ROOT / "scenarios/show-prices.yaml")
    assert (ran.verdict["verdict"], ran.code) == ("no-verdict", 3)
    assert "build" in ran.verdict["reason"]
    assert "it broke" in "".join(log.read_text("utf-8") for log in ran.folder.glob("*/build-*.log"))


def test_a_product_that_never_gets_ready_gives_no_verdict(reproduce: Reproduce, tmp_path: Path) -> None:
    file = edited(tmp_path, "gallery-parallax", recipe={"start": ["sleep", "600"], "ready": {"timeout_s": 1}})
    ran = reproduce(file, ROOT / "scenarios/show-prices.yaml")
    assert (ran.verdict["verdict"], ran.code) == ("no-verdict", 3)
    assert "did not get ready" in ran.verdict["reason"]


def test_a_product_that_ends_at_once_gives_no_verdict(reproduce: Reproduce, tmp_path: Path) -> None:
    start = ["python3", "-c", "import sys; print('no database', flush=True); sys.exit(9)"]
    file = edited(tmp_path, "gallery-parallax", recipe={"start": start})
    ran = reproduce(file, ROOT / "scenarios/show-prices.yaml")
    assert (ran.verdict["verdict"], ran.code) == ("no-verdict", 3)
    assert "9" in ran.verdict["reason"]
    assert "no database" in (ran.folder / "before/server.log").read_text("utf-8")


def test_an_engine_that_is_gone_at_the_end_gives_no_verdict(
    reproduce: Reproduce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the engine its name server goes: pages that do not open then are not the product's doing."""

    def gone(self: Provisioned) -> None:
        raise EngineError(Message("the engine did not say how the container is"))

    monkeypatch.setattr(Provisioned, "verify", gone)
    ran = reproduce(ROOT / "environments/gallery-parallax.yaml", ROOT / "scenarios/show-prices.yaml")
    assert (ran.verdict["verdict"], ran.code) == ("no-verdict", 3)
    assert "the engine did not say" in ran.verdict["reason"]


def test_a_network_that_passes_nothing_gives_no_verdict(reproduce: Reproduce, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the firewall of another engine makes it: the product answers us, and the browser never."""
    create = NetworkCollection.create

    def apart(networks: NetworkCollection, name: str, **settings: Any) -> Network:
        return create(networks, name, options={"com.docker.network.bridge.enable_icc": "false"}, **settings)

    monkeypatch.setattr(NetworkCollection, "create", apart)
    ran = reproduce(ROOT / "environments/gallery-parallax.yaml", ROOT / "scenarios/show-prices.yaml")
    assert (ran.verdict["verdict"], ran.code) == ("no-verdict", 3)
    assert "passes nothing from the browser to the product" in ran.verdict["reason"]


def test_a_product_that_takes_no_connections_any_more_is_broken(reproduce: Reproduce, tmp_path: Path) -> None:
    """The process lives, its socket is closed: that is its own doing, on both sides."""
    once = "import http.server as s; s.HTTPServer(('', 8000), s.SimpleHTTPRequestHandler).handle_request()"
    start = ["python3", "-c", f"{once}; import time; time.sleep(600)"]
    file = edited(tmp_path, "gallery-parallax", recipe={"start": start, "ready": {"path": "/"}})
    ran = reproduce(file, ROOT / "scenarios/show-prices.yaml")
    assert ran.verdict["verdict"] == "broken-both", ran.verdict["reason"]


def test_a_browser_that_is_killed_gives_no_verdict(reproduce: Reproduce, engine: Engine, tmp_path: Path) -> None:
    scenario = tmp_path / "long.yaml"
    steps = [{"open": "/"}, {"pause": 30, "description": "wait to be killed"}]
    scenario.write_text(yaml.safe_dump({"schema": 1, "name": "long", "steps": steps}), "utf-8")
    over = threading.Event()
    killed = []

    def kill() -> None:
        while not over.wait(0.1) and not killed:
            mine = ["org.harness.role=browser", f"org.harness.owner-pid={os.getpid()}"]
            for one in engine.client.containers.list(ignore_removed=True, filters={"label": mine}):
                server = (Path(tmp_path) / "runs").glob("*/after/server.log")
                if one.name.endswith("after-browser") and any("GET /" in log.read_text() for log in server):
                    one.kill()
                    killed.append(one.name)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        ran = reproduce(ROOT / "environments/gallery-parallax.yaml", scenario)
    finally:
        over.set()
        killer.join()
    assert killed
    assert ran.verdict["verdict"] == "no-verdict", ran.verdict["reason"]
    assert ran.code in (3, 4)


def test_a_wrong_file_leaves_nothing_behind(
    reproduce: Reproduce, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "environments/recipes", tmp_path / "recipes")
    file = tmp_path / "wrong.yaml"
    file.write_text("schema: 1\nname: wrong\nserver: {product: galery@1.12.4}\nupgrade: [{}]\n", "utf-8")
    ran = reproduce(file, ROOT / "scenarios/show-prices.yaml")
    assert ran.code == 2
    assert not ran.runs.exists()
    said = capsys.readouterr().err
    assert f"{file}:3:" in said
    assert "gallery" in said
    assert "Traceback" not in said

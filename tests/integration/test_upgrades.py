"""Upgrades in place of real products, over their databases."""

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.running import ROOT, Reproduce, edited

pytestmark = pytest.mark.engine

TRACKER = (ROOT / "environments/tracker-hops.yaml", ROOT / "scenarios/close-an-issue.yaml")


def test_two_hops_over_postgresql(reproduce: Reproduce) -> None:
    ran = reproduce(*TRACKER)
    assert (ran.code, ran.verdict["verdict"]) == (0, "same")
    assert ran.verdict["after"]["steps_passed"] == 7
    changes = {change["path"]: (change["before"], change["after"]) for change in ran.verdict["environment_diff"]}
    assert changes == {"server.product": ("tracker@2.1.0", "tracker@2.3.0")}
    for side in ("before", "after"):
        assert "ready to accept connections" in (ran.folder / side / "service-postgresql.log").read_text()
    seal = json.loads((ran.folder / "seal.json").read_text())
    assert seal["secrets"] >= 2  # a password for each replica
    assert seal["found"] == []


def test_a_migration_that_fails_is_a_regression_of_the_server(reproduce: Reproduce, tmp_path: Path) -> None:
    migrate = ["sh", "-c", "roundup-admin -i /srv/home list nothing; echo no class; exit 3"]
    environment = edited(tmp_path, "tracker-hops", recipe={"migrate": [migrate]})
    shutil.copy(ROOT / "environments/tracker-hops.lock.yaml", tmp_path)
    ran = reproduce(environment, TRACKER[1])
    assert (ran.code, ran.verdict["verdict"], ran.verdict["layer"]) == (1, "regression", "server")
    assert ran.verdict["step"]["number"] == 1
    (error,) = ran.verdict["errors"]
    assert (error["kind"], error["layer"]) == ("migration", "server")
    assert error["text"].endswith("exit code 3")
    assert "no class" in error["detail"]
    assert "no class\n[exit code 3]" in (ran.folder / "after/migrate.log").read_text()
    assert "no class" in (ran.folder / "report.html").read_text()

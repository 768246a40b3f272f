"""Every shipped case, and what mends it: for real, and as the table says."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.integration.running import ROOT, Explain, Reproduce, edited
from tests.shipped import SHIPPED, Part, Shipped

pytestmark = pytest.mark.engine


def each(part: Part, cases: Iterable[Shipped]) -> list[object]:
    return [pytest.param(one, id=one.environment, marks=one.marks(part)) for one in cases]


@pytest.mark.parametrize("shipped", each("upgrade", SHIPPED))
def test_a_shipped_case(reproduce: Reproduce, shipped: Shipped) -> None:
    ran = reproduce(shipped.environment_path, shipped.scenario_path)
    assert ran.verdict["verdict"] == shipped.verdict, ran.verdict["reason"]
    assert ran.verdict["layer"] == shipped.layer
    assert (ran.verdict["step"] or {}).get("number") == shipped.step
    said = ran.verdict["reason"] + " ".join(error["text"] + error["detail"] for error in ran.verdict["errors"])
    assert shipped.words in said
    assert ran.verdict["fingerprint"] == shipped.fingerprint
    origins = [error["origin"] for error in ran.verdict["errors"] if error["origin"]]
    assert not shipped.code or shipped.code in [f"{o['role']} {o['package']} {o['caller']}".strip() for o in origins]
    linked = [
        (one["strength"], one["change"]["rule"], one["change"]["path"]) for one in ran.verdict["chain"] if one["change"]
    ]
    assert linked == ([shipped.chain] if shipped.chain else [])
    assert ran.code == (1 if shipped.verdict == "regression" else 0)
    assert ran.verdict["before"]["steps_passed"] == ran.verdict["before"]["steps"] > 0
    assert ran.verdict["environment_diff"]
    for name in ("verdict.json", "comparison.json", "report.html", "junit.xml", "lock.yaml", "environment.yaml"):
        assert (ran.folder / name).stat().st_size > 0
    for side in ("before", "after"):
        for name in ("trace.jsonl", "network.har", "server.log", "containers.json"):
            assert (ran.folder / side / name).stat().st_size > 0


@pytest.mark.parametrize("shipped", each("mend", (one for one in SHIPPED if one.mend)))
def test_the_mend_is_seen_to_work(reproduce: Reproduce, shipped: Shipped) -> None:
    """A vendor's newer plug-in, or a compat layer, under the upgraded product."""
    ran = reproduce(shipped.mended_path, shipped.scenario_path)
    assert (ran.verdict["verdict"], ran.code) == ("same", 0), ran.verdict["reason"]


@pytest.mark.stories
def test_the_vendor_s_mend_and_a_gateway_are_both_shown(explain: Explain, tmp_path: Path) -> None:
    """The plug-in's newer version asks as Datasette 1.0 wants; a gateway asks so for the old one."""
    file = edited(tmp_path, "datasette-search", compat=["gateways/datasette-0.64.yaml"])
    shutil.copytree(ROOT / "environments/gateways", tmp_path / "gateways")
    ran = explain(file, ROOT / "scenarios/search-every-table.yaml", "--try-newer")
    assert (ran.verdict["verdict"], ran.code) == ("regression", 1)
    gateway, newer = ran.verdict["conclusion"]["mended_by"]
    assert (gateway, newer.partition("@")[0]) == ("gateways/datasette-0.64.yaml", "search-all")
    report = (ran.folder / "report.html").read_text("utf-8")
    assert f"{gateway} (a gateway before the product)" in report
    assert f"{newer} (a newer version of the plug-in)" in report

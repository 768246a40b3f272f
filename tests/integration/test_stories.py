"""Every shipped case, and what mends it: for real, and as the table says."""

from collections.abc import Iterable

import pytest

from tests.integration.running import Reproduce
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

"""Why it broke, and what mends it: control runs for real."""

from pathlib import Path

import pytest

from harness import spec
from harness.controls.running import Bench
from harness.controls.telling import Told
from harness.controls.trials import Trial
from harness.evidence import RunFolder
from tests.integration.running import ROOT, Explain

pytestmark = pytest.mark.engine

BOOTH = Path(__file__).parent / "booth"


def test_a_plugin_that_does_not_fit_and_what_mends_it(explain: Explain) -> None:
    files = ROOT / "environments/gallery-parallax.yaml", ROOT / "scenarios/show-prices.yaml"
    ran = explain(*files, "--fewest-steps")
    found = ran.verdict["conclusion"]
    assert (ran.verdict["verdict"], ran.code) == ("regression", 1)
    assert (found["cause"], found["parts"]) == ("plugin-incompatible", ["stellar@0.6.2"])
    assert found["mended_by"] == ["jquery-migrate@3.6.0"]
    assert [(one["kind"], one["outcome"]) for one in found["controls"]] == [
        ("again", "fails"),
        ("without-plugins", "works"),
        ("compat", "works"),
        ("steps", "fails"),
    ]
    assert found["steps"] == [1, 3]  # that the headline is there need not be looked at
    (fewer,) = (one for one in found["controls"] if one["kind"] == "steps")
    assert len(spec.load_scenario(ran.folder / fewer["folder"] / "scenario.yaml").steps) == 2
    sealed = RunFolder.open(ran.folder).read_seal().files
    for one in found["controls"]:
        for name in ("verdict.json", "report.html", "after/trace.jsonl", "lock.yaml"):
            assert f"{one['folder']}/{name}" in sealed
    assert "jquery-migrate@3.6.0" in (ran.folder / "report.html").read_text("utf-8")


def test_of_two_changes_the_one_that_breaks_it(explain: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTH_LUCK", "lucky-day")
    ran = explain(BOOTH / "narrow.yaml", BOOTH / "buy.yaml")
    found = ran.verdict["conclusion"]
    assert (found["cause"], found["axes"]) == ("environment-change", ["client.viewport"])
    outcomes = {one["name"]: one["outcome"] for one in found["controls"]}
    assert outcomes["only-client.viewport"] == "fails"
    assert outcomes.get("only-server.product", "works") == "works"


def test_what_fails_now_and_then_is_unstable_with_its_counts(explain: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unlucky day, a lucky one, an unlucky one."""
    days, ask = ["lucky-day", "unlucky-day"], Bench.ask

    def next_day(self: Bench, trial: Trial) -> Told:
        monkeypatch.setenv("BOOTH_LUCK", days.pop(0))
        return ask(self, trial)

    monkeypatch.setattr(Bench, "ask", next_day)
    monkeypatch.setenv("BOOTH_LUCK", "unlucky-day")
    ran = explain(BOOTH / "booth.yaml", BOOTH / "buy.yaml")
    assert (ran.verdict["verdict"], ran.code) == ("unstable", 4)
    found = ran.verdict["conclusion"]
    assert found["cause"] == "unstable"
    assert found["repeats"] == {"runs": 3, "before_failed": 0, "after_failed": 2}
    assert [one["kind"] for one in found["controls"]] == ["again", "again"]

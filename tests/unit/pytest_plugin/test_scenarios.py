"""Scenario files as items: which there are, and what a verdict is to pytest."""

import xml.etree.ElementTree as ElementTree
from datetime import date, timedelta
from pathlib import Path

import pytest

from harness import run
from harness.errors import EngineError, InputError, ReplicaError
from harness.language import Message
from harness.model import VERDICTS, Known, VerdictName
from harness.progress import Progress
from harness.spec.baseline import write_baseline
from tests.shipped import SHIPPED
from tests.unit.pytest_plugin.project import ALONE, FINGERPRINT, ROOT, Reproduce, environment, project, scenario

pytest_plugins = "pytester"

ALL = [
    "scenarios/anything.yaml::gallery",
    "scenarios/anything.yaml::slides",
    "scenarios/prices.yaml::gallery",
]
PRICES = "scenarios/prices.yaml::gallery"


@pytest.fixture(autouse=True)
def _in_a_project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", ALONE)
    project(pytester.path)


@pytest.fixture
def reproduce(monkeypatch: pytest.MonkeyPatch) -> Reproduce:
    fake = Reproduce()
    monkeypatch.setattr(run, "reproduce", fake)
    return fake


def collected(pytester: pytest.Pytester, *args: str) -> list[str]:
    result = pytester.runpytest("--harness", "--collect-only", "-q", *args)
    assert result.ret == 0, result.stdout.str()
    return [line for line in result.outlines if "::" in line]


# ------------------------------------------------------------------ collection
def test_every_scenario_goes_with_every_environment_that_fits(pytester: pytest.Pytester) -> None:
    assert collected(pytester) == ALL


def test_the_shipped_scenarios_have_their_environments_and_those_that_are_mended(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = pytester.runpytest("--harness", "--collect-only", "-q", f"--rootdir={ROOT}", str(ROOT / "scenarios"))
    ids = [line.rpartition("scenarios/")[2] for line in result.outlines if "::" in line]
    stems = {one: [one.environment, *([one.mended_path.stem] if one.mend else [])] for one in SHIPPED}
    assert sorted(ids) == sorted(f"{one.scenario}.yaml::{stem}" for one in SHIPPED for stem in stems[one])


def test_without_the_option_nothing_is_collected(pytester: pytest.Pytester) -> None:
    assert pytester.runpytest().ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert pytester.runpytest("scenarios/prices.yaml").ret == pytest.ExitCode.USAGE_ERROR


def test_without_paths_only_the_folder_of_scenarios_counts(pytester: pytest.Pytester) -> None:
    scenario(pytester.path, "elsewhere", where="cases")
    pytester.makepyfile("def test_it(): pass")
    here = "test_without_paths_only_the_folder_of_scenarios_counts.py::test_it"
    assert sorted(collected(pytester)) == sorted([*ALL, here])


def test_the_folder_of_scenarios_is_collected_beside_the_paths_of_the_ini_file(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ntestpaths = tests")
    tests = pytester.mkdir("tests")
    (tests / "test_one.py").write_text("def test_it(): pass")
    assert sorted(collected(pytester)) == [*ALL, "tests/test_one.py::test_it"]


def test_paths_say_where_scenarios_are(pytester: pytest.Pytester) -> None:
    scenario(pytester.path, "elsewhere", where="cases/deep")
    (pytester.path / "cases/compose.yaml").write_text("services: {web: {image: x}}\n")
    (pytester.path / "cases/broken.yaml").write_text("a: [\n")
    assert collected(pytester, "cases") == [
        "cases/deep/elsewhere.yaml::gallery",
        "cases/deep/elsewhere.yaml::slides",
    ]
    assert collected(pytester, "scenarios/prices.yaml") == [PRICES]
    assert collected(pytester, f"{PRICES}") == [PRICES]


def test_environments_are_narrowed_by_the_command_line(pytester: pytest.Pytester) -> None:
    assert collected(pytester, "--harness-environments", "environments/sl*.yaml") == [ALL[1]]
    both = ("--harness-environments", "environments/slides.yaml", "--harness-environments", "environments/gallery.yaml")
    assert sorted(collected(pytester, *both)) == ALL
    assert collected(pytester, "--harness-environments", str(pytester.path / "environments")) == ALL


def test_environments_of_the_command_line_are_seen_from_where_it_is_typed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pytester.path / "environments")
    assert collected(pytester, "--harness-environments", "../environments/slides.yaml") == [ALL[1]]


def test_environments_of_the_ini_file_are_seen_from_the_root(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(pytester.path, "more/third", "server: {product: gallery@1.12.4}\nupgrade: [link: {egress: allow}]\n")
    pytester.makeini("[pytest]\nharness_environments = environments/gallery.yaml 'environments/sl*.yaml'")
    monkeypatch.chdir(pytester.path / "environments")
    assert collected(pytester) == ALL


# ------------------------------------------------------------------- bad files
def failing(pytester: pytest.Pytester, *args: str) -> str:
    """What a collection says that fails."""
    result = pytester.runpytest("--harness", "--collect-only", *args)
    assert result.ret == pytest.ExitCode.INTERRUPTED, result.stdout.str()
    shown = result.stdout.str()
    assert "Traceback" not in shown
    assert ".py:" not in shown
    return shown


def test_a_bad_scenario_is_told_with_its_place(pytester: pytest.Pytester) -> None:
    (pytester.path / "scenarios/prices.yaml").write_text("schema: 1\nname: prices\nsteps: [{clik: x}, {open: 1}]\n")
    shown = failing(pytester)
    assert "scenarios/prices.yaml:3:10: there is no step `clik`\n  → did you mean `click`?" in shown
    assert "_ ERROR collecting scenarios/prices.yaml _" in shown


def test_words_are_in_the_language_that_is_asked_for(pytester: pytest.Pytester) -> None:
    (pytester.path / "scenarios/prices.yaml").write_text("schema: 1\nname: prices\nsteps: [{clik: x}]\n")
    assert Message("there is no step `{name}`", name="clik").into("zh") in failing(pytester, "--harness-lang", "zh")


def test_bad_environments_are_told_once(pytester: pytest.Pytester) -> None:
    environment(pytester.path, "slides", "server: {product: slidez@3}\n")
    environment(pytester.path, "gallery", "servr: {}\n")
    shown = failing(pytester)
    assert shown.count("environments/slides.yaml:3:19: ") == 1
    assert shown.count("environments/gallery.yaml:3:1: ") == 1
    assert "1 error during collection" in shown


def test_two_environments_of_one_name_are_refused(pytester: pytest.Pytester) -> None:
    again = (pytester.path / "environments/gallery.yaml").read_text()
    (pytester.path / "environments/gallery-2.yaml").write_text(again)
    assert "there are two environments named `gallery`" in failing(pytester)


@pytest.mark.parametrize("text", ["schema: 1\nsteps: [\n", "steps: 1\n", '{"schema": 1,\n"steps": []}\n'])
def test_what_is_meant_to_be_a_scenario_is_not_passed_over(pytester: pytest.Pytester, text: str) -> None:
    pytester.mkdir("cases")
    (pytester.path / "cases/meant.yaml").write_text(text)
    assert "cases/meant.yaml:" in failing(pytester, "cases")


def test_a_file_that_is_named_and_no_scenario_is_refused(pytester: pytest.Pytester) -> None:
    shown = failing(pytester, "environments/gallery.yaml")
    assert "environments/gallery.yaml is no scenario but of the kind `environment`" in shown


def test_a_scenario_of_a_product_that_is_nowhere_does_not_vanish(pytester: pytest.Pytester) -> None:
    scenario(pytester.path, "lost", "product: galery\n")
    words = "scenarios/lost.yaml:3:10: the scenario is about `galery`, and there is only `gallery`, `slides`"
    assert words in failing(pytester)


def test_a_scenario_that_is_named_does_not_vanish_either(pytester: pytest.Pytester) -> None:
    slides = ("--harness-environments", "environments/slides.yaml")
    assert "there is only `slides`" in failing(pytester, "scenarios/prices.yaml", *slides)


def test_without_any_upgrade_nothing_can_be_run(pytester: pytest.Pytester) -> None:
    shown = failing(pytester, "--harness-environments", "environments/still.yaml")
    assert "there is no environment file with an upgrade" in shown


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--harness-environments", "nothing/*.yaml"), "no file matches `nothing/*.yaml`"),
        (("--harness-environments", "environments/galery.yaml"), "no file matches `environments/galery.yaml`"),
        (("--harness-baseline", "pytest.ini"), "pytest.ini:1:1: "),
        (("--harness-baseline", "none.yaml"), "none.yaml:1:1: "),
    ],
)
def test_options_that_name_nothing_are_refused(pytester: pytest.Pytester, args: tuple[str, ...], words: str) -> None:
    result = pytester.runpytest("--harness", *args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_without_a_folder_of_scenarios_somebody_must_name_them(pytester: pytest.Pytester) -> None:
    (pytester.path / "scenarios").rename(pytester.path / "cases")
    result = pytester.runpytest("--harness")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--harness: there is no folder" in result.stderr.str()
    assert len(collected(pytester, "cases")) == 3


# -------------------------------------------------------------------- verdicts
OUTCOMES: dict[VerdictName, dict[str, int]] = {
    "same": {"passed": 1},
    "fixed": {"passed": 1},
    "regression": {"failed": 1},
    "broken-both": {"errors": 1},
    "unstable": {"errors": 1},
    "no-verdict": {"errors": 1},
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_is_an_outcome(pytester: pytest.Pytester, reproduce: Reproduce, verdict: VerdictName) -> None:
    reproduce.verdict = verdict
    result = pytester.runpytest("--harness", PRICES)
    result.assert_outcomes(**OUTCOMES[verdict])
    assert result.ret == (0 if "passed" in OUTCOMES[verdict] else 1)


def test_a_regression_is_told_as_on_the_terminal(pytester: pytest.Pytester, reproduce: Reproduce) -> None:
    reproduce.verdict = "regression"
    shown = pytester.runpytest("--harness", PRICES, "-rf")
    shown.stdout.fnmatch_lines(
        [
            "*_ gallery × prices _*",
            "Step 3 works before the upgrade and fails after it: css=body.parallax-ready is not in the page",
            "  Shows in    client (browser and page)",
            "  Step        3 of 5: The parallax effect has started",
            "  New errors  TypeError: e.indexOf is not a function",
            "  Evidence    .harness/runs/20261122-203102-gallery-parallax/report.html",
            "  Again       harness reproduce environments/gallery.yaml scenarios/prices.yaml",
            "FAILED scenarios/prices.yaml::gallery*",
        ]
    )
    assert "Traceback" not in shown.stdout.str()
    assert ".py:" not in shown.stdout.str()


def test_what_could_not_be_told_says_why_with_the_log(pytester: pytest.Pytester, reproduce: Reproduce) -> None:
    reproduce.verdict = "no-verdict"
    reproduce.failures = (ReplicaError(Message("the product ended"), Message("see its log"), log="no database"),)
    shown = pytester.runpytest("--harness", PRICES)
    shown.stdout.fnmatch_lines(
        [
            "*ERROR at setup of gallery × prices*",
            "There is no verdict",
            "  → see its log",
            "  | no database",
        ]
    )
    assert ".py:" not in shown.stdout.str()


@pytest.mark.parametrize("error", [EngineError(Message("no engine"), Message("start one")), InputError(Message("bad"))])
def test_an_error_of_ours_is_an_error_in_words(
    pytester: pytest.Pytester, reproduce: Reproduce, error: EngineError | InputError
) -> None:
    reproduce.error = error
    result = pytester.runpytest("--harness", PRICES)
    result.assert_outcomes(errors=1)
    assert f"_\n{error.into('en')}\n=" in result.stdout.str()


def test_a_fault_of_ours_shows_where(pytester: pytest.Pytester, reproduce: Reproduce) -> None:
    reproduce.error = ZeroDivisionError("by hand")
    result = pytester.runpytest("--harness", PRICES)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*project.py:*: ZeroDivisionError"])


def test_what_a_run_is_asked(pytester: pytest.Pytester, reproduce: Reproduce) -> None:
    pytester.runpytest("--harness", PRICES)
    pytester.runpytest("--harness", PRICES, "--harness-runs", "kept", "--harness-lang", "zh", "--harness-locked")
    plain, all_given = reproduce.asked
    files = {"environment": Path("environments/gallery.yaml"), "scenario": Path("scenarios/prices.yaml")}
    words = ("harness", "reproduce", *map(str, files.values()))
    del plain["progress"], all_given["progress"]
    assert plain == files | {"runs": Path(".harness/runs"), "strict": False, "lang": "en", "command": words}
    assert all_given == files | {"runs": Path("kept"), "strict": True, "lang": "zh", "command": (*words, "--locked")}


def test_from_a_folder_below_the_evidence_still_lies_at_the_root(
    pytester: pytest.Pytester, reproduce: Reproduce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pytester.path / "scenarios")
    pytester.runpytest("--harness", "prices.yaml").assert_outcomes(passed=1)
    assert reproduce.asked[0]["runs"] == pytester.path / ".harness/runs"
    assert reproduce.asked[0]["scenario"] == Path("prices.yaml")
    assert reproduce.asked[0]["environment"] == pytester.path / "environments/gallery.yaml"


def test_junit_has_the_verdict_and_what_comes_with_it(pytester: pytest.Pytester, reproduce: Reproduce) -> None:
    reproduce.verdict = "regression"
    pytester.runpytest("--harness", PRICES, "--junitxml=junit.xml")
    (case,) = ElementTree.parse(pytester.path / "junit.xml").iter("testcase")
    properties = {item.get("name"): item.get("value") for item in case.iter("property")}
    assert properties == {
        "verdict": "regression",
        "layer": "client",
        "fingerprint": FINGERPRINT,
        "evidence": ".harness/runs/20261122-203102-gallery-parallax",
    }
    assert "indexOf is not a function" in (case.findtext("failure") or "")


# -------------------------------------------------------------------- baseline
def baseline(folder: Path, cells: str = "prices/gallery", *, days: int = 1, **changes: str) -> None:
    entry = {"cells": cells, "fingerprint": FINGERPRINT, "reason": "ticket 12", "owner": "ann"} | changes
    known = Known.model_validate(entry | {"expires": date.today() + timedelta(days=days)})
    write_baseline(folder / "baseline.yaml", (known,))


@pytest.mark.parametrize("verdict", ["regression", "broken-both", "unstable"])
def test_a_failure_that_is_known_is_expected(
    pytester: pytest.Pytester, reproduce: Reproduce, verdict: VerdictName
) -> None:
    baseline(pytester.path, verdict=verdict)
    reproduce.verdict = verdict
    result = pytester.runpytest("--harness", PRICES, "--harness-baseline", "baseline.yaml", "-rx")
    result.assert_outcomes(xfailed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["XFAIL scenarios/prices.yaml::gallery - *ticket 12"])
    shown = pytester.runpytest("--harness", PRICES, "--harness-baseline", "baseline.yaml", "--runxfail")
    shown.assert_outcomes(**OUTCOMES[verdict])


@pytest.mark.parametrize(
    "changes", [{"cells": "prices/slides"}, {"fingerprint": "f" * 16}, {"verdict": "unstable"}, {"days": -1}]
)
def test_what_is_not_known_fails(
    pytester: pytest.Pytester, reproduce: Reproduce, changes: dict[str, str | int]
) -> None:
    baseline(pytester.path, **changes)  # type: ignore[arg-type]  # as they are written above
    reproduce.verdict = "regression"
    pytester.runpytest("--harness", PRICES, "--harness-baseline", "baseline.yaml").assert_outcomes(failed=1)


def test_what_passes_passes_whatever_the_baseline_says(pytester: pytest.Pytester, reproduce: Reproduce) -> None:
    baseline(pytester.path)
    pytester.runpytest("--harness", PRICES, "--harness-baseline", "baseline.yaml").assert_outcomes(passed=1)


# -------------------------------------------------------------------- progress
def tells(progress: Progress) -> None:
    progress.stage("before", Message("starting"))


def test_while_output_is_captured_nothing_is_said(pytester: pytest.Pytester, reproduce: Reproduce) -> None:
    reproduce.meanwhile, reproduce.verdict = tells, "regression"
    result = pytester.runpytest_inprocess("--harness", PRICES)
    assert "starting" not in result.stdout.str() + result.stderr.str()


def test_where_nothing_is_captured_progress_stands_on_lines_of_its_own(
    pytester: pytest.Pytester, reproduce: Reproduce
) -> None:
    reproduce.meanwhile = tells
    result = pytester.runpytest_inprocess("--harness", PRICES, "-s", "-v")
    result.stderr.re_match_lines([r" +\d+\.\ds before +starting"])
    result.stdout.fnmatch_lines([f"{PRICES} ", f"{PRICES} PASSED*"])

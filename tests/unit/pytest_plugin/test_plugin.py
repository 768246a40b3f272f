"""What it costs to have the plug-in, and that it can be looked up."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HEAVY = {"selenium", "docker", "pydantic", "yaml", "jinja2", "rich", "requests", "testcontainers"}

pytest_plugins = "pytester"


@pytest.fixture
def modules(pytester: pytest.Pytester) -> Path:
    """Where a run of pytest leaves the names of all modules that it has imported."""
    pytester.makeconftest("""
        import pathlib, sys

        def pytest_unconfigure():
            pathlib.Path("modules.txt").write_text("\\n".join(sys.modules))
    """)
    pytester.makepyfile("def test_nothing(): pass")
    return pytester.path / "modules.txt"


def test_kept_out_it_costs_nothing(pytester: pytest.Pytester, modules: Path) -> None:
    pytester.runpytest_subprocess("-p", "no:harness").assert_outcomes(passed=1)
    assert not [name for name in modules.read_text().split() if name.partition(".")[0] == "harness"]


def test_unused_it_imports_nothing_that_weighs_something(pytester: pytest.Pytester, modules: Path) -> None:
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    imported = modules.read_text().split()
    assert "harness.pytest_plugin" in imported
    assert not {name.partition(".")[0] for name in imported} & HEAVY
    assert {name for name in imported if name.startswith("harness.")} == {
        "harness.language",
        "harness.pytest_plugin",
        "harness.pytest_plugin.page",
        "harness.pytest_plugin.replica",
        "harness.pytest_plugin.settings",
    }


def test_mark_and_fixtures_explain_themselves(pytester: pytest.Pytester) -> None:
    pytester.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.environment(name_or_path, sides=*"])
    shown = pytester.runpytest("--fixtures").stdout
    shown.fnmatch_lines(["replica -- *pytest_plugin*", "    A replica of one side of the environment*"])
    shown.fnmatch_lines(["page -- *pytest_plugin*", "    The browser of the replica*"])


def test_every_option_is_in_the_docs(pytester: pytest.Pytester) -> None:
    options = set(re.findall(r"--harness[\w-]*", pytester.runpytest("--help").stdout.str()))
    assert len(options) == 6
    docs = (ROOT / "docs/pytest.md").read_text("utf-8")
    assert options <= set(re.findall(r"--harness[\w-]*", docs))


def test_the_example_in_the_docs_is_the_one_that_is_tested() -> None:
    docs = (ROOT / "docs/pytest.md").read_text("utf-8")
    assert (ROOT / "docs/examples/test_gallery.py").read_text("utf-8") in docs

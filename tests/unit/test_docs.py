"""What the documentation shows is valid: pipelines, commands, files."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness import cli
from harness.facts.responses import RULES
from harness.facts.responses.changes import CHANGES_MAX, SAMPLES_MAX, TOTAL_MAX
from harness.facts.responses.shapes import DEPTH_MAX, FIELDS_MAX, ITEMS_MAX, NODES_MAX
from harness.model import Part, Recipe, VersionSource
from harness.spec.recipe import recipe_file
from harness.steps import STEPS
from tests.shipped import SHIPPED, Shipped

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PIPELINES = {
    "github-actions.yml": ("--builtin-schema", "vendor.github-workflows"),
    "gitlab-ci.yml": ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
}
PLACEHOLDERS = {"ENV": "e.yaml", "SCENARIO": "s.yaml", "FILE": "f.yaml", "RUN": "run", "BUNDLE": "b.zip", "DIR": "d"}


def pipeline_commands() -> list[str]:
    texts = [(ROOT / "docs/ci" / name).read_text("utf-8") for name in PIPELINES]
    return [line for text in texts for line in re.findall(r"(?<![\w.])harness (?!@)[a-z][^\n)|>]*", text)]


def shown_commands() -> list[str]:
    """What stands behind `harness` in code of the pages, where it is whole."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        found += re.findall(r"`harness ([a-z][^`]*)`", text)
        found += [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in _lines(block)]
    return [one for one in found if not re.search(r"[<…]|, `", one)]


def _lines(block: str) -> list[str]:
    return [match[1] for line in block.splitlines() if (match := re.match(r"harness ([a-z].*)", line.strip()))]


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_is_valid(name: str) -> None:
    """Against the schemas of the services, which the checker brings along."""
    path = ROOT / "docs/ci" / name
    command = [sys.executable, "-m", "check_jsonschema", *PIPELINES[name], str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert yaml.safe_load(path.read_text("utf-8"))


def test_every_pipeline_is_checked() -> None:
    assert sorted(path.name for path in (ROOT / "docs/ci").iterdir()) == sorted(PIPELINES)


@pytest.mark.parametrize("command", [*pipeline_commands(), *(f"harness {one}" for one in shown_commands())])
def test_a_command_that_is_shown_can_be_called(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    plain = re.sub(r"\$\{\{[^}]*\}\}|\$\w+", "1/2", command.partition("  #")[0])
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(plain)[1:]]
    try:
        cli.parser(words).parse_args(words)
    except SystemExit as exc:
        said = capsys.readouterr().err
        missing = "the following arguments are required" in said  # a page may name a command without them
        assert exc.code == 0 or missing, said


def test_every_action_and_what_can_be_expected_is_told() -> None:
    text = (ROOT / "docs/files.md").read_text("utf-8").partition("## Scenario")[2].partition("\n## ")[0]
    rows = " ".join(re.findall(r"^\| (`.*?) \|", text, re.M))
    assert sorted(name for name in STEPS if f"`{name}`" not in rows) == []
    said = set(STEPS["expect"].Arguments.model_fields) - {"target"}
    assert sorted(name for name in said if not re.search(rf"`{name}[:`]", text)) == []


def test_a_command_that_is_not_there_would_be_seen() -> None:
    assert len(pipeline_commands()) >= 8
    assert len(shown_commands()) >= 10
    with pytest.raises(SystemExit):
        cli.parser(["matrix", "--shrd", "1/2"]).parse_args(["matrix", "--shrd", "1/2"])


# ------------------------------------------------------------- what is shipped
@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.environment)
def test_the_readme_says_what_a_shipped_case_shows(shipped: Shipped) -> None:
    said = f"`{shipped.verdict}`" + (f", {shipped.layer}" if shipped.layer else "")
    name = re.escape(f"`{shipped.environment}` + `{shipped.scenario}`")
    assert re.search(rf"^\| {name} \| .+: {said} \|$", (ROOT / "README.md").read_text("utf-8"), re.M)


def test_the_page_of_answers_has_the_rules_as_they_are() -> None:
    text = (ROOT / "docs/responses.md").read_text("utf-8")
    shown = re.findall(r"^\| `([a-z-]+)` \| (breaking|maybe|harmless) \| (.+) \|$", text, re.M)
    assert shown == [(name, rule.weight, rule.words.text) for name, rule in RULES.items()]
    limits = re.search(r"^- (Of \d+ levels .*?)^- ", text, re.M | re.S)
    numbers = (DEPTH_MAX, ITEMS_MAX, FIELDS_MAX, SAMPLES_MAX, NODES_MAX, CHANGES_MAX, TOTAL_MAX)
    assert limits
    assert re.findall(r"\d[\d,]*", limits[1]) == [f"{number:,}" for number in numbers]


def test_the_page_of_recipes_lists_what_is_shipped() -> None:
    rows = [_row(recipe_file(path)) for path in sorted((ROOT / "environments/recipes").glob("*/recipe.yaml"))]
    table = [line for line in (ROOT / "docs/recipes.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    assert table == rows


def _row(recipe: Recipe) -> str:
    """One line of the table: recipe, product, plug-ins, compat layers, cases with what mends them."""
    cells = [
        f"`{recipe.name}`",
        f"{recipe.title}: {_published(recipe.product)}",
        ", ".join(f"`{name}`: {_published(part)}" for name, part in recipe.plugins.items()) or "-",
        ", ".join(f"`{name}`: {_published(part)}" for name, part in recipe.compat.items()) or "-",
        "; ".join(
            _case(one) for one in SHIPPED if f"\n  product: {recipe.name}@" in one.environment_path.read_text("utf-8")
        ),
    ]
    return f"| {' | '.join(cells)} |"


def _published(part: Part) -> str:
    version = part.version
    return f"{version.installer} `{version.package}`" if isinstance(version, VersionSource) else ", ".join(version)


def _case(shipped: Shipped) -> str:
    if shipped.mend is None:
        return f"`{shipped.environment}`"
    name = shipped.mend[0].rpartition(".")[2]
    return f"`{shipped.environment}`, mended by `{name}@{shipped.mend[1]}`"

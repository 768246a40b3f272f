import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.documents import parse, plain
from harness.errors import InputError
from harness.matrix import plan
from harness.model import Case, Environment, EnvironmentFile, Ref, Selector, Target, Variable, Viewport, difference
from harness.model.environment import BrowserRef, CompatRef
from harness.model.refs import NAME, VERSION
from harness.spec import gateway_file, load, load_environment, load_recipe, load_scenario
from harness.spec.baseline import baseline_file
from harness.spec.known_issue import known_issue_file
from harness.spec.matrix import matrix_file
from harness.spec.overlay import long_form, overlay
from harness.spec.recipe import recipe_file
from tests.shipped import SHIPPED, Shipped

ROOT = Path(__file__).parents[2]
BAD = Path(__file__).parent / "bad_input"
EXAMPLES = {one.environment: one.scenario for one in SHIPPED}
READERS: dict[str, Callable[[Path], Any]] = {
    "environments": load_environment,
    "scenarios": load_scenario,
    "recipes": recipe_file,
    "matrices": lambda path: plan(matrix_file(path)),
    "baselines": baseline_file,
    "known-issues": known_issue_file,
    "gateways": gateway_file,
}
WRONG = [
    *sorted((BAD / "environments").glob("*.yaml")),
    *sorted((BAD / "scenarios").glob("*.yaml")),
    *sorted((BAD / "recipes").glob("*/recipe.yaml")),
    *sorted((BAD / "matrices").glob("*.yaml")),
    *sorted((BAD / "baselines").glob("*.yaml")),
    *sorted((BAD / "known-issues").glob("*.yaml")),
    *sorted((BAD / "gateways").glob("*.yaml")),
]


def example(name: str) -> Case:
    return load(ROOT / "environments" / f"{name}.yaml", ROOT / "scenarios" / f"{EXAMPLES[name]}.yaml")


# ------------------------------------------------------------ upgrades in place
LEDGER = """\
schema: 1
name: ledger
server:
  product: ledger@1
  services: [postgresql@15, {name: redis, os: debian:13}]
upgrade:
  - {kind: in-place, server: {product: ledger@2}}
  - {kind: fresh, server: {product: ledger@1, services: [redis@none]}}
  - {kind: in-place, server: {product: ledger@2, services: [postgresql@15.20]}}
  - {kind: in-place, server: {services: [{name: redis, version: 7}]}}
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Callable[[str], EnvironmentFile]:
    shutil.copytree(BAD / "environments/recipes", tmp_path / "recipes")

    def read_as(text: str) -> EnvironmentFile:
        path = tmp_path / "ledger.yaml"
        path.write_text(text, "utf-8")
        return load_environment(path)

    return read_as


def test_services_are_laid_on_by_name(ledger: Callable[[str], EnvironmentFile]) -> None:
    services = [[(ref.name, ref.version, ref.os) for ref in one.server.services] for one in ledger(LEDGER).environments]
    both = [("postgresql", "15", ""), ("redis", "latest", "debian:13")]
    assert services == [
        both,
        both,
        [("postgresql", "15", "")],
        [("postgresql", "15.20", "")],
        [("postgresql", "15.20", ""), ("redis", "7", "")],
    ]


def test_a_side_has_lived_through_what_was_upgraded_in_place(ledger: Callable[[str], EnvironmentFile]) -> None:
    file = ledger(LEDGER)
    assert file.kinds == ("in-place", "fresh", "in-place", "in-place")
    assert file.lineage("before") == file.environments[:1]
    assert file.lineage("after") == file.environments[2:]


def test_without_a_kind_an_upgrade_is_fresh(ledger: Callable[[str], EnvironmentFile]) -> None:
    file = ledger(LEDGER.replace("kind: in-place, ", ""))
    assert file.kinds == ()
    assert file.lineage("after") == file.environments[-1:]


def test_the_services_of_an_environment_stand_in_what_differs(ledger: Callable[[str], EnvironmentFile]) -> None:
    first, _, third, *_ = ledger(LEDGER).environments
    assert [(one.path, one.before, one.after) for one in difference(first, third)] == [
        ("server.services.redis", "latest", None),
        ("server.services.redis.os", "debian:13", None),
    ]


@pytest.mark.parametrize("version", ["15", "15.20", "15.20-0+deb12u1", ">=15,<16", "latest", "oldest"])
def test_a_version_that_the_distribution_may_have_is_left_to_it(
    version: str, ledger: Callable[[str], EnvironmentFile]
) -> None:
    text = LEDGER.replace("postgresql@15,", f'"postgresql@{version}",').partition("upgrade")[0]
    assert ledger(text).side("before").server.services[0].version == version


@pytest.mark.parametrize("version", ["17", "15x", "1", "150.1"])
def test_a_version_that_it_cannot_have_is_not(version: str, ledger: Callable[[str], EnvironmentFile]) -> None:
    with pytest.raises(InputError, match=r"1 problem"):
        ledger(LEDGER.replace("postgresql@15,", f"postgresql@{version},").partition("upgrade")[0])


@pytest.mark.parametrize(
    ("text", "is_of_services"),
    [
        ("{{ services.redis.url }}", True),
        ("redis://{{services.redis.host}}", True),
        ("{% if 'redis' in services %}yes{% endif %}", True),
        ("{{ server.services }}", False),
        ("{{ product.version }} services", False),
        ("services", False),
    ],
)
def test_a_variable_of_a_service_is_in_no_image(text: str, is_of_services: bool) -> None:
    assert Variable.model_validate(text).is_secret is is_of_services


# ------------------------------------------------------------------- examples
def test_every_case_that_is_shipped_is_in_the_table() -> None:
    files = [path.stem for path in (ROOT / "environments").glob("*.yaml") if "." not in path.stem]
    assert sorted([*EXAMPLES, *(one.mended_path.stem for one in SHIPPED if one.mend)]) == sorted(files)
    assert sorted(EXAMPLES.values()) == sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.environment)
def test_a_shipped_case_upgrades_one_thing(shipped: Shipped) -> None:
    case = example(shipped.environment)
    assert case.file.name == shipped.environment
    assert case.scenario is not None
    assert case.scenario.name == shipped.scenario
    change, *others = difference(case.file.side("before"), case.file.side("after"))
    assert (change.path, change.before, change.after) == shipped.change
    assert tuple(one.path for one in others) == shipped.others
    assert shipped.step is None or shipped.step <= len(case.scenario.steps)


@pytest.mark.parametrize("shipped", [one for one in SHIPPED if one.mend], ids=lambda one: one.environment)
def test_a_mended_case_differs_by_its_mend_alone(shipped: Shipped) -> None:
    broken, mended = load_environment(shipped.environment_path), load_environment(shipped.mended_path)
    assert mended.name == shipped.mended_path.stem
    assert mended.side("before") == broken.side("before")
    (change,) = difference(broken.side("after"), mended.side("after"))
    assert (change.path, change.after) == shipped.mend
    name = change.path.rpartition(".")[2]
    assert change.path == f"server.plugins.{name}" or name in [ref.name for ref in broken.compat]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_step_of_an_example_is_described_in_both_languages(name: str) -> None:
    scenario = example(name).scenario
    assert scenario is not None
    assert isinstance(scenario.title, dict)
    for step in scenario.steps:
        assert isinstance(step.description, dict)
        assert set(step.description) == {"en", "zh"}


def test_what_a_case_says() -> None:
    case = example("gallery-parallax")
    before = case.file.side("before")
    assert before.client.browser == BrowserRef(name="chromium", version="latest")
    assert before.client.viewport == Viewport(width=1366, height=768)
    assert before.server.plugins == (Ref(name="stellar", version="0.6.2"),)
    assert case.file.compat == (CompatRef(name="jquery-migrate", version="3.6.0"),)
    recipe = case.recipe(before)
    assert recipe.folder == ROOT / "environments/recipes/gallery"
    (npm,) = recipe.plugins["stellar"].install
    assert (npm.installer, npm.arguments) == ("npm", ["jquery.stellar@{{ plugin.version }}"])
    line = recipe.line("jquery.stellar@{{ plugin.version }}")
    assert "jquery.stellar@{{ plugin.version }}" in recipe.path.read_text("utf-8").splitlines()[line - 1]
    assert case.scenario is not None
    assert [step.action for step in case.scenario.steps] == ["open", "expect", "wait_for", "click", "expect"]
    assert case.scenario.steps[2].timeout_s == 3
    click = case.scenario.steps[3].arguments.target
    assert [selector.how for selector in click.selectors] == ["css", "role", "text"]


def test_a_recipe_can_be_loaded_by_name() -> None:
    assert load_recipe("crm", ROOT / "environments/flask-admin.yaml").product.version == ("1.0",)
    with pytest.raises(InputError) as caught:
        load_recipe("crn", ROOT / "environments/flask-admin.yaml")
    assert "there is no such file" in caught.value.into("en")


def test_templates_can_switch_entries_off(tmp_path: Path) -> None:
    folder = tmp_path / "recipes/optional"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text("""\
schema: 1
name: optional
product:
  version: ["1"]
  install:
    - npm: [jquery, "{% if product.version is version('>=2') %}bootstrap@4{% endif %}"]
    - pip: "{% if product.version is version('>=2') %}flask==3.0.3{% endif %}"
start: [sleep, "1"]
port: 80
""")
    assert len(load_recipe("optional", tmp_path / "environment.yaml").product.install) == 2


def test_a_recipe_knows_the_lines_of_its_templates(tmp_path: Path) -> None:
    folder = tmp_path / "recipes/lines"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text("""\
schema: 1
name: lines
product: {version: ["1"]}
setup:
  - [echo, "{{ product.name }}"]
  - - sh
    - |
      echo {{ product.version }}
start: [sleep, "1"]
port: 80
""")
    recipe = load_recipe("lines", tmp_path / "environment.yaml")
    assert [recipe.line(command[-1]) for command in recipe.setup] == [5, 8]


# ------------------------------------------------------------------ bad input
@pytest.mark.parametrize("path", WRONG, ids=lambda path: f"{path.relative_to(BAD)}")
def test_every_mistake_of_a_file_is_reported_in_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    relative = path.relative_to(BAD)
    with pytest.raises(InputError) as caught:
        READERS[relative.parts[0]](relative)
    assert caught.value.into("en") + "\n" == path.with_suffix(".expected").read_text("utf-8")


def test_the_mistakes_of_all_files_of_a_case_come_together(tmp_path: Path) -> None:
    shutil.copytree(BAD / "recipes/many-mistakes", tmp_path / "recipes/many-mistakes")
    environment = tmp_path / "environment.yaml"
    environment.write_text("schema: 1\nname: a\nclient: {os: windows:11}\nserver: {product: many-mistakes@1}\n")
    with pytest.raises(InputError) as caught:
        load(environment, BAD / "scenarios/no-steps.yaml")
    assert {problem.path.name for problem in caught.value.problems} == {
        "environment.yaml",
        "recipe.yaml",
        "index.html.j2",
        "no-steps.yaml",
    }


# ----------------------------------------------------------------- references
@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("chromium", "chromium", "latest"),
        ("gallery@1.12.4", "gallery", "1.12.4"),
        ("datasette@1.0a14", "datasette", "1.0a14"),
        ("chromium@156", "chromium", "156"),
        ("a@>=3,<4", "a", ">=3,<4"),
        ("a@^3.1", "a", "^3.1"),
        ("a@~=3.1", "a", "~=3.1"),
        ("a@oldest", "a", "oldest"),
        ("@scope/name@1.2", "@scope/name", "1.2"),
        ("@scope/name", "@scope/name", "latest"),
        ("chromium@156.0.8078.73-1~deb12u1", "chromium", "156.0.8078.73-1~deb12u1"),
    ],
)
def test_the_short_form_of_a_reference(text: str, name: str, version: str) -> None:
    assert Ref.model_validate(text) == Ref(name=name, version=version)


@pytest.mark.parametrize(
    "text", ["", "@", "a@", "a@new", "a@none", "a@>=", "a@1,2", "a b@1", "a@1 b", "../a@1", "a@1\n"]
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(ValidationError):
        Ref.model_validate(text)


@given(st.from_regex(NAME, fullmatch=True), st.from_regex(VERSION, fullmatch=True))
def test_a_reference_survives_its_own_words(name: str, version: str) -> None:
    ref = Ref(name=name, version=version)
    assert Ref.model_validate(str(ref)) == ref == Ref.model_validate({"name": name, "version": version})


@given(st.text(max_size=40))
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    try:
        assert Ref.model_validate(Ref.model_validate(text).model_dump()) == Ref.model_validate(text)
    except ValidationError as exc:
        assert exc.error_count() >= 1


# -------------------------------------------------------------------- targets
@pytest.mark.parametrize(
    ("written", "selectors"),
    [
        ("#a", [("css", "#a", None)]),
        ({"css": "#a"}, [("css", "#a", None)]),
        ({"name": "q"}, [("name", "q", None)]),
        ({"role": "button", "name": "Save"}, [("role", "button", "Save")]),
        ({"role": "button"}, [("role", "button", None)]),
        (
            ["#a", {"xpath": "//a"}, {"link": "More"}],
            [("css", "#a", None), ("xpath", "//a", None), ("link", "More", None)],
        ),
    ],
)
def test_the_forms_of_a_target(written: Any, selectors: list[Any]) -> None:
    target = Target.model_validate(written)
    assert [(selector.how, selector.value, selector.name) for selector in target.selectors] == selectors
    assert Target.model_validate(target.model_dump()) == target


@pytest.mark.parametrize(
    "written",
    [[], "", {}, {"css": ""}, {"css": "#a", "id": "a"}, {"text": "a", "name": "b"}, {"csss": "a"}, 7, None, [[]]],
)
def test_what_is_no_target(written: Any) -> None:
    with pytest.raises(ValidationError):
        Target.model_validate(written)


def test_a_selector_can_be_made_in_code() -> None:
    assert Target(selectors=(Selector(how="id", value="a"),)) == Target.model_validate({"id": "a"})


# ------------------------------------------------------------------- overlays
def laid(base: dict[str, Any], *overlays: dict[str, Any]) -> dict[str, Any]:
    def node(value: dict[str, Any]) -> Any:
        return long_form(parse(json.dumps(value).encode(), Path("x.yaml")))

    merged = node(base)
    for over in overlays:
        merged = overlay(merged, node(over))
    result: dict[str, Any] = plain(merged)
    return result


def test_mappings_merge_and_everything_else_is_replaced() -> None:
    base = {"client": {"os": "debian:12", "viewport": {"width": 800, "height": 600}}, "server": {"product": "a@1"}}
    over = {"client": {"viewport": {"width": 1024}}, "server": {"product": "a@2"}}
    assert laid(base, over) == {
        "client": {"os": "debian:12", "viewport": {"width": 1024, "height": 600}},
        "server": {"product": {"name": "a", "version": "2"}},
    }


def test_the_long_form_can_change_the_version_alone() -> None:
    assert laid({"server": {"product": "a@1"}}, {"server": {"product": {"version": "2"}}}) == {
        "server": {"product": {"name": "a", "version": "2"}}
    }


references = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["1", "2.0", ">=3"]), max_size=5)
changes = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["1", "2.0", "none"]), max_size=5)


@given(references, changes, st.sampled_from(["plugins", "dependencies", "compat"]), st.booleans())
def test_lists_of_references_merge_by_name(base: dict[str, str], over: dict[str, str], field: str, short: bool) -> None:
    def written(names: dict[str, str]) -> dict[str, Any]:
        long = [{"name": name, "version": version} for name, version in names.items()]
        return {"server": {field: [f"{name}@{version}" for name, version in names.items()] if short else long}}

    wanted = base | over
    for name in base:
        if over.get(name) == "none":
            del wanted[name]
    merged = laid(written(base), written(over))["server"][field]
    assert [(ref["name"], ref["version"]) for ref in merged] == list(wanted.items())


environments = st.fixed_dictionaries(
    {},
    optional={
        "client": st.fixed_dictionaries(
            {}, optional={"os": st.sampled_from(["debian:12", "debian:13"]), "browser": st.just("chromium@156")}
        ),
        "link": st.fixed_dictionaries({}, optional={"egress": st.sampled_from(["deny", "allow"])}),
        "server": st.fixed_dictionaries(
            {}, optional={"product": st.sampled_from(["shop@1", "shop@2"]), "plugins": st.just(["x@1"])}
        ),
    },
)


@given(environments, environments, environments)
def test_an_overlay_is_idempotent_associative_and_nothing_changes_nothing(
    a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]
) -> None:
    assert laid(a, {}) == laid(a)
    assert laid(a, b, b) == laid(a, b)
    assert laid(a, b, c) == laid(a, laid(b, c))


def test_hops_build_on_each_other(tmp_path: Path) -> None:
    shutil.copytree(BAD / "environments/recipes", tmp_path / "recipes")
    path = tmp_path / "hops.yaml"
    path.write_text("""\
schema: 1
name: hops
server: {product: shop@1.12.4, plugins: [stellar@0.6.2, carousel@3.10]}
upgrade:
  - server: {product: shop@2.2.4, plugins: [carousel@none]}
  - client: {os: debian:13}
    server: {product: {version: 3.10}}
""")
    file = load_environment(path)
    assert [str(environment.server.product) for environment in file.environments] == [
        "shop@1.12.4",
        "shop@2.2.4",
        "shop@3.10",
    ]
    assert file.side("before").server.plugins[1] == Ref(name="carousel", version="3.10")
    assert file.side("after") == Environment.model_validate(
        {"client": {"os": "debian:13"}, "server": {"product": "shop@3.10", "plugins": ["stellar@0.6.2"]}}
    )


# ------------------------------------------------- scenarios and their products
def about(product: str, folder: Path) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(f"schema: 1\nname: about\nproduct: {product}\nsteps: [{{open: /}}]\n", "utf-8")
    return path


def test_a_scenario_of_another_product_is_refused_at_its_key(tmp_path: Path) -> None:
    path = about("slides", tmp_path)
    with pytest.raises(InputError) as caught:
        load(ROOT / "environments/gallery-parallax.yaml", path)
    assert caught.value.into("en") == (
        f"{path}:3:10: the scenario is about `slides`, and there is only `gallery`\n"
        "  → take an environment with that product, or correct `product`"
    )


def test_a_scenario_goes_with_the_product_that_an_upgrade_brings(tmp_path: Path) -> None:
    environment = tmp_path / "environment.yaml"
    environment.write_text(
        "schema: 1\nname: a\nserver: {product: gallery@1}\nupgrade: [server: {product: slides@4}]\n", "utf-8"
    )
    (tmp_path / "recipes").symlink_to(ROOT / "environments/recipes")
    for product in ("gallery", "slides"):
        case = load(environment, about(product, tmp_path))
        assert case.scenario is not None
        assert case.scenario.product == product
    with pytest.raises(InputError, match="1 problem"):
        load(environment, about("booking", tmp_path))


def test_a_product_of_a_scenario_has_no_version(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(about("gallery@1.12", tmp_path))
    assert "`gallery@1.12` is not written as it must be" in caught.value.into("en")


@pytest.mark.parametrize(
    ("axis", "good"),
    [
        ('["1.*", "3.*"]', False),
        ("[gallery@1.12.4, slides@4.6.1]", True),
    ],
)
def test_a_scenario_goes_with_the_product_of_every_cell(axis: str, good: bool, tmp_path: Path) -> None:
    about("slides", tmp_path)
    (tmp_path / "recipes").symlink_to(ROOT / "environments/recipes")
    (tmp_path / "environment.yaml").write_text("schema: 1\nname: a\nserver: {product: slides@3}\n", "utf-8")
    path = tmp_path / "any.matrix.yaml"
    path.write_text(
        "schema: 1\nname: any\nenvironment: environment.yaml\nscenarios: [scenario.yaml]\n"
        f"axes:\n  upgrade.server.product: {axis}\n",
        "utf-8",
    )
    if "gallery" not in axis:
        path.write_text(path.read_text("utf-8") + "  server.product: [gallery@1]\n", "utf-8")
    if good:
        assert plan(matrix_file(path)).cells
    else:
        with pytest.raises(InputError) as caught:
            plan(matrix_file(path))
        assert "scenario.yaml:3:10: the scenario is about `slides`" in caught.value.into("en")


# ---------------------------------------------------------------- spoiled files
spoils = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(["", ":", "\n", " ", "- ", "{", "]", '"', "x", "0", "@", "{{", "|", "&a", "*a", "\t"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["gallery-parallax", "flask-admin"]),
    st.sampled_from(["environments", "scenarios", "recipes"]),
    spoils,
)
def test_a_spoiled_example_is_valid_or_refused(name: str, which: str, spoils: list[tuple[float, str]]) -> None:
    case = example(name)
    assert case.scenario is not None
    recipe = next(iter(case.recipes.values()))
    source = {"environments": case.file.path, "scenarios": case.scenario.path, "recipes": recipe.path}[which]
    text = source.read_text("utf-8")
    for place, piece in spoils:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + (not piece) :]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / recipe.name / source.name
        shutil.copytree(recipe.folder, target.parent)
        shutil.copytree(recipe.folder.parent, target.parent / "recipes")
        target.write_text(text, "utf-8")
        try:
            READERS[which](target)
        except InputError as exc:
            assert exc.problems
            count = text.count("\n") + 2
            assert all(1 <= problem.line <= count for problem in exc.problems if problem.path == target)


# ------------------------------------------------------------------------ docs
def test_the_files_in_the_docs_are_good(tmp_path: Path) -> None:
    text = (ROOT / "docs/files.md").read_text("utf-8")
    environment, elsewhere, recipe, scenario, issue, gateway = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    folder = tmp_path / "recipes/gallery"
    (folder / "files").mkdir(parents=True)
    (folder / "uploads").mkdir()
    (folder / "dump.sql").touch()
    (folder / "index.html.j2").write_text("{{ product.name }}")
    (folder / "smoke.yaml").write_text("schema: 1\nname: smoke\nsteps: [{open: /}]\n")
    (folder / "recipe.yaml").write_text(recipe, "utf-8")
    (folder / "fill.yaml").write_text(scenario, "utf-8")
    (tmp_path / "environment.yaml").write_text(environment, "utf-8")
    (tmp_path / "scenario.yaml").write_text(scenario, "utf-8")
    (tmp_path / "issue.yaml").write_text(issue, "utf-8")
    assert known_issue_file(tmp_path / "issue.yaml").owner == "support"
    (tmp_path / "gateway.yaml").write_text(gateway, "utf-8")
    assert gateway_file(tmp_path / "gateway.yaml").name == "json-server-0.17"
    case = load(tmp_path / "environment.yaml", tmp_path / "scenario.yaml")
    head, product = "schema: 1\nname: elsewhere\n", "server: {product: gallery, services: [postgresql]}\n"
    (tmp_path / "elsewhere.yaml").write_text(head + elsewhere + product, "utf-8")
    assert load(tmp_path / "elsewhere.yaml", None).file.side("before").client.browser.host == "grid.example.com"
    assert case.file.name == "gallery-parallax"
    assert case.recipes["gallery"].ready.text == "Summer tours"
    assert case.recipes["gallery"].scenarios["fill.yaml"].name == "show-prices"

"""A matrix file, read: its scenarios, its set-ups for any values, and all that is wrong with it at once."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import InputError
from harness.model import Environment, EnvironmentFile, rows
from harness.model.environment import BrowserRef, CompatRef
from harness.spec import load_environment
from harness.spec.matrix import Matrix, matrix_file
from tests.unit.market import ALL, Market, market, shared_market

__all__ = ["market", "shared_market"]  # fixtures

ROOT = Path(__file__).parents[4]


def servers(file: EnvironmentFile) -> list[str]:
    return [
        " ".join(map(str, (one.server.product, *one.server.plugins, *one.server.dependencies, *one.server.compat)))
        for one in file.environments
    ]


# -------------------------------------------------------------------- the file
def test_what_a_matrix_says(market: Market) -> None:
    matrix = market.matrix(
        "title: The shop on two versions\n"
        "axes: {upgrade.server.product: [2.2.4, 3.10], client.viewport: {desk: 1366x768}}\n"
        "include: [{client.os: debian:13, scenario: buy}]\n"
        "exclude: [{product: 3.10, scenario: show-*}]\n"
        "strategy: pairwise\n"
        "budget: 7\n",
        scenarios=ALL,
    )
    assert (matrix.name, matrix.title) == ("m", "The shop on two versions")
    assert matrix.environment_path == market.folder / "shop.yaml"
    assert [scenario.name for scenario in matrix.scenarios] == ["buy", "show-prices", "show-stock"]
    assert [(axis.name, axis.labels) for axis in matrix.axes] == [
        ("product", ("2.2.4", "3.10")),
        ("viewport", ("desk",)),
        ("os", ("debian-13",)),
    ]
    assert matrix.varied == matrix.axes[:2]
    assert matrix.include == ({"os": "debian-13", "scenario": "buy"},)
    assert matrix.exclude == ({"product": ("3.10",), "scenario": ("show-prices", "show-stock")},)
    assert (matrix.strategy, matrix.budget) == ("pairwise", 7)
    assert list(matrix.recipes) == ["shop"]


def test_what_is_not_said_has_a_default(market: Market) -> None:
    matrix = market.matrix("axes: {upgrade.server.product: [2.2.4]}\n")
    assert (matrix.title, matrix.include, matrix.exclude) == ("", (), ())
    assert (matrix.strategy, matrix.budget) == ("all", None)


def test_the_shipped_matrix_is_good() -> None:
    matrix = matrix_file(ROOT / "environments/jquery.matrix.yaml")
    assert [axis.name for axis in matrix.axes] == ["product", "jquery-migrate", "viewport"]


def test_environment_and_scenarios_are_found_from_the_folder_of_the_matrix(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = market.write(
        "axes: {upgrade.server.product: [2.2.4]}\n", environment="../shop.yaml", scenarios="[../scenarios/buy.yaml]"
    )
    moved = market.folder / "matrices/m.matrix.yaml"
    moved.parent.mkdir()
    path.rename(moved)
    monkeypatch.chdir(market.folder)
    assert list(matrix_file(Path("matrices/m.matrix.yaml")).recipes) == ["shop"]


# ------------------------------------------------------------------- scenarios
@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("[scenarios/*.yaml]", ["buy", "show-prices", "show-stock"]),
        ("[scenarios/show-*.yaml]", ["show-prices", "show-stock"]),
        ("[scenarios/show-*.yaml, scenarios/buy.yaml]", ["show-prices", "show-stock", "buy"]),
        ("['scenarios/show-[p]*.yaml']", ["show-prices"]),
        ("[scenarios/show-stoc?.yaml]", ["show-stock"]),
        ("['**/buy.yaml']", ["buy"]),
    ],
)
def test_scenarios_are_files_and_globs(market: Market, written: str, names: list[str]) -> None:
    matrix = market.matrix("axes: {upgrade.server.product: [2.2.4]}\n", scenarios=written)
    assert [scenario.name for scenario in matrix.scenarios] == names


def test_one_scenario_cannot_be_there_twice(market: Market) -> None:
    (market.folder / "scenarios/again.yaml").write_text("schema: 1\nname: buy\nsteps: [open: /]\n")
    assert market.wrong("axes: {upgrade.server.product: [2.2.4]}\n", scenarios=ALL) == [
        "m.matrix.yaml:4:13: there are two scenarios named `buy`",
        "  → give each a name of its own",
    ]


def test_a_scenario_that_is_wrong_is_told_with_its_own_place(market: Market) -> None:
    (market.folder / "scenarios/buy.yaml").write_text("schema: 1\nname: buy\nsteps: [opn: /]\n")
    assert market.wrong("axes: {upgrade.server.produkt: [2.2.4]}\n", scenarios=ALL) == [
        "scenarios/buy.yaml:3:9: there is no step `opn`",
        "  → did you mean `open`?",
        "m.matrix.yaml:5:8: `upgrade.server.produkt` names no field of an environment",
        "  → did you mean `upgrade.server.product`?",
    ]


# --------------------------------------------------------------------- set-ups
AXES = """\
axes:
  upgrade.server.product: [2.2.4, 3.10]
  server.product: ["1.*", "2.*"]
  server.plugins.stellar: [none, 0.7]
  upgrade.server.plugins: [[], [stellar@none], [{name: carousel, version: 3.10}]]
  client.browser: ["156", chromium@150]
  client.viewport: {desk: 1366x768, phone: {width: 390, height: 844}}
  server.os: [debian:12, debian:13]
"""


def chosen(matrix: Matrix, **places: int) -> EnvironmentFile:
    values = {axis.name: axis.labels[places[axis.name.replace(".", "_")]] for axis in matrix.axes
              if axis.name.replace(".", "_") in places}  # fmt: skip
    return matrix.environment(values)


def test_values_stand_where_their_paths_lead(shared_market: Market) -> None:
    matrix = shared_market.matrix(AXES)
    assert servers(chosen(matrix)) == [
        "shop@1.12.4 stellar@0.6.2 carousel@1.0 forms@3.1",
        "shop@3.7.1 stellar@0.6.2 carousel@1.0 forms@3.1",
    ]
    file = chosen(matrix, upgrade_server_product=1, server_product=0, stellar=1, plugins=2, browser=1, viewport=1, os=1)
    assert servers(file) == [
        "shop@1.* stellar@0.7 carousel@1.0 forms@3.1",
        "shop@3.10 stellar@0.7 carousel@3.10 forms@3.1",
    ]
    for one in file.environments:
        assert one.client.browser == BrowserRef(name="chromium", version="150")
        assert (one.client.viewport.width, one.server.os) == (390, "debian:13")
    assert (file.name, file.title) == ("shop", "What the market's customers have")
    assert file.path == matrix.path
    assert file.compat == (CompatRef(name="jquery-migrate", version="3.6.0"),)


def test_a_plugin_that_is_gone_before_the_upgrade_is_gone_after_it(shared_market: Market) -> None:
    matrix = shared_market.matrix(AXES)
    assert servers(chosen(matrix, stellar=0, plugins=2))[1] == "shop@3.7.1 carousel@3.10 forms@3.1"
    assert servers(chosen(matrix, plugins=1)) == [
        "shop@1.12.4 stellar@0.6.2 carousel@1.0 forms@3.1",
        "shop@3.7.1 carousel@1.0 forms@3.1",
    ]


@pytest.mark.parametrize("path", ["client.browser", "upgrade.client.browser"])
@pytest.mark.parametrize("head", ["", "client: {locale: C}\n"])
def test_a_version_alone_is_of_the_browser_that_is_there_without_a_word(market: Market, path: str, head: str) -> None:
    market.folder.joinpath("plain.yaml").write_text(f"schema: 1\nname: plain\n{head}server: {{product: shop@1}}\n")
    matrix = market.matrix(f"axes: {{{path}: [150]}}\n", environment="plain.yaml")
    environments = matrix.environment({"browser": "150"}).environments
    assert environments[-1].client.browser == BrowserRef(name="chromium", version="150")
    agrees(matrix, {"browser": "150"})


def test_a_hop_that_is_not_there_yet_is_made(shared_market: Market) -> None:
    matrix = shared_market.matrix("axes: {upgrade.3.server.product: [4.0.0]}\n", environment="shop.yaml")
    assert [server.split()[0] for server in servers(chosen(matrix, product=0))] == [
        "shop@1.12.4",
        "shop@3.7.1",
        "shop@3.7.1",
        "shop@4.0.0",
    ]


def test_hops_of_an_environment_can_be_told_apart(shared_market: Market) -> None:
    text = "axes: {upgrade.1.server.plugins.stellar: [none, 0.8], upgrade.server.product: [4.0.0]}\n"
    matrix = shared_market.matrix(text, environment="twice.yaml")
    assert servers(chosen(matrix, stellar=0, product=0)) == [
        "shop@1.12.4 stellar@0.6.2",
        "shop@2.2.4",
        "shop@4.0.0 carousel@1.0",
    ]
    assert servers(chosen(matrix, stellar=1)) == [
        "shop@1.12.4 stellar@0.6.2",
        "shop@2.2.4 stellar@0.8",
        "shop@3.7.1 stellar@0.8 carousel@1.0",
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_the_last_hop_is_the_last_of_all_that_are_named(shared_market: Market, turned: bool) -> None:
    lines = ["  upgrade.server.product: ['4']\n", "  upgrade.2.client.os: [debian:13]\n"]
    matrix = shared_market.matrix("axes:\n" + "".join(lines[::-1] if turned else lines))
    file = chosen(matrix, product=0, os=0)
    assert [str(one.server.product) for one in file.environments] == ["shop@1.12.4", "shop@3.7.1", "shop@4"]
    assert [one.client.os for one in file.environments] == ["debian:12", "debian:12", "debian:13"]


def test_another_product_brings_its_recipe(market: Market) -> None:
    matrix = market.plan("axes: {upgrade.server.product: [2.2.4, stall@1]}\n", environment="bare.yaml").matrix
    assert sorted(matrix.recipes) == ["shop", "stall"]
    assert servers(chosen(matrix, product=1)) == ["shop@1.12.4", "stall@1"]


def test_a_recipe_that_is_wrong_is_told_also_where_only_an_axis_needs_it(market: Market) -> None:
    (market.folder / "recipes/stall/recipe.yaml").write_text(
        "schema: 1\nname: stall\nprodukt: {}\nproduct: {version: ['1']}\nstart: [a]\nport: 80\n"
    )
    text = "axes: {upgrade.server.product: [2.2.4, stall@1, stall@2]}\n"
    assert market.wrong(text, environment="bare.yaml") == [
        "recipes/stall/recipe.yaml:3:1: the key `produkt` is not known here",
        "  → did you mean `product`?",
    ]
    assert market.wrong(f"{text}include: [{{client.os: debian:14}}]\n", environment="bare.yaml") == [
        "m.matrix.yaml:6:23: there is no operating system `debian:14`",
        "  → did you mean `debian:13`?",
        "recipes/stall/recipe.yaml:3:1: the key `produkt` is not known here",
        "  → did you mean `product`?",
    ]


def test_what_is_wrong_with_the_environment_stands_in_its_own_file(market: Market) -> None:
    (market.folder / "shop.yaml").write_text("schema: 1\nname: shop\nserver: {product: shop@new}\n")
    assert market.wrong("axes: {server.product: []}\n") == [
        "shop.yaml:3:19: `new` is no version",
        "  → write 1.2.3, a prefix (1.2), a range (>=1.2,<2), latest or oldest",
        "m.matrix.yaml:5:8: the axis `product` has no value",
        "  → list its values",
    ]


def test_what_values_do_to_the_environment_stands_where_it_is_named(market: Market) -> None:
    """The plug-ins of the environment are none of the other product's."""
    said = market.wrong("axes: {upgrade.server.product: [stall@1]}\n")
    assert said[:2] == [
        "m.matrix.yaml:3:14: the recipe of `stall` knows no `stellar` in its `plugins`",
        "  → add it to recipes/stall/recipe.yaml",
    ]
    assert {line.split(": ")[0] for line in said[::2]} == {"m.matrix.yaml:3:14"}


def test_every_value_is_tried_also_those_that_only_include_has(market: Market) -> None:
    said = market.wrong(
        "axes: {upgrade.server.product: [2.2.4, nwe], client.locale: [chinese]}\n"
        "include: [{product: newer}, {client.viewport: 1}]\n"
    )
    assert [line.split(": ")[0] for line in said if line.startswith("m.")] == [
        "m.matrix.yaml:5:40",
        "m.matrix.yaml:5:62",
        "m.matrix.yaml:6:21",
        "m.matrix.yaml:6:47",
    ]


def test_a_problem_can_be_told_at_a_key(market: Market) -> None:
    from harness.language import Message

    matrix = market.matrix("axes: {upgrade.server.product: [2.2.4]}\nbudget: 3\n")
    (problem,) = matrix.problem("budget", Message("no"), Message("do")).problems
    assert (problem.path, problem.line, problem.column) == (matrix.path, 6, 1)
    (problem,) = matrix.problem("exclude", Message("no")).problems
    assert (problem.line, problem.column) == (1, 1)


# ------------------------------------------------------------------- documents
def read_again(matrix: Matrix, values: Mapping[str, str]) -> EnvironmentFile:
    path = matrix.environment_path.with_name("written.yaml")
    path.write_text(matrix.document(values), "utf-8")
    return load_environment(path)


def agrees(matrix: Matrix, values: Mapping[str, str]) -> tuple[Environment, ...]:
    there, written = matrix.environment(values), read_again(matrix, values)
    assert written.environments == there.environments
    assert (written.name, written.title, written.compat) == (there.name, there.title, there.compat)
    return there.environments


PATHS: Mapping[str, tuple[str, ...]] = {
    "server.product": ("shop@1", "2.2.4", "{name: shop, version: 3.10}", '">=1,<3"', "oldest", "007", "1e3", "0x10"),
    "server.plugins": ("[]", "[stellar]", "[carousel@3.10, stellar@0.7]", "[{name: carousel, version: 3.10}]"),
    "server.plugins.stellar": ("none", "0.70", "latest"),
    "server.plugins.carousel": ("none", "3.10", "1e3"),
    "server.dependencies.forms": ("none", "3.10"),
    "server.compat.bridge": ("none", "1.0"),
    "server.os": ("debian:11", "debian:13"),
    "client.browser": ("156", "{version: 156}", "chromium@150", "{name: chromium, version: 156}"),
    "client.viewport": ("800x600", "{width: 390, height: 844}"),
    "client.locale": ("zh_CN.UTF-8", "C"),
    "client.timezone": ("Asia/Shanghai", "UTC"),
    "link.egress": ("deny", "allow"),
    "upgrade.server.product": ("shop@4", "3.10", "{version: 3.10}"),
    "upgrade.server.plugins": ("[]", "[stellar@1]", "[carousel@3.10]"),
    "upgrade.server.plugins.stellar": ("none", "0.8"),
    "upgrade.server.compat.jquery-migrate": ("none", "3.6.0"),
    "upgrade.1.server.plugins.carousel": ("none", "3.1"),
    "upgrade.2.client.os": ("debian:13",),
    "upgrade.4.server.os": ("debian:11", "debian:13"),
}


@st.composite
def axes(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Axes as text, and the places of the values that are chosen."""
    paths = draw(st.lists(st.sampled_from(sorted(PATHS)), min_size=1, max_size=5, unique=True))
    lines, places = ["axes:"], []
    for path in paths:
        values = draw(st.lists(st.sampled_from(PATHS[path]), min_size=1, max_size=3, unique=True))
        lines.append(f"  {path}: {{{', '.join(f'v{number}: {value}' for number, value in enumerate(values))}}}")
        places.append(f"v{draw(st.integers(0, len(values) - 1))}")
    return "\n".join(lines) + "\n", places


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(axes(), st.sampled_from(["shop.yaml", "bare.yaml", "twice.yaml"]))
def test_a_set_up_is_an_environment_file_that_reads_the_same(
    shared_market: Market, question: tuple[str, list[str]], environment: str
) -> None:
    text, places = question
    matrix = shared_market.matrix(text, environment=environment)
    values = {axis.path: label for axis, label in zip(matrix.axes, places, strict=True)}
    there = agrees(matrix, {axis.name: values[axis.path] for axis in matrix.axes})
    head, *lines = text.splitlines(keepends=True)
    turned = shared_market.matrix(head + "".join(reversed(lines)), environment=environment)
    other = turned.environment({axis.name: values[axis.path] for axis in turned.axes}).environments
    assert list(map(rows, other)) == list(map(rows, there))  # in whatever order plug-ins come


def test_a_hop_that_changes_nothing_is_written_as_a_control(shared_market: Market) -> None:
    matrix = shared_market.matrix("axes: {upgrade.server.plugins.stellar: [none, 0.7]}\n", environment="bare.yaml")
    agrees(matrix, {"stellar": "none"})
    assert len(matrix.environment({"stellar": "none"}).environments) == 2
    matrix = shared_market.matrix("axes: {upgrade.3.server.product: [4], server.product: [2.2.4]}\n")
    agrees(matrix, {"product": "4"})
    agrees(matrix, dict(zip([axis.name for axis in matrix.axes], ["4", "2.2.4"], strict=True)))


def test_words_that_look_like_numbers_stay_words(market: Market) -> None:
    market.folder.joinpath("shop.yaml").write_text(
        'schema: 1\nname: "1e3"\ntitle: "008"\nserver: {product: shop@1}\n', "utf-8"
    )
    matrix = market.matrix('axes: {upgrade.server.product: ["12345678901234e5", "0o17", "1.0"]}\n')
    for label in matrix.axes[0].labels:
        agrees(matrix, {"product": label})


def test_a_document_is_complete(shared_market: Market) -> None:
    matrix = shared_market.matrix("axes: {upgrade.server.product: [3.10]}\n")
    text = matrix.document({"product": "3.10"})
    assert text.startswith("schema: 1\nname: shop\n")
    assert "version: '3.10'" in text
    assert json.dumps(text).isascii()


# ---------------------------------------------------------------- spoiled files
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.sampled_from(["", ":", "\n", " ", "- ", "{", "]", '"', "x", "0", "@", "*", "none", "[]", "~", "\t"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_spoiled_matrix_is_valid_or_refused(shared_market: Market, spoils: list[tuple[float, str]]) -> None:
    text = AXES + "include: [{product: 4, scenario: buy}]\nexclude: [{stellar: none, product: '2*'}]\nbudget: 3\n"
    for place, piece in spoils:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + (not piece) :]
    try:
        matrix = shared_market.matrix(text)
        shared_market.plan(text)
    except InputError as exc:
        assert exc.problems
        count = text.count("\n") + 6
        assert all(1 <= problem.line <= count for problem in exc.problems)
    else:
        assert matrix.axes

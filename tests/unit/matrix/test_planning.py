"""From a matrix to its cells."""

import os
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import InputError
from harness.matrix.planning import CELLS_MAX, Plan, environments
from tests.unit.market import ALL, BUY, Market, market, shared_market

__all__ = ["market", "shared_market"]  # fixtures

TWO = "axes: {upgrade.server.product: [2.2.4, 3.10], server.plugins.stellar: [none, 0.7]}\n"
NINE = ", ".join(f"{number}.0" for number in range(1, 10))


# ------------------------------------------------------------------------- ids
def test_ids_name_scenario_and_values_in_the_order_of_the_file(market: Market) -> None:
    assert market.ids(TWO, scenarios="[scenarios/show-*.yaml, scenarios/buy.yaml]") == [
        f"{scenario}/product={product},stellar={stellar}"
        for scenario in ("show-prices", "show-stock", "buy")
        for product in ("2.2.4", "3.10")
        for stellar in ("none", "0.7")
    ]


def test_a_cell_is_a_case(market: Market) -> None:
    plan = market.plan(TWO)
    cell = plan.cells[3]
    assert cell.values == {"product": "3.10", "stellar": "0.7"}
    assert [str(one.server.product) for one in cell.file.environments] == ["shop@1.12.4", "shop@3.10"]
    assert (cell.planned.id, cell.planned.scenario, cell.planned.values) == (cell.id, "buy", cell.values)
    case = cell.case(plan.matrix)
    assert (case.file, case.scenario, list(case.recipes)) == (cell.file, plan.matrix.scenarios[0], ["shop"])


def test_a_plan_is_kept_as_what_it_set_out_to_do(market: Market) -> None:
    plan = market.plan(TWO, skip=["*stellar=none"], shard="1/2")
    kept = plan.set_out
    assert kept.matrix == str(market.folder / "m.matrix.yaml")
    assert kept.digest == plan.digest
    assert kept.ids == tuple(cell.id for cell in plan.cells)
    assert [cell.values for cell in kept.cells] == [cell.values for cell in plan.cells]
    assert kept.chosen == tuple(cell.id for cell in plan.chosen) == ("buy/product=2.2.4,stellar=0.7",)
    assert kept.shard == plan.shard == "1/2"


def test_set_ups_are_there_once(market: Market) -> None:
    plan = market.plan(TWO, scenarios=ALL)
    assert len(plan.cells) == 12
    found = environments(plan.cells)
    assert len(found) == 6  # two before, four after
    assert plan.file(found).environments == found
    assert environments(plan.cells[:1]) == plan.cells[0].file.environments


# --------------------------------------------------------- include and exclude
def test_what_is_included_comes_last_in_every_scenario_or_in_one(market: Market) -> None:
    text = TWO + "include: [{product: 4.0.0}, {product: 4.0.0, stellar: none, scenario: buy}]\n"
    assert market.ids(text, scenarios="[scenarios/buy.yaml, scenarios/show-stock.yaml]")[8:] == [
        "buy/product=4.0.0",
        "show-stock/product=4.0.0",
        "buy/product=4.0.0,stellar=none",
    ]


def test_a_cell_that_is_included_names_its_values_in_the_order_of_the_axes(market: Market) -> None:
    assert market.ids(TWO + "include: [{client.os: debian:13, stellar: 0.8, product: 4.0.0}]\n")[4:] == [
        "buy/product=4.0.0,stellar=0.8,os=debian-13"
    ]


def test_the_environment_as_it_stands_can_be_included(market: Market) -> None:
    plan = market.plan(TWO + "include: [{scenario: buy}]\n")
    cell = plan.cells[-1]
    assert (cell.id, cell.values) == ("buy/base", {})
    assert cell.file.environments == plan.matrix.environment({}).environments


def test_what_is_excluded_can_be_included_again(market: Market) -> None:
    text = "exclude: [{product: 3.10}]\ninclude: [{product: 3.10, stellar: none}]\n"
    assert market.ids(TWO + text) == [
        "buy/product=2.2.4,stellar=none",
        "buy/product=2.2.4,stellar=0.7",
        "buy/product=3.10,stellar=none",
    ]


@pytest.mark.parametrize("entry", ["{product: 3.10, stellar: 0.7}", "{stellar: 0.7, upgrade.server.product: 3.10}"])
def test_a_cell_is_not_there_twice(market: Market, entry: str) -> None:
    def said(column: int) -> list[str]:
        what = "the cell `buy/product=3.10,stellar=0.7` of `include` is there already"
        return [f"m.matrix.yaml:6:{column}: {what}", "  → drop the entry"]

    assert market.wrong(f"{TWO}include: [{{product: 4}}, {entry}]\n") == said(25)
    text = f"{TWO}include: [{entry}, {entry}]\nexclude: [{{product: 3.10}}]\n"
    assert market.wrong(text) == said(13 + len(entry))


def test_scenarios_are_an_axis_for_what_is_left_out(market: Market) -> None:
    text = TWO + "exclude: [{scenario: show-*, stellar: none}, {scenario: buy, product: 3.10}]\n"
    assert market.ids(text, scenarios=ALL) == [
        "buy/product=2.2.4,stellar=none",
        "buy/product=2.2.4,stellar=0.7",
        "show-prices/product=2.2.4,stellar=0.7",
        "show-prices/product=3.10,stellar=0.7",
        "show-stock/product=2.2.4,stellar=0.7",
        "show-stock/product=3.10,stellar=0.7",
    ]


@pytest.mark.parametrize("strategy", ["all", "pairwise", "each-once"])
def test_a_scenario_can_be_left_out_as_a_whole(market: Market, strategy: str) -> None:
    text = f"{TWO}exclude: [{{scenario: [buy, show-stock]}}]\nstrategy: {strategy}\n"
    found = market.ids(text, scenarios=ALL)
    assert {one.partition("/")[0] for one in found} == {"show-prices"}


def test_nothing_may_be_left(market: Market) -> None:
    assert market.wrong(TWO + 'exclude: [{product: "*"}]\n') == [
        "m.matrix.yaml:6:1: `exclude` leaves nothing out of which a cell could be made",
        "  → drop an entry, or make it match less",
    ]
    assert market.wrong(TWO + "exclude: [{scenario: buy}]\n", scenarios=BUY)[0].startswith("m.matrix.yaml:6:1: ")


THREE = """\
axes:
  upgrade.server.product: ["2", "3", "4"]
  server.plugins.stellar: [none, 0.6, 0.7]
  client.viewport: {desk: 1366x768, pad: 800x600, phone: 390x844}
"""


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {"product": st.sampled_from("234")},
            optional={"scenario": st.sampled_from(["buy", "show-*"]), "viewport": st.sampled_from(["desk", "p*"])},
        ),
        max_size=3,
    )
)
def test_pairs_are_covered_in_every_scenario(shared_market: Market, exclude: list[dict[str, str]]) -> None:
    left_out = f"exclude: [{', '.join(f'{entry}' for entry in exclude)}]\n".replace("'*", "*") if exclude else ""
    try:
        every = shared_market.plan(THREE + left_out, scenarios=ALL)
    except InputError as exc:
        assert re.search(r"`exclude` leaves nothing|is left out already", exc.into("en"))
        return
    few = shared_market.plan(f"{THREE}{left_out}strategy: pairwise\n", scenarios=ALL)
    assert {cell.id for cell in few.cells} <= {cell.id for cell in every.cells}
    for names in combinations(["product", "stellar", "viewport"], 2):
        covered = {(cell.scenario.name, *(cell.values[name] for name in names)) for cell in few.cells}
        assert covered == {(cell.scenario.name, *(cell.values[name] for name in names)) for cell in every.cells}


# --------------------------------------------------------------------- budgets
def test_a_budget_says_how_many_it_cut_and_keeps_first_and_last(market: Market) -> None:
    text = f"axes: {{upgrade.server.product: [{NINE}]}}\n"
    plan = market.plan(text + "budget: 3\n")
    assert [cell.values["product"] for cell in plan.cells] == ["1.0", "5.0", "9.0"]
    assert plan.cut == 6
    assert market.plan(text + "budget: 9\n").cut == market.plan(text).cut == 0


def test_what_is_included_comes_on_top_of_the_budget(market: Market) -> None:
    text = f"axes: {{upgrade.server.product: [{NINE}]}}\nbudget: 2\ninclude: [{{product: 4.0}}, {{product: 10.0}}]\n"
    plan = market.plan(text)
    assert [cell.values["product"] for cell in plan.cells] == ["1.0", "9.0", "4.0", "10.0"]
    assert plan.cut == 7


def test_a_budget_spreads_over_scenarios(market: Market) -> None:
    plan = market.plan(TWO + "budget: 2\n", scenarios="[scenarios/buy.yaml, scenarios/show-stock.yaml]")
    assert {cell.scenario.name for cell in plan.cells} == {"buy", "show-stock"}
    assert {cell.values["product"] for cell in plan.cells} == {"2.2.4", "3.10"}


# ------------------------------------------------------------ values that clash
PRODUCTS = """\
axes:
  server.product: {shop: shop@1, stall: stall@1}
  upgrade.server.product: {shop: shop@2, stall: stall@2}
  server.plugins: [[], [stellar@0.6.2]]
exclude:
  - {server.product: shop, upgrade.server.product: stall}
  - {server.product: stall, upgrade.server.product: shop}
"""


def test_values_may_go_only_with_some_others(market: Market) -> None:
    """A plug-in of one product is none of the other's, and what no cell has together is not tried."""
    text = PRODUCTS + "  - {server.product: stall, plugins: stellar*}\n"
    plan = market.plan(text, environment="bare.yaml")
    assert [cell.id for cell in plan.cells] == [
        "buy/server.product=shop,upgrade.server.product=shop,plugins=none",
        "buy/server.product=shop,upgrade.server.product=shop,plugins=stellar@0.6.2",
        "buy/server.product=stall,upgrade.server.product=stall,plugins=none",
    ]
    assert sorted(plan.matrix.recipes) == ["shop", "stall"]


def test_values_that_clash_in_a_cell_are_said_each_once_and_in_order(market: Market) -> None:
    assert market.wrong(PRODUCTS, environment="bare.yaml", scenarios=ALL) == [
        "m.matrix.yaml:8:25: the recipe of `stall` knows no `stellar` in its `plugins`",
        "  → add it to recipes/stall/recipe.yaml",
    ]
    text = "axes: {client.os: [debian:12, debian:14], upgrade.server.product: [new, '2'], server.os: [debian:11, x]}\n"
    assert [line.split(": ")[0] for line in market.wrong(text)[::2]] == [
        "m.matrix.yaml:5:31",
        "m.matrix.yaml:5:68",
        "m.matrix.yaml:5:102",
    ]


def test_a_value_that_a_budget_cut_is_wrong_all_the_same(market: Market) -> None:
    text = (
        "axes: {upgrade.server.product: [1.0, 2.0, shop@new, shop@newer, 5.0, 6.0], "
        "client.viewport: [800x600, 900x600]}\n"
    )
    said = market.wrong(text + "budget: 2\n")
    assert [line for line in said if line.startswith("m.")] == [
        "m.matrix.yaml:5:43: `new` is no version",
        "m.matrix.yaml:5:53: `newer` is no version",
    ]
    plan = market.plan(text.replace("shop@new, shop@newer, ", "") + "budget: 2\n")
    assert (len(plan.cells), plan.cut) == (2, 6)


# ------------------------------------------------------------- too many of them
def test_more_cells_than_allowed_are_refused(market: Market) -> None:
    assert market.wrong(TWO, cells_max=3) == [
        "m.matrix.yaml:5:1: these are 4 cells, at most 3 are allowed",
        "  → set `budget:` or `strategy: pairwise`, or allow more with --max-cells",
    ]
    assert len(market.plan(TWO, cells_max=4).cells) == 4
    assert len(market.plan(TWO + "budget: 3\n", cells_max=3).cells) == 3
    assert market.wrong(TWO + "budget: 3\ninclude: [{product: 4}]\n", cells_max=3)[0] == (
        "m.matrix.yaml:5:1: these are 4 cells, at most 3 are allowed"
    )
    assert CELLS_MAX == 256


# ---------------------------------------------------------------------- choice
@pytest.mark.parametrize(
    ("only", "skip", "chosen"),
    [
        ([], [], ["2.2.4/none", "2.2.4/0.7", "3.10/none", "3.10/0.7"]),
        (["*stellar=none"], [], ["2.2.4/none", "3.10/none"]),
        (["*=2.2.4,*", "*=none"], [], ["2.2.4/none", "2.2.4/0.7", "3.10/none"]),
        (["buy/*"], ["*none", "*0.7"], None),
        (["buy/product=3.10,stellar=0.7"], [], ["3.10/0.7"]),
        ([], ["*product=3*"], ["2.2.4/none", "2.2.4/0.7"]),
        (["*none"], ["*2.2.4*"], ["3.10/none"]),
    ],
)
def test_only_and_skip_are_globs_on_ids(
    market: Market, only: list[str], skip: list[str], chosen: list[str] | None
) -> None:
    if chosen is None:
        assert market.wrong(TWO, only=only, skip=skip) == [
            "--only and --skip leave no cell",
            "  → `--plan` shows the ids of all cells",
        ]
        return
    plan = market.plan(TWO, only=only, skip=skip)
    assert [f"{cell.values['product']}/{cell.values['stellar']}" for cell in plan.chosen] == chosen
    assert len(plan.cells) == 4


@pytest.mark.parametrize("way", ["only", "skip"])
def test_a_glob_that_matches_nothing_is_told_with_the_nearest_id(market: Market, way: str) -> None:
    globs: dict[str, Any] = {way: ["*none", "buy/product=3.1,stellar=0.7"]}
    said = market.wrong(TWO, **globs)
    assert said == [
        "no cell matches `buy/product=3.1,stellar=0.7`",
        "  → did you mean `buy/product=3.10,stellar=0.7`?",
    ]


# ---------------------------------------------------------------------- shards
def test_shards_share_the_chosen_cells(market: Market) -> None:
    shards = [market.plan(TWO, skip=["*2.2.4*none"], shard=f"{number}/2") for number in (1, 2)]
    assert sorted(cell.id for plan in shards for cell in plan.chosen) == sorted(
        cell.id for cell in shards[0].cells if cell.values != {"product": "2.2.4", "stellar": "none"}
    )
    assert [plan.digest for plan in shards] == [market.plan(TWO).digest] * 2


def test_shards_are_balanced_by_what_cells_took(market: Market) -> None:
    took = {"buy/product=2.2.4,stellar=none": 100.0, "buy/product=2.2.4,stellar=0.7": 10.0}
    took |= dict.fromkeys(["buy/product=3.10,stellar=none", "buy/product=3.10,stellar=0.7"], 40.0)
    plan = market.plan(TWO, shard="1/2", durations=took)
    assert [cell.id for cell in plan.chosen] == ["buy/product=2.2.4,stellar=none"]
    assert len(market.plan(TWO, shard="1/2").chosen) == 2


@pytest.mark.parametrize(
    ("shard", "count"),
    [*((text, 5) for text in ("x", "1", "1/", "/2", "1/2/3", "-1/2", "1 / 2", "1.0/2", "12345/99999")), ("0/4", 4),
     ("5/4", 4), ("1/0", 1), ("0/0", 1)],
)  # fmt: skip
def test_what_is_no_shard(market: Market, shard: str, count: int) -> None:
    assert market.wrong(TWO, shard=shard) == [
        f"`{shard}` is no shard",
        f"  → write number/count, from 1/{count} to {count}/{count}",
    ]


def test_a_shard_is_never_empty(market: Market) -> None:
    assert all(market.plan(TWO, shard=f"{number}/4").chosen for number in range(1, 5))
    assert market.wrong(TWO, shard="1/5") == [
        "4 cell(s) cannot be shared out to 5 shards",
        "  → take 4 shards or fewer",
    ]
    assert market.wrong(TWO, shard="2/2", only=["*3.10*none"]) == [
        "1 cell(s) cannot be shared out to 2 shards",
        "  → take 1 shards or fewer",
    ]


# ------------------------------------------------------------------- no upgrade
def test_a_cell_without_an_upgrade_has_nothing_to_compare(market: Market) -> None:
    assert market.wrong("axes: {server.product: ['2', '3']}\n", environment="bare.yaml") == [
        "m.matrix.yaml:3:1: there is no upgrade in the cell `buy/product=2`, so nothing to compare",
        "  → add an axis below `upgrade.`, such as `upgrade.server.product`",
    ]
    text = "axes: {upgrade.server.product: ['2', '3']}\n"
    assert len(market.ids(text, environment="bare.yaml")) == 2
    assert market.wrong(f"{text}include: [{{server.product: '1'}}]\n", environment="bare.yaml")[0] == (
        "m.matrix.yaml:3:1: there is no upgrade in the cell `buy/server.product=1`, so nothing to compare"
    )


# ---------------------------------------------------------------------- digest
def rewrite(name: str, text: str) -> Callable[[Market], object]:
    return lambda market: (market.folder / name).write_text(text, "utf-8")


def append(name: str, text: str) -> Callable[[Market], object]:
    return lambda market: rewrite(name, (market.folder / name).read_text("utf-8") + text)(market)


def rename(old: str, new: str) -> Callable[[Market], object]:
    return lambda market: (market.folder / old).rename(market.folder / new)


PRICES = "recipes/shop/files/prices.txt"


@pytest.mark.parametrize(
    "change",
    [
        append("scenarios/buy.yaml", "  - open: /more\n"),
        append("recipes/shop/recipe.yaml", "environment: {A: b}\n"),
        rewrite(PRICES, "8\n"),
        rewrite("recipes/shop/files/more.txt", ""),
        rename(PRICES, "recipes/shop/files/price.txt"),
        lambda market: (market.folder / PRICES).unlink(),
        lambda market: (market.folder / PRICES).chmod(0o755),
        rewrite(
            "shop.yaml", "schema: 1\nname: shop\nserver: {product: shop@1}\nupgrade: [server: {product: shop@2}]\n"
        ),
    ],
    ids=["scenario", "recipe", "content", "new file", "renamed", "gone", "executable", "environment"],
)
def test_the_digest_changes_with_what_cells_do(market: Market, change: Callable[[Market], object]) -> None:
    before = market.plan(TWO).digest
    change(market)
    assert market.plan(TWO).digest != before


@pytest.mark.parametrize(
    ("one", "other", "scenarios"),
    [
        (TWO, TWO.replace("3.10", "3.1"), BUY),
        (TWO, TWO.replace("0.7", "0.8"), BUY),
        (TWO, TWO + "exclude: [{product: 3.10, stellar: none}]\n", BUY),
        (TWO, TWO + "include: [{product: 4}]\n", BUY),
        (TWO, TWO + "budget: 3\n", BUY),
        (TWO, TWO, ALL),
    ],
)
def test_the_digest_changes_with_the_cells(market: Market, one: str, other: str, scenarios: str) -> None:
    assert market.plan(one).digest != market.plan(other, scenarios=scenarios).digest


@pytest.mark.parametrize(
    "change",
    [
        rewrite("scenarios/unused.yaml", "schema: 1\nname: unused\nsteps: [open: /]\n"),
        append("recipes/stall/recipe.yaml", "environment: {A: b}\n"),
        append("shop.yaml", "# a comment\n"),
        rewrite("twice.yaml", ""),
        rewrite("m.matrix.lock.yaml", "digest: 1\n"),
        lambda market: os.utime(market.folder / PRICES, (1, 1)),
    ],
    ids=["other scenario", "other recipe", "comment", "other environment", "lock", "time"],
)
def test_the_digest_is_the_same_where_nothing_that_matters_changes(
    market: Market, change: Callable[[Market], object]
) -> None:
    before = market.plan(TWO).digest
    change(market)
    assert market.plan(f"title: another\n{TWO}", only=["*none"], shard="1/2").digest == before


def test_the_digest_is_the_same_in_another_folder(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(plan: Plan) -> str:
        return plan.digest

    before = digest(market.plan(TWO, scenarios=ALL))
    market.folder.rename(tmp_path / "a-place-of-another-name")
    monkeypatch.chdir(tmp_path)
    moved = Market(folder=Path("a-place-of-another-name"))
    assert digest(moved.plan(TWO, scenarios=ALL)) == before


def test_the_digest_of_a_plan_is_that_of_the_files_it_was_made_from(market: Market) -> None:
    plan = market.plan(TWO)
    before = plan.digest
    rewrite(PRICES, "8\n")(market)
    assert plan.digest == plan.set_out.digest == before

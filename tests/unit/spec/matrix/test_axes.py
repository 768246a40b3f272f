"""What axes are called, which values they have, and what is included and excluded."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.documents import Mistakes, Node, parse
from harness.spec.matrix.axes import LONGEST, AxesReader, label_of, slug

SCENARIOS = ("buy", "show-prices", "show-stock")


def reader(text: str, scenarios: tuple[str, ...] = SCENARIOS) -> AxesReader:
    path = Path("m.matrix.yaml")
    return AxesReader(parse(text.encode(), path), Mistakes(path), scenarios)


@pytest.mark.parametrize(
    ("text", "hops", "problems"),
    [
        ("axes: {upgrade.server.product: [1], upgrade.1.server.product: [2]}\n", 1,
         ["1:37: `upgrade.1.server.product` is the same place as `upgrade.server.product`"]),
        ("axes: {upgrade.1.server.product: [1], upgrade.server.product: [2]}\n", 0,
         ["1:39: `upgrade.server.product` is the same place as `upgrade.1.server.product`"]),
        ("axes: {upgrade.server.product: [1], upgrade.1.server.product: [2]}\n", 2, []),
        ("axes: {upgrade.server.product: [1], upgrade.1.server.product: [2], upgrade.2.link.egress: [deny]}\n", 1, []),
        ("axes: {server.product: [1], upgrade.server.product: [2]}\n", 1, []),
        ("axes: {server.plugins: [[]], server.plugins.a: [none]}\n", 1, []),
        ("axes: {client.os: [a]}\ninclude: [{client.os: b, os: c}]\n", 1,
         ["2:26: `os` is the same place as `client.os`"]),
        ("axes: {client.os: [a]}\ninclude: [{upgrade.2.server.os: b, upgrade.server.os: c}]\n", 2,
         ["2:36: `upgrade.server.os` is the same place as `upgrade.2.server.os`"]),
    ],
)  # fmt: skip
def test_one_place_cannot_have_two_values(text: str, hops: int, problems: list[str]) -> None:
    path = Path("m.matrix.yaml")
    mistakes = Mistakes(path)
    AxesReader(parse(text.encode(), path), mistakes, SCENARIOS, hops)
    assert [f"{one.line}:{one.column}: {one.what}" for one in mistakes.problems] == problems


def good(text: str) -> AxesReader:
    found = reader(text)
    assert found.mistakes.problems == ()
    return found


def wrong(text: str) -> list[str]:
    return [f"{one.line}:{one.column} {one.what}" for one in reader(text).mistakes.problems]


def node(text: str) -> Node:
    return parse(f"a: {text}".encode(), Path("x.yaml")).mapping["a"]


# --------------------------------------------------------------- names of axes
@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["server.product"], ["product"]),
        (["upgrade.server.product"], ["product"]),
        (["upgrade.2.server.plugins.stellar", "client.viewport"], ["stellar", "viewport"]),
        (["server.product", "upgrade.server.product"], ["server.product", "upgrade.server.product"]),
        (["server.os", "client.os", "client.locale"], ["server.os", "client.os", "locale"]),
        (["server.plugins.product", "server.product"], ["server.plugins.product", "server.product"]),
        (["server.plugins.scenario"], ["server.plugins.scenario"]),
        (["server.plugins.jquery.ui"], ["ui"]),
        (["server.dependencies.@scope/name"], ["@scope/name"]),
    ],
)
def test_an_axis_is_called_by_the_end_of_its_path_or_by_all_of_it(paths: list[str], names: list[str]) -> None:
    found = good("axes: {" + ", ".join(f"'{path}': [1]" for path in paths) + "}")
    assert [(axis.path, axis.name) for axis in found.axes] == list(zip(paths, names, strict=True))


def test_axes_and_their_values_are_in_the_order_of_the_file() -> None:
    axes = good("axes: {server.product: [3, 1, 2], client.os: [debian:13, debian:12]}").axes
    assert [(axis.name, axis.labels) for axis in axes] == [
        ("product", ("3", "1", "2")),
        ("os", ("debian-13", "debian-12")),
    ]


# ---------------------------------------------------------------------- labels
@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("2.2.4", "2.2.4"),
        ("3.10", "3.10"),
        ("1e3", "1e3"),
        ("007", "007"),
        ("latest", "latest"),
        ("none", "none"),
        ('"2.*"', "2.x"),
        ('">=2,<4"', "ge2-lt4"),
        ('">= 2, <= 4"', "ge2-le4"),
        ('"==3.1"', "3.1"),
        ('"!=3.1"', "ne3.1"),
        ('"~=3.1"', "~-3.1"),
        ('">3"', "gt3"),
        ("shop@2.2.4", "shop@2.2.4"),
        ("{name: shop, version: 3.10}", "shop@3.10"),
        ("{version: 3.10}", "version-3.10"),
        ("{width: 800, height: 600}", "width-800+height-600"),
        ("[]", "none"),
        ("[stellar@0.6.2, carousel@3.10]", "stellar@0.6.2+carousel@3.10"),
        ("[{name: stellar, version: 3.10}, carousel]", "stellar@3.10+carousel"),
        ("Asia/Shanghai", "Asia-Shanghai"),
        ("zh_CN.UTF-8", "zh_CN.UTF-8"),
        ('"de bug"', "debug"),
        ('"[a/b]?"', "a-b"),
        ('"…"', "none"),
        ('""', "none"),
        ("最新", "最新"),
    ],
)
def test_what_ids_call_a_value(written: str, label: str) -> None:
    assert label_of(node(written)) == label


@given(st.text(max_size=200))
def test_a_slug_is_a_part_of_an_id_and_no_glob(text: str) -> None:
    found = slug(text)
    assert re.fullmatch(r"[\w.+@~-]+", found)
    assert 1 <= len(found) <= LONGEST
    assert fnmatchcase(found, found)
    assert slug(found) == found


def test_slugs_that_are_cut_differ_where_their_texts_do() -> None:
    one, other = slug("x" * 100 + "1"), slug("x" * 100 + "2")
    assert one != other
    assert len(one) == len(other) == LONGEST
    assert one.startswith("x" * 53 + "-")
    assert slug("x" * LONGEST) == "x" * LONGEST


def test_labels_can_be_given() -> None:
    found = good("axes: {client.viewport: {desk: 1366x768, my phone!: 390x844}}")
    (axis,) = found.axes
    assert axis.labels == ("desk", "myphone")
    assert {label: value.node.text for label, value in found.values["viewport"].items()} == {
        "desk": "1366x768",
        "myphone": "390x844",
    }


@pytest.mark.parametrize(
    ("values", "place", "label"),
    [
        ('["2.*", 2.x]', "1:32", "2.x"),
        ("[3.1, ^3.1]", "1:30", "3.1"),
        ("[a/b, a b, a-b]", "1:35", "a-b"),
        ("{x y: 1, xy: 2}", "1:37", "xy"),
        ("[[a@1, b@1], a@1+b@1]", "1:37", "a@1+b@1"),
    ],
)
def test_two_values_cannot_have_one_label(values: str, place: str, label: str) -> None:
    assert wrong(f"axes: {{server.product: {values}}}") == [
        f"{place} two values of `product` would both be called `{label}`"
    ]


@pytest.mark.parametrize("empty", ["[]", "{}"])
def test_an_axis_needs_a_value(empty: str) -> None:
    assert wrong(f"axes: {{server.product: {empty}, client.os: [debian:13]}}") == [
        "1:8 the axis `product` has no value"
    ]


# --------------------------------------------------------------------- include
AXES = 'axes: {upgrade.server.product: ["2.*", 3.10], server.plugins: [[], [stellar@0.6.2]]}\n'


@pytest.mark.parametrize(
    ("entry", "chosen"),
    [
        ('{product: "2.*"}', {"product": "2.x"}),  # as it is written
        ("{product: 2.x}", {"product": "2.x"}),  # as ids call it
        ("{upgrade.server.product: 3.10}", {"product": "3.10"}),
        ("{product: 4.0.0}", {"product": "4.0.0"}),
        ("{plugins: [stellar@0.6.2]}", {"plugins": "stellar@0.6.2"}),  # the same list
        ("{plugins: stellar@0.6.2}", {"plugins": "stellar@0.6.2"}),  # its label
        ("{plugins: []}", {"plugins": "none"}),
        ("{plugins: [stellar@0.7.0]}", {"plugins": "stellar@0.7.0"}),
        ("{client.viewport: 800x600, product: 3.10}", {"viewport": "800x600", "product": "3.10"}),
        ("{server.product: 1.0}", {"server.product": "1.0"}),  # another that ends alike
        ("{scenario: buy}", {"scenario": "buy"}),
        ("{scenario: show-stock, product: 3.10}", {"scenario": "show-stock", "product": "3.10"}),
    ],
)
def test_what_is_included(entry: str, chosen: dict[str, str]) -> None:
    assert good(f"{AXES}include: [{entry}]").include == [chosen]


def test_new_values_and_paths_are_there_for_what_is_included_next() -> None:
    found = good(
        AXES + "include:\n"
        "  - {product: 4.0.0, plugins: [lamp@1], client.os: debian:13}\n"
        "  - {product: 4.0.0, plugins: [lamp@1], os: debian-13, scenario: buy}\n"
    )
    assert found.include == [
        {"product": "4.0.0", "plugins": "lamp@1", "os": "debian-13"},
        {"product": "4.0.0", "plugins": "lamp@1", "os": "debian-13", "scenario": "buy"},
    ]
    assert [axis.name for axis in found.axes] == ["product", "plugins", "os"]
    assert found.axes[0].labels == ("2.x", "3.10", "4.0.0")
    assert [axis.labels for axis in found.varied] == [("2.x", "3.10"), ("none", "stellar@0.6.2")]


def test_what_is_not_the_same_list_is_a_value_of_its_own() -> None:
    found = good(AXES + "include: [{plugins: [{name: stellar, version: 3.10}]}, {plugins: [{name: stellar}]}]")
    assert [chosen["plugins"] for chosen in found.include] == ["stellar@3.10", "name-stellar"]


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("{}", "2:11 this entry says nothing"),
        ("{produkt: 1}", "2:12 `produkt` names no field of an environment"),
        ("{server.product.version: 1}", "2:12 `server.product.version` names no field of an environment"),
        ("{scenario: by}", "2:22 there is no scenario `by`"),
        ("{scenario: show-*}", "2:22 there is no scenario `show-*`"),
        ("{product: '4 .0'}, {product: '4. 0'}", "2:40 two values of `product` would both be called `4.0`"),
    ],
)
def test_what_cannot_be_included(entry: str, what: str) -> None:
    assert wrong(f"{AXES}include: [{entry}]") == [what]


# --------------------------------------------------------------------- exclude
@pytest.mark.parametrize(
    ("entry", "left_out"),
    [
        ("{product: 3.10}", {"product": ("3.10",)}),
        ('{product: "2.*"}', {"product": ("2.x",)}),  # a value, and no glob
        ("{product: 2.x}", {"product": ("2.x",)}),
        ("{upgrade.server.product: 3.10}", {"product": ("3.10",)}),
        ('{product: "*"}', {"product": ("2.x", "3.10")}),
        ('{product: "[23].?*"}', {"product": ("2.x", "3.10")}),
        ("{product: [3.10, 2.x]}", {"product": ("3.10", "2.x")}),
        ('{product: [3.10, "3*"]}', {"product": ("3.10",)}),
        ("{plugins: stellar*}", {"plugins": ("stellar@0.6.2",)}),
        ("{plugins: [stellar@0.6.2]}", {"plugins": ("stellar@0.6.2",)}),
        ("{plugins: none}", {"plugins": ("none",)}),
        ("{plugins: []}", {"plugins": ("none",)}),
        ("{product: 3.10, plugins: none}", {"product": ("3.10",), "plugins": ("none",)}),
        ("{scenario: show-*}", {"scenario": ("show-prices", "show-stock")}),
        ("{scenario: [buy, show-s*], product: 3.10}", {"scenario": ("buy", "show-stock"), "product": ("3.10",)}),
    ],
)
def test_what_is_left_out(entry: str, left_out: dict[str, Any]) -> None:
    assert good(f"{AXES}exclude: [{entry}]").exclude == [left_out]


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("{}", "2:11 this entry says nothing"),
        ("{produkt: 2}", "2:12 the matrix has no axis `produkt`"),
        ("{server.product: 2}", "2:12 the matrix has no axis `server.product`"),
        ("{product: 3.1}", "2:21 `3.1` is no value of `product`, so nothing is left out"),
        ("{product: ~}", "2:21 `~` is no value of `product`, so nothing is left out"),
        ('{product: [2.x, "4*"]}', "2:27 `4*` is no value of `product`, so nothing is left out"),
        ("{scenario: sell}", "2:22 `sell` is no value of `scenario`, so nothing is left out"),
    ],
)
def test_what_cannot_be_left_out(entry: str, what: str) -> None:
    assert wrong(f"{AXES}exclude: [{entry}]") == [what]


LABELLED = "axes: {client.viewport: {desk: 1366x768, phone: 390x844, tablet: 1024x1366}}\n"


@pytest.mark.parametrize("word", ["desk", "1366x768"])
def test_a_value_with_a_label_goes_by_either(word: str) -> None:
    assert good(f"{LABELLED}include: [{{viewport: {word}}}]").include == [{"viewport": "desk"}]
    assert good(f"{LABELLED}exclude: [{{viewport: {word}}}]").exclude == [{"viewport": ("desk",)}]


@pytest.mark.parametrize(
    ("glob", "labels"),
    [("1366*", ("desk",)), ("d*", ("desk",)), ('"*x*66"', ("tablet",)), ('"*e*"', ("desk", "phone", "tablet"))],
)
def test_globs_are_of_labels_and_of_what_is_written(glob: str, labels: tuple[str, ...]) -> None:
    assert good(f"{LABELLED}exclude: [{{viewport: {glob}}}]").exclude == [{"viewport": labels}]


def test_a_value_that_is_written_like_a_glob_is_that_value_alone() -> None:
    assert good('axes: {server.product: ["2.*", 2.2.4]}\nexclude: [{product: "2.*"}]').exclude == [
        {"product": ("2.x",)}
    ]


def test_what_only_include_adds_cannot_be_left_out() -> None:
    text = AXES + "include: [{product: 4.0.0, client.os: debian:13}]\nexclude: [{product: 4.0.0}, {os: debian:13}]"
    assert wrong(text) == [
        "3:21 `4.0.0` is no value of `product`, so nothing is left out",
        "3:30 the matrix has no axis `os`",
    ]


@pytest.mark.parametrize(
    ("entries", "line"),
    [
        (["{product: 3.10}", "{product: 3.10}"], 3),
        (["{product: 3.10}", "{product: 3.10, plugins: none}"], 3),
        (["{product: 3.10}", "{upgrade.server.product: 3*, scenario: buy}"], 3),
        (["{plugins: none}", "{product: '*'}", "{product: [2.x, 3.10], plugins: stellar*}"], 4),
        (["{product: 2.x, plugins: '*'}", "{product: 2.x}"], 3),
        (["{scenario: show-*}", "{scenario: show-stock, product: 2.x}"], 3),
        (["{product: 3.10, plugins: none}", "{product: 3.10}"], None),
        (["{product: 3.10}", "{plugins: none}"], None),
        (["{product: 3.10}", "{product: [3.10, 2.x]}"], None),
        (["{scenario: buy, product: 3.10}", "{product: 3.10}"], None),
        (["{product: 3.10, scenario: buy}", "{product: 3.10, scenario: show-*}"], None),
    ],
)
def test_what_is_left_out_already_need_not_be_left_out_again(entries: list[str], line: int | None) -> None:
    text = AXES + "exclude:\n" + "".join(f"  - {entry}\n" for entry in entries)
    said = [f"{2 + len(entries)}:5 what this leaves out is left out already in line {line}"] if line else []
    assert wrong(text) == said


def test_an_entry_that_is_wrong_itself_is_not_compared() -> None:
    text = AXES + "exclude: [{product: 3.10}, {product: 3.1}, {}, {plugin: 1, product: 3.10}, {product: 2.x}]"
    assert wrong(text) == [
        "2:38 `3.1` is no value of `product`, so nothing is left out",
        "2:44 this entry says nothing",
        "2:49 the matrix has no axis `plugin`",
    ]


def test_the_nearest_word_is_advised() -> None:
    problems = reader(
        "axes: {server.produkt: [1], upgrade.server.product: [2.2.4]}\n"
        "include: [{client.viewprt: 1}, {scenario: show-price}]\n"
        "exclude: [{prodct: 2}, {product: 2.2.5}, {scenario: bye}]"
    ).mistakes.problems
    assert [str(one.advice) for one in problems] == [
        "did you mean `server.product`?",
        "did you mean `client.viewport`?",
        "did you mean `show-prices`?",
        "did you mean `product`?",
        "did you mean `2.2.4`?",
        "did you mean `buy`?",
    ]

"""Paths of a specification, and putting values where they lead."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.documents import Node, parse, plain
from harness.spec.matrix.paths import SpecPath, known, placed, put
from harness.spec.overlay import long_form

AT = (70, 7)  # where the path is written


def node(text: str, key: str = "value") -> Node:
    return parse(f"{key}: {text}".encode(), Path("x.yaml")).mapping[key]


def environment(text: str) -> Node:
    return long_form(parse(text.encode(), Path("x.yaml")))


def stands(base: str, path: str, value: str) -> Any:
    """The environment file with a value at a path."""
    parsed = SpecPath.parse(path)
    assert parsed
    return plain(put(environment(base), parsed, node(value), AT))


SHOP = "{client: {os: debian:12, browser: chromium@156}, server: {product: shop@1, plugins: [stellar@0.6, cart@1.0]}}"
ONE_HOP = "{server: {product: shop@1, plugins: [stellar@0.6]}, upgrade: [server: {product: shop@2, plugins: [cart@1]}]}"
TWO_HOPS = "{server: {product: shop@1}, upgrade: [server: {product: shop@2}, client: {os: debian:13}]}"


def ref(name: str, version: str) -> dict[str, str]:
    return {"name": name, "version": version}


# -------------------------------------------------------------------- parsing
@pytest.mark.parametrize(
    ("text", "layer", "field", "name", "upgrade", "hop"),
    [
        ("server.product", "server", "product", "", False, 0),
        ("client.viewport", "client", "viewport", "", False, 0),
        ("link.egress", "link", "egress", "", False, 0),
        ("server.plugins", "server", "plugins", "", False, 0),
        ("server.plugins.stellar", "server", "plugins", "stellar", False, 0),
        ("server.plugins.jquery.ui", "server", "plugins", "jquery.ui", False, 0),
        ("server.dependencies.@scope/name", "server", "dependencies", "@scope/name", False, 0),
        ("server.compat.jquery-migrate", "server", "compat", "jquery-migrate", False, 0),
        ("upgrade.server.product", "server", "product", "", True, 0),
        ("upgrade.1.server.product", "server", "product", "", True, 1),
        ("upgrade.12.server.plugins.stellar", "server", "plugins", "stellar", True, 12),
    ],
)
def test_what_is_a_path(text: str, layer: str, field: str, name: str, upgrade: bool, hop: int) -> None:
    assert SpecPath.parse(text) == SpecPath(layer=layer, field=field, name=name, upgrade=upgrade, hop=hop)


@pytest.mark.parametrize(
    "text",
    [
        *("", "server", "product", "server.", ".product", "name", "title", "compat.jquery-migrate"),
        *("server.produkt", "client.product", "server.browser", "server.product.version", "client.viewport.width"),
        *("server.plugins.", "upgrade.server", "upgrade.product", "upgrade", "upgrade.1", "upgrade..server.product"),
        *("upgrade.0.server.product", "upgrade.00.server.product", "upgrade.01.server.product"),
        *("upgrade.100.server.product", "upgrade.-1.server.product", "upgrade.x.server.product"),
        *("upgrade.٣.server.product", "Server.product", "server.product ", " server.product", "server.product\n"),
        "upgrade.upgrade.server.product",
    ],
)
def test_what_is_none(text: str) -> None:
    assert SpecPath.parse(text) is None


@given(st.text(alphabet="upgrade.server.plugins.0123 \n", max_size=30))
def test_any_text_is_a_path_or_none(text: str) -> None:
    found = SpecPath.parse(text)
    assert found is None or (found.hop >= 0 and not found.name.startswith("."))


def test_every_path_that_is_advised_is_one() -> None:
    assert all(SpecPath.parse(path) for path in known())
    assert {"server.product", "upgrade.client.browser", "upgrade.server.plugins"} <= set(known())


# ------------------------------------------------------------- before upgrades
@pytest.mark.parametrize(
    ("path", "value", "field", "becomes"),
    [
        ("server.product", "2.2.4", "product", ref("shop", "2.2.4")),
        ("server.product", "3.10", "product", ref("shop", "3.10")),
        ("server.product", '"2.*"', "product", ref("shop", "2.*")),
        ("server.product", '">=2,<4"', "product", ref("shop", ">=2,<4")),
        ("server.product", "latest", "product", ref("shop", "latest")),
        ("server.product", "stall@1", "product", ref("stall", "1")),
        ("server.product", "stall", "product", ref("stall", "latest")),
        ("server.product", "{name: stall, version: 3.10}", "product", ref("stall", "3.10")),
        ("server.product", "{version: 3.10}", "product", ref("shop", "3.10")),
        ("server.plugins.stellar", "0.70", "plugins", [ref("stellar", "0.70"), ref("cart", "1.0")]),
        ("server.plugins.stellar", "none", "plugins", [ref("cart", "1.0")]),
        ("server.plugins.lamp", "3.10", "plugins", [ref("stellar", "0.6"), ref("cart", "1.0"), ref("lamp", "3.10")]),
        ("server.plugins.lamp", "none", "plugins", [ref("stellar", "0.6"), ref("cart", "1.0")]),
        ("server.plugins", "[]", "plugins", []),
        ("server.plugins", "[lamp@3.10, {name: stellar, version: 1.0}]", "plugins",
         [ref("lamp", "3.10"), ref("stellar", "1.0")]),
        ("server.dependencies.forms", "3.10", "dependencies", [ref("forms", "3.10")]),
        ("server.dependencies", "[forms@3.10]", "dependencies", [ref("forms", "3.10")]),
        ("server.compat.bridge", "1.0", "compat", [ref("bridge", "1.0")]),
        ("server.os", "debian:13", "os", "debian:13"),
    ],
)  # fmt: skip
def test_a_value_stands_on_the_server(path: str, value: str, field: str, becomes: Any) -> None:
    base = plain(environment(SHOP))
    assert stands(SHOP, path, value) == base | {"server": base["server"] | {field: becomes}}


@pytest.mark.parametrize(
    ("path", "value", "becomes"),
    [
        ("client.browser", "150", {"browser": ref("chromium", "150")}),
        ("client.browser", "firefox@140", {"browser": ref("firefox", "140")}),
        ("client.os", "debian:13", {"os": "debian:13"}),
        ("client.locale", "zh_CN.UTF-8", {"locale": "zh_CN.UTF-8"}),
        ("client.viewport", "800x600", {"viewport": "800x600"}),
        ("client.viewport", "{width: 800, height: 600}", {"viewport": {"width": 800, "height": 600}}),
    ],
)
def test_a_value_stands_on_the_client(path: str, value: str, becomes: Any) -> None:
    base = plain(environment(SHOP))
    assert stands(SHOP, path, value) == base | {"client": base["client"] | becomes}


def test_a_layer_that_is_not_there_yet() -> None:
    assert stands("{server: {product: shop@1}}", "link.egress", "allow")["link"] == {"egress": "allow"}
    assert stands("{server: {product: shop@1}}", "client.browser", "chromium@150")["client"] == {
        "browser": ref("chromium", "150")
    }


# -------------------------------------------------------------- below upgrades
@pytest.mark.parametrize(
    ("base", "path", "value", "hops"),
    [
        (SHOP, "upgrade.server.product", "2", [{"server": {"product": {"version": "2"}}}]),
        (SHOP, "upgrade.1.server.product", "shop@2", [{"server": {"product": ref("shop", "2")}}]),
        (SHOP, "upgrade.3.server.product", "2", [{}, {}, {"server": {"product": {"version": "2"}}}]),
        (SHOP, "upgrade.server.plugins.stellar", "none", [{"server": {"plugins": [ref("stellar", "none")]}}]),
        (SHOP, "upgrade.server.plugins.lamp", "none", [{}]),
        (SHOP, "upgrade.server.plugins.lamp", "3.10", [{"server": {"plugins": [ref("lamp", "3.10")]}}]),
        (SHOP, "upgrade.client.os", "debian:13", [{"client": {"os": "debian:13"}}]),
        (ONE_HOP, "upgrade.server.product", "3.10",
         [{"server": {"product": ref("shop", "3.10"), "plugins": [ref("cart", "1")]}}]),
        (ONE_HOP, "upgrade.server.plugins.cart", "2",
         [{"server": {"product": ref("shop", "2"), "plugins": [ref("cart", "2")]}}]),
        (ONE_HOP, "upgrade.server.plugins.cart", "none",
         [{"server": {"product": ref("shop", "2"), "plugins": []}}]),
        (ONE_HOP, "upgrade.server.plugins.stellar", "none",
         [{"server": {"product": ref("shop", "2"), "plugins": [ref("cart", "1"), ref("stellar", "none")]}}]),
        (ONE_HOP, "upgrade.server.plugins", "[lamp@1]",
         [{"server": {"product": ref("shop", "2"), "plugins": [ref("lamp", "1")]}}]),
        (ONE_HOP, "upgrade.server.plugins", "[]", [{"server": {"product": ref("shop", "2"), "plugins": []}}]),
        (ONE_HOP, "upgrade.server.compat", "[bridge@1]",
         [{"server": {"product": ref("shop", "2"), "plugins": [ref("cart", "1")], "compat": [ref("bridge", "1")]}}]),
        (ONE_HOP, "upgrade.2.client.os", "debian:13",
         [{"server": {"product": "shop@2", "plugins": ["cart@1"]}}, {"client": {"os": "debian:13"}}]),
        (TWO_HOPS, "upgrade.server.product", "3",
         [{"server": {"product": "shop@2"}}, {"client": {"os": "debian:13"}, "server": {"product": {"version": "3"}}}]),
        (TWO_HOPS, "upgrade.1.server.product", "3",
         [{"server": {"product": ref("shop", "3")}}, {"client": {"os": "debian:13"}}]),
        (TWO_HOPS, "upgrade.server.plugins", "[lamp@1]",
         [{"server": {"product": "shop@2"}},
          {"client": {"os": "debian:13"}, "server": {"plugins": [ref("lamp", "1")]}}]),
    ],
)  # fmt: skip
def test_a_value_stands_in_a_hop(base: str, path: str, value: str, hops: list[Any]) -> None:
    before = plain(environment(base))
    assert stands(base, path, value) == before | {"upgrade": hops}


def test_none_takes_away_what_was_there_before_the_hop_and_what_the_hop_itself_says() -> None:
    base = "{server: {product: shop@1, plugins: [stellar@0.6]}, upgrade: [server: {plugins: [stellar@0.7]}]}"
    assert stands(base, "upgrade.server.plugins.stellar", "none")["upgrade"] == [
        {"server": {"plugins": [ref("stellar", "none")]}}
    ]
    base = "{server: {product: shop@1, plugins: [stellar@0.6]}, upgrade: [server: {plugins: [stellar@none]}]}"
    assert stands(base, "upgrade.server.plugins.stellar", "none")["upgrade"] == [
        {"server": {"plugins": [ref("stellar", "none")]}}
    ]
    assert stands(base, "upgrade.server.plugins.stellar", "0.8")["upgrade"] == [
        {"server": {"plugins": [ref("stellar", "0.8")]}}
    ]


def test_a_reference_keeps_its_place_in_a_list() -> None:
    base = "{server: {product: shop@1}, upgrade: [server: {plugins: [a@1, b@1, c@1]}]}"
    assert stands(base, "upgrade.server.plugins.b", "2")["upgrade"][0]["server"]["plugins"] == [
        ref("a", "1"),
        ref("b", "2"),
        ref("c", "1"),
    ]


def test_a_reference_that_an_earlier_hop_took_away_is_not_taken_away_again() -> None:
    base = (
        "{server: {product: shop@1, plugins: [stellar@0.6]}, "
        "upgrade: [server: {plugins: [stellar@none]}, server: {product: shop@2}]}"
    )
    assert stands(base, "upgrade.2.server.plugins.stellar", "none")["upgrade"][1] == {
        "server": {"product": ref("shop", "2")}
    }


# ------------------------------------------------------------------ properties
PATHS = {
    "server.product": st.sampled_from(["2", "shop@3", "{version: 3.10}"]),
    "server.plugins.stellar": st.sampled_from(["none", "0.7"]),
    "server.plugins.lamp": st.sampled_from(["none", "1"]),
    "server.compat": st.sampled_from(["[]", "[bridge@1]"]),
    "client.browser": st.sampled_from(["150", "firefox@140"]),
    "upgrade.server.product": st.sampled_from(["2", "shop@3"]),
    "upgrade.server.plugins.cart": st.sampled_from(["none", "1", "2"]),
    "upgrade.2.client.os": st.sampled_from(["debian:12", "debian:13"]),
}
pairs = st.sampled_from(sorted(PATHS)).flatmap(lambda path: st.tuples(st.just(path), PATHS[path]))


def put_all(base: Node, *values: tuple[str, str]) -> Node:
    for path, value in values:
        parsed = SpecPath.parse(path)
        assert parsed
        base = put(base, parsed, node(value), AT)
    return base


@given(st.sampled_from([SHOP, ONE_HOP, TWO_HOPS]), pairs)
def test_the_last_value_at_a_path_counts_and_the_base_stays_as_it_is(base: str, pair: tuple[str, str]) -> None:
    whole = environment(base)
    once = put_all(whole, pair)
    assert plain(put_all(once, pair)) == plain(once)
    assert plain(whole) == plain(environment(base))


@given(st.sampled_from([SHOP, ONE_HOP, TWO_HOPS]), pairs, pairs)
def test_values_at_different_paths_do_not_mind_each_other(
    base: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    hops = {one[0].partition(".")[0], other[0].partition(".")[0]}
    if one[0] != other[0] and hops != {"upgrade"}:  # which hop is the last depends on what was put before
        a, b = (plain(put_all(environment(base), *order)) for order in ((one, other), (other, one)))
        for found in (a, b):
            found["server"]["plugins"] = sorted(found["server"].get("plugins", []), key=str)
        assert a == b


# ---------------------------------------------------------------------- places
def test_a_value_keeps_its_place_and_a_name_has_that_of_its_path() -> None:
    path = SpecPath.parse("upgrade.server.plugins.lamp")
    assert path
    value = node("1", key="much-further")
    (reference,) = put(environment(SHOP), path, value, AT).at("upgrade", 0, "server", "plugins").items
    assert reference.at("version").place == value.place == (1, 15)
    assert reference.at("name").place == AT


def test_a_file_can_be_placed_where_it_is_named() -> None:
    at = node("shop.yaml", key="environment")
    moved = placed(environment(ONE_HOP), at)
    assert plain(moved) == plain(environment(ONE_HOP))
    assert {one.place for one in moved.walk()} == {at.place}
    assert {place for one in moved.walk() for place in one.keys.values()} == {at.place}

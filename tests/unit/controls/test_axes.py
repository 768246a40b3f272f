"""The axes of an upgrade, and mixtures of its two set-ups."""

from harness.controls.axes import axes, is_environment, is_plugin, mixed, shown
from harness.model import Client, Environment, Link, Ref, Server, ServiceRef


def environment(product: str = "shop@1", *plugins: str, **more: object) -> Environment:
    server = {"product": product, "plugins": plugins} | more
    return Environment(server=Server.model_validate(server))


BEFORE = environment("shop@1", "coupon@1", "badge@1", os="debian:12", services=[{"name": "redis", "version": "7"}])
AFTER = environment("shop@2", "coupon@2", "stamp@1", os="debian:13", services=[{"name": "redis", "version": "8"}])
ALL = (
    "server.os",
    "server.product",
    "server.plugins.coupon",
    "server.plugins.badge",
    "server.services.redis",
    "server.plugins.stamp",
)


def test_named_things_are_axes_of_their_own() -> None:
    assert sorted(axes(BEFORE, AFTER)) == sorted(ALL)


def test_equal_set_ups_have_none() -> None:
    assert axes(BEFORE, BEFORE) == ()


def test_client_and_link_are_axes_field_by_field() -> None:
    other = BEFORE.model_copy(
        update={
            "client": Client(browser=Ref(name="firefox"), locale="zh_CN.UTF-8", timezone="Asia/Shanghai"),
            "link": Link(egress="allow"),
        }
    )
    assert axes(BEFORE, other) == ("client.locale", "client.timezone", "client.browser", "link.egress")


def test_none_and_all_of_them_are_the_two_sides() -> None:
    assert mixed(BEFORE, AFTER, ()) == BEFORE
    assert axes(mixed(BEFORE, AFTER, ALL), AFTER) == ()


def test_some_of_them() -> None:
    found = mixed(BEFORE, AFTER, ("server.product", "server.plugins.badge", "server.plugins.stamp"))
    assert str(found.server.product) == "shop@2"
    assert list(map(str, found.server.plugins)) == ["coupon@1", "stamp@1"]
    assert found.server.os == "debian:12"
    assert found.server.services == (ServiceRef(name="redis", version="7"),)


def test_what_they_are_of() -> None:
    assert [axis for axis in ALL if is_environment(axis)] == ["server.os", "server.services.redis"]
    assert [axis for axis in ALL if is_plugin(axis)] == [axis for axis in ALL if "plugins" in axis]
    assert not is_environment("server.dependencies.forms")
    assert is_environment("server.python")


def test_what_they_are_in_words() -> None:
    assert shown(BEFORE, "server.product") == "shop@1"
    assert shown(BEFORE, "server.os") == "debian:12"
    assert shown(BEFORE, "server.plugins.stamp") == ""

"""contrast: what differs between two set-ups."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contrast import SetUp, contrast
from harness.model import (
    Base,
    Client,
    Contrasted,
    Contrasting,
    Environment,
    Inventory,
    Link,
    Lock,
    LockedEnvironment,
    LockedSet,
    Package,
    Ref,
    Server,
)

CLIENT, LINK = Client(), Link()
PLUGIN = Ref(name="coupon", version="0.5")


def package(name: str, version: str, installer: str = "pip", digest: str = "0", path: str = "") -> Package:
    return Package(installer=installer, name=name, version=version, checksum=f"sha256:{digest * 64}", path=path)


def set_up(
    *packages: Package,
    browser: tuple[Package, ...] = (),
    client: Client = CLIENT,
    link: Link = LINK,
    product: str = "shop@1.0",
    plugins: tuple[Ref, ...] = (PLUGIN,),
    recipe: str = "a" * 64,
    machine: str = "x86_64",
    base: str = "",
    inventory: dict[str, str] | None = None,
) -> SetUp:
    """A shop on Debian 12."""
    server = Server(product=Ref.model_validate(product), plugins=plugins)
    locked = LockedEnvironment(versions={}, server=LockedSet(product=packages), browser=LockedSet(product=browser))
    inventories = (
        [] if inventory is None else [Inventory(os="debian:12", checksum="sha256:" + "0" * 64, packages=inventory)]
    )
    bases = (Base(os="debian:12", source="registry" if base else "bootstrap", digest=base),)
    return SetUp(
        which=Contrasting(file="shop.yaml", upgrades=0),
        environment=Environment(client=client, link=link, server=server),
        locked=locked,
        lock=Lock(digest="0", machine=machine, bases=bases, environments=(locked,), inventories=tuple(inventories)),
        recipe=recipe,
    )


def told(before: SetUp, after: SetUp) -> list[str]:
    """Every difference on a line; those below are indented."""

    def line(one: Contrasted) -> str:
        words = [one.layer, one.how, f"{one.source} {one.name}".strip(), str(one.before), str(one.after)]
        return ("" if one.direct else "  ") + " ".join(words)

    return [line(one) for one in contrast(before, after).differences]


def test_a_set_up_is_equal_to_itself() -> None:
    one = set_up(package("shop", "1.0"), browser=(package("chromium", "156", "apt"),))
    found = contrast(one, one)
    assert found.equal
    assert found.differences == ()


def test_fields_come_in_the_order_of_the_layers_and_before_packages() -> None:
    before = set_up(package("forms", "3.1"))
    after = set_up(
        package("forms", "3.2"),
        browser=(package("chromium", "156", "apt"),),
        client=Client(locale="zh_CN.UTF-8"),
        link=Link(egress="allow"),
        product="shop@2.0",
    )
    assert told(before, after) == [
        "client changed client.locale en_US.UTF-8 zh_CN.UTF-8",
        "  client added apt chromium None 156",
        "link changed link.egress deny allow",
        "server changed server.product shop@1.0 shop@2.0",
        "  server changed pip forms 3.1 3.2",
    ]


def test_what_was_added_to_a_list_stands_with_what_was_there() -> None:
    before, after = set_up(recipe="a" * 64), set_up(plugins=(Ref(name="gift", version="1.0"),), recipe="b" * 64)
    assert told(before, after) == [
        "server removed server.plugins.coupon 0.5 None",
        "server added server.plugins.gift None 1.0",
        f"server changed server.recipe {'a' * 12} {'b' * 12}",
    ]


def test_another_product_has_another_recipe_and_nobody_need_say_so() -> None:
    assert told(set_up(), set_up(product="stall@1.0", recipe="b" * 64)) == [
        "server changed server.product shop@1.0 stall@1.0"
    ]


def test_the_same_version_in_another_file_is_told_by_checksum() -> None:
    before, after = set_up(package("shop", "1.0", digest="a")), set_up(package("shop", "1.0", digest="b"))
    assert told(before, after) == [f"  server changed pip shop 1.0 ({'a' * 12}) 1.0 ({'b' * 12})"]


def test_on_another_processor_the_same_version_is_the_same() -> None:
    before = set_up(package("shop", "1.0", digest="a"), package("forms", "3.1"))
    after = set_up(package("shop", "1.0", digest="b"), package("forms", "3.2"), machine="aarch64")
    assert told(before, after) == ["server changed machine x86_64 aarch64", "  server changed pip forms 3.1 3.2"]


def test_several_versions_of_one_package_are_one_row() -> None:
    before = set_up(package("ms", "2.0", "npm", "a", "node_modules/ms"))
    after = set_up(
        package("ms", "2.0", "npm", "a", "node_modules/ms"),
        package("ms", "2.1", "npm", "b", "node_modules/a/node_modules/ms"),
    )
    assert told(before, after) == ["  server changed npm ms 2.0 2.0, 2.1"]


def test_what_stands_between_is_of_the_link_and_no_image_hides_another_s_packages() -> None:
    def environment(service: str, proxy: str) -> SetUp:
        one = set_up(package("libssl", "1", "apt"))
        others = {
            "services": {"redis": LockedSet(product=(package("libssl", service, "apt"),))},
            "links": {"proxy": LockedSet(product=(package("apache2-bin", proxy, "apt"),))},
        }
        return replace(one, locked=one.locked.model_copy(update=others))

    found = contrast(environment("1", "2.4.1"), environment("3", "2.4.2")).differences
    assert [(one.layer, one.name, one.before, one.after) for one in found] == [
        ("link", "apache2-bin", "2.4.1", "2.4.2"),
        ("server", "libssl", "1", "1, 3"),
    ]


def test_bases_differ_by_their_packages_where_these_are_known() -> None:
    before, after = set_up(inventory={"libc6": "2.36-9", "perl-base": "5.36"}), set_up(inventory={"libc6": "2.36-10"})
    assert told(before, after) == [
        f"  {layer} {rest}"
        for layer in ("client", "server")
        for rest in ("changed base libc6 2.36-9 2.36-10", "removed base perl-base 5.36 None")
    ]


def test_bases_differ_by_their_digest_where_they_have_one() -> None:
    one, other = "sha256:" + "1" * 64, "sha256:" + "2" * 64
    assert told(set_up(base=one), set_up(base=other))[-1] == f"  server changed base debian:12 {one} {other}"
    assert told(set_up(base=one), set_up())[-1] == f"  server changed base debian:12 {one} bootstrap"


def test_nothing_is_said_of_a_base_that_an_older_lock_did_not_look_into() -> None:
    assert told(set_up(), set_up(inventory={"libc6": "2.36-9"})) == []


versions = st.sampled_from(["1.0", "1.1", "2.0"])
sets = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.tuples(versions, st.sampled_from("ab")))


@given(sets, sets)
def test_the_way_back_is_the_same_the_other_way_round(
    old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]
) -> None:
    def one(packages: dict[str, tuple[str, str]]) -> SetUp:
        return set_up(*(package(name, version, digest=digest) for name, (version, digest) in packages.items()))

    there, back = contrast(one(old), one(new)), contrast(one(new), one(old))
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [(one.name, one.before, one.after, one.how) for one in there.differences] == [
        (one.name, one.after, one.before, turned[one.how]) for one in back.differences
    ]
    assert there.equal is (old == new)
    assert {one.name for one in there.differences} == {name for name in old | new if old.get(name) != new.get(name)}


@pytest.mark.parametrize("layer", ["client", "link", "server"])
def test_a_layer_has_its_own(layer: str) -> None:
    after = set_up(package("a", "1"), client=Client(timezone="Asia/Shanghai"), link=Link(egress="allow"))
    found = contrast(set_up(), after)
    names = {"client": ["client.timezone"], "link": ["link.egress"], "server": []}
    assert [one.name for one in found.of(layer, direct=True)] == names[layer]  # type: ignore[arg-type]
    assert len(found.of(layer, direct=False)) == (layer == "server")  # type: ignore[arg-type]

"""lock.vary: set-ups that a file does not name, out of the lock of those that it does."""

import pytest

from harness import lock
from harness.errors import FetchError, InputError
from harness.model import Client, Environment, EnvironmentFile, Lock, Ref
from tests.unit.shop import Shop, shop

__all__ = ["shop"]  # a fixture


def locked(shop: Shop, *environments: Environment) -> tuple[EnvironmentFile, Lock]:
    """Of a shop before and after its upgrade, with nothing left to ask."""
    file = shop.file(*environments)
    found = lock.resolve(file, shop.recipes(), shop.registry)
    shop.calls()
    return file, found


def varied(shop: Shop, of: tuple[EnvironmentFile, Lock], *asked: Environment, strict: bool = False) -> Lock:
    file, known = of
    return lock.vary(known, file.environments, asked, shop.recipes(), shop.registry, strict=strict)


def names(found: Lock) -> list[str]:
    server = found.environments[0].server
    return [f"{one.name} {one.version}" for one in (*server.product, *server.plugins) if one.installer == "pip"]


def test_what_the_file_names_is_taken(shop: Shop) -> None:
    of = locked(shop)
    assert varied(shop, of, *of[0].environments[::-1], strict=True).environments == of[1].environments[::-1]
    assert shop.calls() == []


def test_without_its_plugins_a_product_is_known(shop: Shop) -> None:
    of = locked(shop)
    found = varied(shop, of, shop.environment("2.0", plugins=()), strict=True)
    assert shop.calls() == []
    assert found.environments[0].server.product == of[1].environments[1].server.product
    assert found.environments[0].server.plugins == ()
    assert "server.plugins.coupon" not in found.environments[0].versions


def test_a_lock_that_is_varied_fits_what_it_is_of(shop: Shop) -> None:
    asked = shop.environment("2.0", plugins=())
    found = varied(shop, locked(shop), asked)
    lock.check(found, shop.file(asked), shop.recipes())


def test_the_client_alone_needs_no_registry(shop: Shop) -> None:
    of = locked(shop)
    other = of[0].environments[1].model_copy(update={"client": Client(timezone="Asia/Shanghai")})
    assert varied(shop, of, other, strict=True).environments[0].server == of[1].environments[1].server
    assert shop.calls() == []


def test_a_mixture_is_asked_for_once_and_nothing_else_moves(shop: Shop) -> None:
    coupons = [(Ref(name="coupon", version=version),) for version in ("0.5", "0.6")]
    of = locked(shop, shop.environment("1.0", plugins=coupons[0]), shop.environment("2.0", plugins=coupons[1]))
    shop.pip.published["forms"].append("3.3")
    mixture = shop.environment("1.0", plugins=coupons[1])
    assert "coupon 0.6" in names(varied(shop, of, mixture))
    assert "forms 3.2" in names(varied(shop, of, mixture))
    calls = shop.calls()
    assert not [call for call in calls if call.startswith(("versions", "resolve chromium", "resolve python3"))]
    varied(shop, of, mixture)
    assert shop.calls() == []


def test_a_layer_that_the_file_only_offers_is_resolved(shop: Shop) -> None:
    of = locked(shop)
    layer = (Ref(name="bridge", version="latest"),)
    found = varied(shop, of, shop.environment("2.0", compat=layer))
    assert found.environments[0].versions["server.compat.bridge"] == "1.0"
    assert {"shop 2.0", "coupon 0.5", "bridge 1.0"} <= set(names(found))


def test_a_locked_run_asks_no_registry(shop: Shop) -> None:
    with pytest.raises(FetchError, match=r"server\.compat\.bridge"):
        varied(shop, locked(shop), shop.environment("2.0", compat=(Ref(name="bridge"),)), strict=True)
    assert shop.calls() == []


def test_what_the_recipe_does_not_know_cannot_be(shop: Shop) -> None:
    with pytest.raises(InputError, match="knows no nothing"):
        varied(shop, locked(shop), shop.environment("2.0", plugins=(Ref(name="nothing"),)))


def test_versions_after_the_one_that_is_there_the_newest_first(shop: Shop) -> None:
    file, known = locked(shop)
    shop.pip.published["coupon"] = ["0.4", "0.5", "0.6", "0.7", "1.0rc1"]
    environment = file.environments[1]
    found = lock.newer(known, file.environments, environment, "server.plugins.coupon", shop.recipes(), shop.registry)
    assert found == ("0.7", "0.6", "1.0rc1")

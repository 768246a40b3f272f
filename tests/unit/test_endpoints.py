"""Browsers that run elsewhere, in locks: nobody is asked, and what they said is remembered."""

from harness import lock
from harness.lock import files
from harness.lock.endpoints import with_said
from harness.model import Client, Environment, Lock
from tests.unit.shop import Shop, shop

__all__ = ["shop"]  # a fixture

SAID = {"browserName": "MicrosoftEdge", "browserVersion": "156.0", "platformName": "windows", "cloud:session": "secret"}
KEPT = {name: SAID[name] for name in ("browserName", "browserVersion", "platformName")}


def elsewhere(shop: Shop, product: str = "1.0", **browser: object) -> Environment:
    url = "http://${env:USER}:${env:KEY}@grid:4444/wd/hub"
    client = Client.model_validate({"browser": {"name": "remote", "url": url, **browser}})
    return shop.environment(product).model_copy(update={"client": client})


def resolved(shop: Shop, *environments: Environment) -> Lock:
    return lock.resolve(shop.file(*environments), shop.recipes(), shop.registry, fresh=True)


def test_a_lock_has_its_host_without_the_login_and_no_browser(shop: Shop) -> None:
    (one,) = resolved(shop, elsewhere(shop)).environments
    assert one.endpoint
    assert (one.endpoint.host, one.endpoint.capabilities) == ("grid:4444", {})
    assert "client.browser" not in one.versions
    assert one.browser.product == one.browser.plugins == ()
    assert not [call for call in shop.calls() if "chromium" in call]


def test_what_a_session_said_is_in_the_next_lock_and_in_its_file(shop: Shop) -> None:
    environment = elsewhere(shop)
    lock.remember(shop.registry.cache, environment, SAID)
    found = resolved(shop, environment, elsewhere(shop, capabilities={"browserName": "firefox"}))
    said = [one.endpoint.capabilities for one in found.environments if one.endpoint]
    assert said == [KEPT, {}]
    path = shop.folder / "shop.lock.yaml"
    lock.write(path, found)
    assert lock.read(path) == found
    assert "secret" not in files.text(found)


def test_a_lock_of_another_endpoint_is_stale(shop: Shop) -> None:
    there = resolved(shop, elsewhere(shop))
    other = shop.file(elsewhere(shop, url="http://other:4444"))
    (why,) = lock.stale(there, other, shop.recipes())
    assert str(why) == "client.browser: the file asks for remote (other:4444), the lock has grid:4444"
    assert lock.stale(there, shop.file(elsewhere(shop, capabilities={"browserName": "edge"})), shop.recipes())
    (ours,) = lock.stale(there, shop.file(shop.environment()), shop.recipes())
    assert str(ours) == "client.browser: chromium@latest is not in the lock"
    assert lock.stale(there, shop.file(elsewhere(shop)), shop.recipes()) == ()


def test_another_browser_than_the_locked_one_is_a_drift_of_the_run(shop: Shop) -> None:
    environment = elsewhere(shop)
    first = with_said(resolved(shop, environment, elsewhere(shop, "2.0")), {0: SAID, 1: SAID})
    assert first.drifts == ()
    later = with_said(first, {0: {**SAID, "browserVersion": "157.0"}, 1: SAID})
    (drift,) = later.drifts
    assert (drift.package, drift.locked) == ("grid:4444", "MicrosoftEdge 156.0 windows")
    assert drift.used == "MicrosoftEdge 157.0 windows"
    assert later.environments[0].endpoint
    assert later.environments[0].endpoint.capabilities["browserVersion"] == "157.0"

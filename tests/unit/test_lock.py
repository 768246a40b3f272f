"""harness.lock: resolving, remembering, settling, and the file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import lock
from harness.errors import FetchError, GoneError, InputError
from harness.lock import resolving
from harness.model import (
    Base,
    Client,
    Drift,
    EnvironmentFile,
    Lock,
    LockedEnvironment,
    LockedSet,
    Package,
    Recipe,
    Ref,
    Viewport,
)
from tests.unit.shop import Shop, shop

__all__ = ["shop"]  # a fixture

COUPON = (Ref(name="coupon", version="0.5"),)


def names(packages: tuple[Package, ...], installer: str = "pip") -> list[str]:
    return [f"{one.name} {one.version}" for one in packages if one.installer == installer]


def resolved(shop: Shop, file: EnvironmentFile, recipes: dict[str, Recipe] | None = None) -> Lock:
    return lock.resolve(file, recipes or shop.recipes(), shop.registry)


# ----------------------------------------------------------------- resolving
def test_every_version_becomes_exact(shop: Shop) -> None:
    environment = shop.environment("latest", plugins=[Ref(name="coupon", version=">=0.5,<0.6")])
    found = resolved(shop, shop.file(environment)).environments[0].versions
    assert found == {
        "server.product": "2.0",
        "server.plugins.coupon": "0.5",
        "client.browser": "156.0-1",
    }


def test_what_the_product_needs_is_in_its_layer_and_what_plugins_add_in_theirs(shop: Shop) -> None:
    server = resolved(shop, shop.file()).environments[0].server
    assert names(server.product) == ["forms 3.2", "shop 1.0"]
    assert names(server.plugins) == ["coupon 0.5"]


def test_what_a_plugin_moves_is_not_in_the_layer_of_the_product(shop: Shop) -> None:
    recipe = shop.recipe()
    plugin = recipe.plugins["coupon"]
    pinned = plugin.install[0].model_copy(update={"arguments": ["coupon=0.5", "forms=3.1"]})
    recipe.plugins["coupon"] = plugin.model_copy(update={"install": (pinned,)})
    server = resolved(shop, shop.file(shop.environment()), {"shop": recipe}).environments[0].server
    assert names(server.product) == ["shop 1.0"]
    assert names(server.plugins) == ["coupon 0.5", "forms 3.1"]


def test_a_dependency_is_held_at_its_version(shop: Shop) -> None:
    environment = shop.environment(dependencies=(Ref(name="forms", version="3.1"),))
    server = resolved(shop, shop.file(environment)).environments[0].server
    assert "forms 3.1" in names(server.product)


def test_a_dependency_that_nothing_needs_is_refused_with_the_nearest(shop: Shop) -> None:
    shop.pip.published["form"] = ["3.1"]
    environment = shop.environment(dependencies=(Ref(name="form", version="3.1"),))
    with pytest.raises(InputError) as refused:
        resolved(shop, shop.file(environment))
    assert "`forms`" in refused.value.into("en")


def test_compat_layers_are_installed_like_plugins(shop: Shop) -> None:
    environment = shop.environment(compat=(Ref(name="bridge"),))
    found = resolved(shop, shop.file(environment)).environments[0]
    assert found.versions["server.compat.bridge"] == "1.0"
    assert "bridge 1.0" in names(found.server.plugins)


def test_what_an_installer_needs_of_the_distribution_is_locked_too(shop: Shop) -> None:
    server = resolved(shop, shop.file()).environments[0].server
    assert names(server.product, "apt") == ["python3 1-2"]


def test_each_question_is_asked_once_for_all_environments(shop: Shop) -> None:
    resolved(shop, shop.file(*[shop.environment("1.0"), shop.environment("2.0"), shop.environment("1.0")]))
    calls = shop.calls()
    assert len(calls) == len(set(calls))
    assert calls.count("versions shop") == 1


def test_environments_are_in_the_order_of_the_file(shop: Shop) -> None:
    found = resolved(shop, shop.file(shop.environment("2.0"), shop.environment("1.0"), shop.environment("2.0")))
    assert [one.versions["server.product"] for one in found.environments] == ["2.0", "1.0", "2.0"]
    assert found.side("before").versions["server.product"] == "2.0"


def test_a_version_that_is_not_published_says_whose_and_the_nearest(shop: Shop) -> None:
    with pytest.raises(InputError) as refused:
        resolved(shop, shop.file(shop.environment("3.0")))
    assert "shop@3.0" in refused.value.into("en")
    assert "2.0" in refused.value.into("en")


def test_versions_of_a_recipe_need_no_registry(shop: Shop) -> None:
    recipe = shop.recipe()
    listed = recipe.product.model_copy(update={"version": ("1.0",)})
    resolved(shop, shop.file(shop.environment("1.0")), {"shop": recipe.model_copy(update={"product": listed})})
    assert "versions shop" not in shop.calls()


# --------------------------------------------------------------- remembering
def test_the_same_question_is_answered_from_memory_for_a_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = resolved(shop, shop.file())
    shop.calls()
    assert resolved(shop, shop.file()) == first
    assert shop.calls() == []
    lock.resolve(shop.file(), shop.recipes(), shop.registry, fresh=True)
    assert "versions shop" in shop.calls()
    later = resolving.time() + resolving.REMEMBERED_S + 1
    monkeypatch.setattr(resolving, "time", lambda: later)
    resolved(shop, shop.file())
    assert "versions shop" in shop.calls()


def test_a_locked_run_asks_nobody(shop: Shop) -> None:
    first = resolved(shop, shop.file())
    shop.calls()
    shop.registry.closed = True
    assert lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=first, fresh=True) == first
    assert shop.calls() == []


def test_a_locked_run_on_another_machine_fetches_what_is_locked_and_resolves_nothing(shop: Shop) -> None:
    first = resolved(shop, shop.file())
    shop.calls()
    shop.pip.published["forms"].append("3.3")
    shop.registry.cache.folder = shop.folder / "another"
    assert lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=first) == first
    assert "fetch forms 3.2" in (calls := shop.calls())
    assert all(call.startswith("fetch") for call in calls)


# --------------------------------------------------------------------- stale
@pytest.mark.parametrize(
    "changed",
    [
        {"product": "2.0"},
        {"product": "1"},
        {"plugins": ()},
        {"plugins": (Ref(name="coupon", version="0.6"),)},
        {"dependencies": (Ref(name="forms", version="3.1"),)},
        {"compat": (Ref(name="bridge"),)},
        {"os": "debian:13"},
    ],
)
def test_a_lock_of_another_environment_is_stale(shop: Shop, changed: dict[str, object]) -> None:
    existing = resolved(shop, shop.file(shop.environment("1.0")))
    environment = shop.environment(**changed)  # type: ignore[arg-type]
    with pytest.raises(InputError) as refused:
        lock.resolve(shop.file(environment), shop.recipes(), shop.registry, existing=existing)
    assert "harness lock" in refused.value.into("en")


def test_a_lock_of_fewer_hops_is_stale(shop: Shop) -> None:
    existing = resolved(shop, shop.file(shop.environment("1.0")))
    with pytest.raises(InputError):
        lock.check(existing, shop.file(), shop.recipes())


def test_a_lock_is_stale_when_the_recipe_installs_something_else(shop: Shop) -> None:
    existing = resolved(shop, shop.file())
    recipe = shop.recipe()
    entry = recipe.product.install[0].model_copy(update={"arguments": ["shop={{ product.version }}", "bridge"]})
    other = recipe.model_copy(update={"product": recipe.product.model_copy(update={"install": (entry,)})})
    with pytest.raises(InputError):
        lock.check(existing, shop.file(), {"shop": other})


def test_a_lock_of_another_processor_gives_its_versions_with_this_ones_files(shop: Shop) -> None:
    existing = resolved(shop, shop.file()).model_copy(update={"machine": "riscv64"})
    shop.pip.published["forms"].append("3.3")
    shop.apt.published["tzdata"] = ["1-3"]
    used = lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing)
    assert used.machine == resolving.this_machine()
    assert "forms 3.2" in names(used.environments[0].server.product)
    assert used.drifts == (Drift(package="tzdata", locked="1-2", used="1-3"),)
    lock.check(used, shop.file(), shop.recipes())
    shop.calls()
    assert lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing) == used
    assert shop.calls() == []
    with pytest.raises(FetchError, match="riscv64"):
        lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing, strict=True)


def test_what_installs_nothing_leaves_a_lock_fresh(shop: Shop) -> None:
    existing = resolved(shop, shop.file(shop.environment()))
    client = Client(viewport=Viewport(width=390, height=844), timezone="Asia/Shanghai", locale="zh_CN.UTF-8")
    same = shop.environment().model_copy(update={"client": client})
    lock.check(existing, shop.file(same), shop.recipes(start=("shop", "--verbose")))


# --------------------------------------------------------------------- drift
def moved_on(shop: Shop) -> None:
    """The distribution drops what it had, and this machine has fetched none of it."""
    shop.registry.cache.folder = shop.folder / "another"
    shop.apt.published["tzdata"] = ["1-3"]


def test_what_a_distribution_dropped_is_replaced_and_reported(shop: Shop) -> None:
    existing = resolved(shop, shop.file())
    moved_on(shop)
    used = lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing)
    assert used.drifts == (Drift(package="tzdata", locked="1-2", used="1-3"),)
    for one in used.environments:
        assert "tzdata 1-3" in names(one.browser.product, "apt")
        assert "locales 1-2" in names(one.browser.product, "apt")
        assert one.server == existing.environments[0].server or one.versions["server.product"] == "2.0"
    lock.check(used, shop.file(), shop.recipes())


def test_strictly_nothing_is_replaced(shop: Shop) -> None:
    existing = resolved(shop, shop.file())
    moved_on(shop)
    with pytest.raises(FetchError, match="tzdata 1-2"):
        lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing, strict=True)


def with_browser(shop: Shop, version: str) -> EnvironmentFile:
    client = Client(browser=Ref(name="chromium", version=version))
    return shop.file(shop.environment().model_copy(update={"client": client}))


def test_a_browser_that_is_gone_is_replaced_where_the_file_allows_another(shop: Shop) -> None:
    existing = resolved(shop, with_browser(shop, "156"))
    moved_on(shop)
    shop.apt.published["chromium"] = ["150.0-1", "156.1-1"]
    used = lock.resolve(with_browser(shop, "156"), shop.recipes(), shop.registry, existing=existing)
    assert used.environments[0].versions["client.browser"] == "156.1-1"
    assert Drift(package="chromium", locked="156.0-1", used="156.1-1") in used.drifts
    lock.check(used, with_browser(shop, "156"), shop.recipes())


def test_a_browser_that_is_gone_and_was_asked_for_by_the_file_is_an_error_with_the_nearest(shop: Shop) -> None:
    existing = resolved(shop, with_browser(shop, "156.0-1"))
    moved_on(shop)
    shop.apt.published["chromium"] = ["150.0-1", "156.1-1"]
    with pytest.raises(InputError) as refused:
        lock.resolve(with_browser(shop, "156.0-1"), shop.recipes(), shop.registry, existing=existing)
    assert "156.1-1" in refused.value.into("en")


def test_packages_of_an_index_never_drift(shop: Shop) -> None:
    existing = resolved(shop, shop.file())
    shop.registry.cache.folder = shop.folder / "another"
    shop.pip.published["forms"] = ["3.3"]
    with pytest.raises(GoneError, match=r"forms 3\.2"):
        lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing)


def test_another_base_image_is_reported(shop: Shop) -> None:
    pinned = Base(os="debian:12", source="registry", digest="sha256:" + "1" * 64)
    other = Base(os="debian:12", source="bootstrap")
    existing = resolved(shop, shop.file()).model_copy(update={"bases": (pinned,)})
    shop.registry.bases = {pinned: other}
    used = lock.settle(existing, shop.file().environments, shop.recipes(), shop.registry)
    assert used.bases == (other,)
    assert used.drifts == (Drift(package="debian:12", locked=pinned.digest, used="bootstrap"),)
    with pytest.raises(FetchError, match="debian:12"):
        lock.settle(existing, shop.file().environments, shop.recipes(), shop.registry, strict=True)


# ------------------------------------------------------------------ the file
def test_the_file_has_a_line_a_package_and_no_address(shop: Shop, tmp_path: Path) -> None:
    locked = resolved(shop, shop.file())
    lock.write(tmp_path / "a.lock.yaml", locked)
    text = (tmp_path / "a.lock.yaml").read_text("utf-8")
    assert "://" not in text
    assert sum("name: forms" in line for line in text.splitlines()) == 2
    assert max(map(len, text.splitlines())) < 200
    assert lock.read(tmp_path / "a.lock.yaml") == locked


def test_a_lock_lies_beside_its_environment(tmp_path: Path, shop: Shop) -> None:
    environment = tmp_path / "shop.yaml"
    assert lock.beside(environment) is None
    lock.write(lock.path_beside(environment), resolved(shop, shop.file()))
    assert lock.path_beside(environment).name == "shop.lock.yaml"
    assert lock.beside(environment) == resolved(shop, shop.file())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1]",
        b"digest: 1",
        b"a: [",
        b"\xff\xfe",
        b"schema: 99\n",
        b"digest: x\nmachine: y\nbases: 3\nenvironments: []",
    ],
)
def test_a_broken_lock_is_an_input_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.lock.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        lock.read(path)
    assert str(path) in refused.value.into("en")
    assert "harness lock" in refused.value.into("en")


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
packages = st.builds(Package, installer=words, name=words, version=words, file=words, checksum=words, path=words)
some = st.lists(packages, max_size=3).map(tuple)
sets = st.builds(LockedSet, product=some, plugins=some)
bases = st.builds(Base, os=words, source=st.sampled_from(["registry", "bootstrap"]), digest=words)
versions = st.dictionaries(words, words, max_size=3)
locks = st.builds(
    Lock,
    digest=words,
    machine=words,
    bases=st.lists(bases, max_size=2).map(tuple),
    environments=st.lists(st.builds(LockedEnvironment, versions=versions, server=sets, browser=sets), max_size=2).map(
        tuple
    ),
    drifts=st.lists(st.builds(Drift, package=words, locked=words, used=words), max_size=2).map(tuple),
)


@given(locks)
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, locked: Lock) -> None:
    path = tmp_path_factory.mktemp("locks") / "any.lock.yaml"
    lock.write(path, locked)
    first = path.read_bytes()
    assert lock.read(path) == locked
    lock.write(path, lock.read(path))
    assert path.read_bytes() == first
    assert [one.name for one in path.parent.iterdir()] == [path.name]

"""harness.lock: resolving, remembering, settling, and the file."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import lock
from harness.browsers import BROWSERS
from harness.cache import Cache
from harness.errors import FetchError, GoneError, InputError
from harness.installers import INSTALLERS
from harness.language import Message
from harness.lock import resolving
from harness.lock.resolver import Resolver
from harness.model import (
    Base,
    Client,
    Drift,
    Environment,
    EnvironmentFile,
    Extension,
    Installation,
    Inventory,
    Lock,
    LockedEnvironment,
    LockedSet,
    Package,
    Recipe,
    Ref,
    ServiceRef,
    Viewport,
)
from tests.unit.shop import DictInstaller, DictRegistry, Shop, shop

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


def of_client(shop: Shop, **fields: object) -> EnvironmentFile:
    return shop.file(shop.environment().model_copy(update={"client": Client.model_validate(fields)}))


def test_extensions_and_fonts_are_locked_in_the_upper_layer_of_the_browser(shop: Shop) -> None:
    shop.apt.published |= {"webext-blocker": ["1.5", "1.6"], "fonts-noto-cjk": ["1"]}
    file = of_client(shop, extensions=[{"apt": "webext-blocker"}], fonts=["noto-cjk", "dejavu-core"])
    locked = resolved(shop, file).environments[0]
    assert names(locked.browser.plugins, "apt") == ["fonts-noto-cjk 1", "webext-blocker 1.6"]
    assert locked.versions["client.extensions.webext-blocker"] == "1.6"
    (extension,) = locked.exact(file.environments[0]).client.extensions
    assert extension.version == "1.6"


def test_an_extension_that_the_distribution_has_not_is_named(shop: Shop) -> None:
    with pytest.raises(InputError, match="webext-nowhere"):
        resolved(shop, of_client(shop, extensions=[{"apt": "webext-nowhere"}]))


def test_another_content_of_an_extension_is_another_question(shop: Shop) -> None:
    one, other = (Extension(source="file", name="banner", version="1", checksum=digit * 64) for digit in "ab")
    locked = resolved(shop, of_client(shop, extensions=[one]))
    lock.check(locked, of_client(shop, extensions=[one]), shop.recipes())
    with pytest.raises(InputError, match="does not fit"):
        lock.check(locked, of_client(shop, extensions=[other]), shop.recipes())


def test_what_the_browser_cannot_honour_is_an_error_before_anything_is_installed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"policies": Message("chromium cannot honour `policies`")}
    monkeypatch.setattr(type(BROWSERS["chromium"]), "refusals", lambda self, client: refused)
    with pytest.raises(InputError, match="cannot honour `policies`"):
        resolved(shop, shop.file())


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


def test_what_was_replaced_is_not_asked_for_again_on_the_same_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    existing = resolved(shop, shop.file())
    moved_on(shop)
    used = lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing)
    shop.calls()
    assert lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing) == used
    assert shop.calls() == []
    with pytest.raises(FetchError):
        lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing, strict=True)
    shop.calls()
    later = resolving.time() + resolving.REMEMBERED_S + 1
    monkeypatch.setattr(resolving, "time", lambda: later)
    assert lock.resolve(shop.file(), shop.recipes(), shop.registry, existing=existing) == used
    assert shop.calls() != []


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


def with_npm() -> DictInstaller:
    """The registry of the second source of a browser."""
    return DictInstaller(name="npm", published={"@sparticuz/chromium": ["130.0.0", "131.0.0", "131.0.1", "140.0.0"]})


@pytest.mark.parametrize(
    ("wanted", "chosen", "asked"),
    [("latest", "156.0-1", False), ("150", "150.0-1", False), ("131", "131.0.1", True), ("oldest", "131.0.0", True)],
)
def test_a_browser_comes_from_the_first_source_that_has_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, wanted: str, chosen: str, asked: bool
) -> None:
    npm = with_npm()
    monkeypatch.setitem(INSTALLERS, "npm", npm)
    resolver = Resolver(shop.recipes(), shop.registry, [Base(os="debian:12", source="bootstrap")], "x86_64")
    (environment,) = with_browser(shop, wanted).environments
    assert resolver.versions(environment)["client.browser"] == chosen
    assert bool(npm.calls) == asked


def test_a_locked_version_of_a_later_source_is_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INSTALLERS, "npm", with_npm())
    resolver = Resolver(shop.recipes(), shop.registry, [Base(os="debian:12", source="bootstrap")], "x86_64")
    (environment,) = with_browser(shop, "131").environments
    assert resolver.versions(environment, {"client.browser": "131.0.0"})["client.browser"] == "131.0.0"


@pytest.mark.parametrize(("machine", "wanted"), [("x86_64", "130"), ("aarch64", "131")])
def test_a_browser_that_cannot_be_had_names_the_nearest(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, machine: str, wanted: str
) -> None:
    monkeypatch.setitem(INSTALLERS, "npm", with_npm())
    resolver = Resolver(shop.recipes(), shop.registry, [Base(os="debian:12", source="bootstrap")], machine)
    (environment,) = with_browser(shop, wanted).environments
    with pytest.raises(InputError) as refused:
        resolver.versions(environment)
    words = refused.value.into("en")
    assert f"chromium@{wanted}" in words
    assert ("156.0-1" in words) == (machine == "x86_64")
    assert ("131.0.0" in words) == (machine == "x86_64")
    assert ("has files for x86_64 alone" in words) == (machine == "aarch64")


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
exact = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+~:!-]{0,11}", fullmatch=True)
sha256 = st.from_regex("sha256:[0-9a-f]{64}", fullmatch=True)
packages = st.builds(
    Package,
    installer=words,
    name=st.from_regex("(@[a-z~]{1,3}/)?[A-Za-z0-9_~][A-Za-z0-9_.+~-]{0,9}", fullmatch=True),
    version=exact,
    file=st.from_regex("([A-Za-z0-9_][A-Za-z0-9_.+~!-]{0,9})?", fullmatch=True),
    checksum=sha256 | st.from_regex("sha512-[A-Za-z0-9+/]{1,20}={0,2}( sha1-[A-Z]{3})?", fullmatch=True),
    path=st.from_regex("(node_modules(/@?[a-z_~][a-z.]{0,3}){1,3}|build)?", fullmatch=True),
)
some = st.lists(packages, max_size=3).map(tuple)
sets = st.builds(LockedSet, product=some, plugins=some)
bases = st.builds(
    Base, os=st.just("debian:12"), source=st.sampled_from(["registry", "bootstrap"]), digest=sha256 | st.just("")
)
versions = st.dictionaries(words, exact, max_size=3)
inventories = st.builds(
    Inventory,
    os=st.sampled_from(["debian:12", "debian:13"]),
    checksum=sha256,
    packages=st.dictionaries(st.from_regex("[a-z][a-z0-9+.-]{1,5}", fullmatch=True), exact, max_size=3),
)
services = st.dictionaries(words, sets, max_size=2)
locks = st.builds(
    Lock,
    digest=words,
    machine=words,
    bases=st.lists(bases, max_size=2).map(tuple),
    environments=st.lists(
        st.builds(LockedEnvironment, versions=versions, server=sets, browser=sets, services=services), max_size=2
    ).map(tuple),
    inventories=st.lists(inventories, max_size=2).map(tuple),
    recipes=st.dictionaries(words, sha256, max_size=2),
    drifts=st.lists(st.builds(Drift, package=words, locked=words, used=words), max_size=2).map(tuple),
)


@settings(deadline=None)
@given(locks)
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, locked: Lock) -> None:
    path = tmp_path_factory.mktemp("locks") / "any.lock.yaml"
    lock.write(path, locked)
    first = path.read_bytes()
    assert lock.read(path) == locked
    lock.write(path, lock.read(path))
    assert path.read_bytes() == first
    assert [one.name for one in path.parent.iterdir()] == [path.name]


# --------------------------------------------------------------------- parts
def test_a_part_of_a_lock_is_the_lock_of_its_environments(shop: Shop) -> None:
    one, two = shop.environment("1.0"), shop.environment("2.0")
    three = shop.environment("2.0", plugins=(), os="debian:13")
    whole = resolved(shop, shop.file(one, two, three))
    for wanted in ((one, two), (two, one), (three, three), (one, two, three), (one, three)):
        part = lock.part(whole, (one, two, three), wanted, shop.recipes())
        alone = resolved(shop, shop.file(*wanted))
        assert set(part.bases) == set(alone.bases)
        assert part == alone.model_copy(update={"bases": part.bases})
        lock.check(part, shop.file(*wanted), shop.recipes())
    with pytest.raises(InputError):
        lock.check(part, shop.file(two, one), shop.recipes())


def test_a_part_has_the_bases_that_it_needs(shop: Shop) -> None:
    one, other = shop.environment("1.0"), shop.environment("1.0", os="debian:13")
    whole = resolved(shop, shop.file(one, other))
    assert {base.os for base in whole.bases} == {"debian:12", "debian:13"}
    assert [base.os for base in lock.part(whole, (one, other), (one,), shop.recipes()).bases] == ["debian:12"]


def test_a_part_has_the_drifts_of_its_own_packages(shop: Shop) -> None:
    one, two = shop.environment("1.0"), shop.environment("2.0", os="debian:13")
    whole = resolved(shop, shop.file(one, two))
    of_both = Drift(package="chromium", locked="155.0-1", used="156.0-1")
    of_one = Drift(package="shop", locked="0.9", used="1.0")
    of_two = Drift(package="shop", locked="1.9", used="2.0")
    of_base = Drift(package="debian:13", locked="sha256:00", used="bootstrap")
    pulled = Base(os="debian:12", source="registry", digest="sha256:" + "2" * 64)
    of_pulled = Drift(package="debian:12", locked="sha256:" + "1" * 64, used=pulled.digest)
    gone = Drift(package="forms-old", locked="1.0", used="")
    bases = tuple(pulled if base.os == "debian:12" else base for base in whole.bases)
    drifts = (of_both, of_one, of_two, of_base, of_pulled, gone)
    drifted = whole.model_copy(update={"bases": bases, "drifts": drifts})
    assert lock.part(drifted, (one, two), (one,), shop.recipes()).drifts == (of_both, of_one, of_pulled, gone)
    of_second = (of_both, of_two, of_base, of_pulled, gone)
    assert lock.part(drifted, (one, two), (two,), shop.recipes()).drifts == of_second


def test_what_a_lock_does_not_hold_is_no_part_of_it(shop: Shop) -> None:
    one, two = shop.environment("1.0"), shop.environment("2.0")
    whole = resolved(shop, shop.file(one))
    with pytest.raises(KeyError):
        lock.part(whole, (one,), (two,), shop.recipes())
    with pytest.raises(ValueError, match="zip"):
        lock.part(whole, (one, two), (one,), shop.recipes())


# --------------------------------------------------------------- inventories
def held(**packages: str) -> Inventory:
    return Inventory(os="debian:12", checksum=f"sha256:{len(packages):064}", packages=packages)


def test_what_base_images_hold_is_put_into_a_lock(shop: Shop) -> None:
    found = lock.with_inventories(resolved(shop, shop.file()), [held(libc6="1")], locked=False)
    assert found.inventories == (held(libc6="1"),)
    assert found.drifts == ()
    assert lock.with_inventories(found, [held(libc6="2")], locked=False).drifts == (), "nobody committed it"


def test_a_base_that_holds_something_else_than_is_locked_is_reported(shop: Shop) -> None:
    first = lock.with_inventories(resolved(shop, shop.file()), [held(libc6="1", perl="5", tar="1")], locked=False)
    assert lock.with_inventories(first, [held(libc6="1", perl="5", tar="1")], locked=True, strict=True) == first
    here = held(libc6="2", tar="1", zlib="3")
    used = lock.with_inventories(first, [here], locked=True)
    assert used.inventories == (here,)
    assert used.drifts == (
        Drift(package="debian:12 libc6", locked="1", used="2"),
        Drift(package="debian:12 perl", locked="5", used=""),
        Drift(package="debian:12 zlib", locked="", used="3"),
    )
    lock.check(used, shop.file(), shop.recipes())
    with pytest.raises(FetchError, match="debian:12 libc6 1 → 2"):
        lock.with_inventories(first, [here], locked=True, strict=True)


def test_a_base_of_the_same_versions_and_other_content_is_reported(shop: Shop) -> None:
    first = lock.with_inventories(resolved(shop, shop.file()), [held(libc6="1")], locked=False)
    other = held(libc6="1").model_copy(update={"checksum": "sha256:" + "f" * 64})
    (drift,) = lock.with_inventories(first, [other], locked=True).drifts
    assert (drift.package, drift.used) == ("debian:12", "sha256:" + "f" * 64)


def test_a_lock_that_was_written_before_says_nothing_of_bases(shop: Shop) -> None:
    found = lock.with_inventories(resolved(shop, shop.file()), [held(libc6="1")], locked=True, strict=True)
    assert found.drifts == ()
    assert found.inventories == (held(libc6="1"),)


def test_a_part_has_the_inventories_that_it_needs_and_their_drifts(shop: Shop) -> None:
    one, other = shop.environment("1.0"), shop.environment("1.0", os="debian:13")
    other_base = held(libc6="9").model_copy(update={"os": "debian:13"})
    whole = lock.with_inventories(resolved(shop, shop.file(one, other)), [held(libc6="1"), other_base], locked=False)
    moved = [held(libc6="2"), other_base.model_copy(update={"packages": {"libc6": "10"}})]
    drifted = lock.with_inventories(whole, moved, locked=True)
    part = lock.part(drifted, (one, other), (one,), shop.recipes())
    assert part.inventories == (held(libc6="2"),)
    assert [drift.package for drift in part.drifts] == ["debian:12 libc6"]
    assert set(part.recipes) == {"shop"}


# ------------------------------------------------------------ recipes' files
def test_a_digest_of_a_recipe_is_of_what_it_says_and_of_the_files_it_names(shop: Shop) -> None:
    (shop.folder / "page.j2").write_text("one", "utf-8")
    (shop.folder / "notes.txt").write_text("one", "utf-8")
    (shop.folder / "site").mkdir()
    recipe = shop.recipe(templates=[{"source": "page.j2", "to": "/srv/page"}])
    entry = Installation(installer="files", arguments={"from": "site", "to": "/srv"})
    recipe.plugins["coupon"] = recipe.plugins["coupon"].model_copy(update={"install": (entry,)})
    first = lock.digest_of_recipe(recipe)
    (shop.folder / "notes.txt").write_text("two", "utf-8")
    assert lock.digest_of_recipe(recipe) == first
    digests = {first}
    for path in ("page.j2", "site/a.txt"):
        (shop.folder / path).write_text("two", "utf-8")
        digests.add(lock.digest_of_recipe(recipe))
    digests.add(lock.digest_of_recipe(recipe.model_copy(update={"port": 9000})))
    assert len(digests) == 4


def test_a_digest_of_a_recipe_does_not_leave_its_folder(shop: Shop) -> None:
    (shop.folder / "recipe").mkdir()
    (shop.folder / "secret").write_text("one", "utf-8")
    recipe = shop.recipe(folder=shop.folder / "recipe", setup=(("cat", "../secret", "a" * 5000),))
    first = lock.digest_of_recipe(recipe)
    (shop.folder / "secret").write_text("two", "utf-8")
    assert lock.digest_of_recipe(recipe) == first
    moved = recipe.model_copy(update={"folder": shop.folder})
    assert lock.digest_of_recipe(moved) == first, "where it lies does not matter"


# ------------------------------------------------------------------ services
REDIS = (ServiceRef(name="redis", version="7"),)


def test_a_service_is_locked_beside_product_and_browser(shop: Shop) -> None:
    found = resolved(shop, shop.file(shop.environment(services=REDIS))).environments[0]
    assert found.versions["server.services.redis"] == "5:7.0.15-2"
    assert found.images == ("server", "browser", "services.redis")
    assert names(found.packages("services.redis").product, "apt") == ["redis-server 5:7.0.15-2"]
    (service,) = found.exact(shop.environment(services=REDIS)).server.services
    assert service == ServiceRef(name="redis", version="5:7.0.15-2")


def test_without_services_a_lock_is_what_it_was_before_there_were_any(shop: Shop, tmp_path: Path) -> None:
    locked = resolved(shop, shop.file(shop.environment()))
    assert "services" not in lock.text(locked)
    assert locked.digest == "0c68938b74854100ab9993bcad1b73b8e89fb7de3ae464669087562b5cbd35e6"


def test_an_older_version_of_a_service_is_kept_while_it_is_there(shop: Shop) -> None:
    file = shop.file(shop.environment(services=(ServiceRef(name="redis", version="5:7.0.15-1"),)))
    existing = resolved(shop, file)
    lock.write(lock.path_beside(file.path), existing)
    assert lock.beside(file.path) == existing
    assert lock.resolve(file, shop.recipes(), shop.registry, existing=existing) == existing


def test_a_service_that_its_distribution_dropped_is_replaced_and_reported(shop: Shop, tmp_path: Path) -> None:
    file = shop.file(shop.environment(services=REDIS))
    existing = resolved(shop, file)
    shop.apt.published["redis-server"] = ["5:7.0.15-3"]
    registry = DictRegistry(cache=Cache(tmp_path / "empty"))
    found = lock.resolve(file, shop.recipes(), registry, existing=existing)
    assert Drift(package="redis-server", locked="5:7.0.15-2", used="5:7.0.15-3") in found.drifts
    assert found.environments[0].versions["server.services.redis"] == "5:7.0.15-3"
    assert names(found.environments[0].services["redis"].product, "apt") == ["redis-server 5:7.0.15-3"]


def test_a_service_on_a_system_of_its_own_needs_that_base(shop: Shop) -> None:
    service = ServiceRef(name="redis", version="latest", os="debian:13")
    file = shop.file(shop.environment(services=(service,)))
    assert [base.os for base in resolved(shop, file).bases] == ["debian:12", "debian:13"]


def test_a_service_that_is_given_is_locked_by_its_digest(shop: Shop) -> None:
    def given(digit: str) -> Environment:
        said = {"name": "store", "image": f"registry.example/store@sha256:{digit * 64}", "port": 1, "data": []}
        return shop.environment(services=(ServiceRef.model_validate(said),))

    file, changed = shop.file(given("1")), shop.file(given("2"))
    found = lock.resolve(file, shop.recipes(), shop.registry)
    assert "server.services.store" not in found.environments[0].versions
    (package,) = found.environments[0].services["store"].product
    assert (package.installer, package.name, package.version) == ("image", "store", "1" * 12)
    assert package.checksum == "sha256:" + "1" * 64
    assert lock.stale(found, file, shop.recipes()) == ()
    (why,) = lock.stale(found, changed, shop.recipes())
    assert str(why) == f"server.services.store: store (registry.example/store@{'2' * 12}) is not in the lock"
    assert found.environments[0].exact(file.environments[0]).server.services == file.environments[0].server.services


@pytest.mark.parametrize(
    "services", [(), (ServiceRef(name="redis"),), (ServiceRef(name="redis", version="7", os="debian:13"),)]
)
def test_a_lock_of_other_services_is_stale(shop: Shop, services: tuple[ServiceRef, ...]) -> None:
    existing = resolved(shop, shop.file(shop.environment(services=REDIS)))
    with pytest.raises(InputError, match="does not fit"):
        lock.check(existing, shop.file(shop.environment(services=services)), shop.recipes())

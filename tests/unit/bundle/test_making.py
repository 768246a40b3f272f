"""From the folder of a run to a bundle: which runs, which files, and what else is put in."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness import __version__, lock
from harness.bundle import Bundle, making
from harness.bundle.making import NEVER, Extra, make
from harness.cache import Cache
from harness.engine import Engine, base_reference
from harness.errors import InputError
from harness.evidence import RunFolder
from harness.masking import Secrets
from harness.model import Base, Image, Manifest
from harness.progress import Silent
from harness.run import _swapped
from harness.sealing import seal
from tests.unit.bundle.reproductions import ENVIRONMENT, RECIPE, leave, project
from tests.unit.engine.stand_in import engine, image_id, unpacked
from tests.unit.shop import DictRegistry, Shop, shop

__all__ = ["shop"]  # a fixture

FROM_REGISTRIES = RECIPE.replace("==", "=").replace('["1.0", "2.0"]', "{pip: shop}").replace('["0.5"]', "{pip: coupon}")


@pytest.fixture(autouse=True)
def nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own, and no engine."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))

    def nobody() -> Engine:
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(making, "connect", nobody)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return leave(project(tmp_path / "shop", files={"files/seed.sh": "#!/bin/sh\n"}), tmp_path / "runs")


def made(run: RunFolder, *extras: Extra, lang: Any = "en") -> tuple[Manifest, dict[str, bytes]]:
    """The manifest and all files of its bundle."""
    path = run.path.parent / "bundle.zip"
    said = make(run, path, extras=extras, progress=Silent(), lang=lang)
    with Bundle.open(path) as bundle:
        assert bundle.manifest == said
        return said, {name: bundle.read(name) for name in bundle.names[1:]}


def refused(run: RunFolder, *extras: Extra) -> str:
    path = run.path.parent / "bundle.zip"
    with pytest.raises(InputError) as caught:
        make(run, path, extras=extras, progress=Silent())
    assert not path.exists()
    assert caught.value.exit_code == 2
    return caught.value.into("en").replace(str(run.path), "RUN")


# ------------------------------------------------------------------- refused
def test_a_run_that_came_to_no_verdict(run: RunFolder) -> None:
    (run.path / "verdict.json").unlink()
    assert refused(run).startswith("RUN/verdict.json is not there: the run did not get so far")


@pytest.mark.parametrize("missing", ["lock.yaml", "recipes", "seal.json"])
def test_a_run_of_an_earlier_release(run: RunFolder, missing: str) -> None:
    place = run.path / missing
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    assert refused(run) == (
        "RUN does not hold all that a bundle needs\n"
        "  → it was made by an earlier release of harness; run the case again"
    )


def test_the_run_of_a_bundle(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop")
    bases = (Base(os="debian:12", source="bundle", digest="0" * 16),)
    run = leave(shop, tmp_path / "runs", locked=shop.lock.model_copy(update={"bases": bases}))
    assert refused(run) == (
        "RUN is the run of a bundle, whose packages are no longer here\n  → hand on the bundle itself"
    )


@pytest.mark.parametrize(
    "upgrade", ["{server: {product: shop@2.0}}", "{client: {viewport: 800x600}}", "{link: {egress: allow}}"]
)
def test_a_run_that_went_the_way_back(tmp_path: Path, upgrade: str) -> None:
    text = ENVIRONMENT.replace("server: {product: shop@2.0}", upgrade[1:-1])
    shop = project(tmp_path / "shop", environment=text)
    case, locked = _swapped(shop.case, shop.lock)
    exact = {side: locked.side(side).exact(case.file.side(side)) for side in ("before", "after")}
    run = leave(shop, tmp_path / "runs", locked=locked, environments=exact)
    assert refused(run) == (
        "RUN cannot be packed: it went the way back, or was changed afterwards\n  → run the case again, without --swap"
    )
    made(leave(shop, tmp_path / "runs"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("environment.yaml", "shop@2.0", "shop@1.0"),
        ("environment.yaml", "chromium@156.0}", "chromium@156.0, timezone: Asia/Shanghai}"),
        ("recipes/shop/recipe.yaml", "coupon==", "coupon[all]=="),
    ],
)
def test_a_run_whose_files_were_changed(run: RunFolder, name: str, old: str, new: str) -> None:
    path = run.path / name
    path.write_text(path.read_text().replace(old, new))
    assert "went the way back, or was changed afterwards" in refused(run)


def test_a_run_whose_files_are_broken(run: RunFolder) -> None:
    (run.path / "scenario.yaml").write_text("steps: []\n")
    assert "RUN/scenario.yaml:1:" in refused(run)


def test_a_run_with_a_secret_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "correct horse")
    shop = project(tmp_path / "shop", recipe=RECIPE + "environment: {PASSWORD: '${env:SHOP_PASSWORD}'}\n")
    run = leave(shop, tmp_path / "runs", environ={"SHOP_PASSWORD": "correct horse"})
    made(run)
    (run.path.parent / "bundle.zip").unlink()
    log = run.path / "after" / "server.log"
    log.write_text("correct horse\n")
    assert refused(run).startswith("after/server.log has changed since the run")
    seal(run, Secrets())  # as if nothing had been known then
    assert refused(run).startswith("nothing was written: the secret env:SHOP_PASSWORD is in evidence/after/server.log")


# --------------------------------------------------------------- what is in it
def test_what_is_packed(run: RunFolder) -> None:
    manifest, files = made(run)
    assert {"environment.yaml", "environment.lock.yaml", "scenario.yaml", "issue.md"} <= files.keys()
    assert {name for name in files if name.startswith("recipes/")} == {
        "recipes/shop/recipe.yaml", "recipes/shop/shop.ini.j2", "recipes/shop/files/seed.sh",
    }  # fmt: skip
    assert {name for name in files if name.startswith("contexts/")} == {
        "contexts/before/server/Dockerfile", "contexts/after/server/Dockerfile",
    }  # fmt: skip
    evidence = {name.removeprefix("evidence/") for name in files if name.startswith("evidence/")}
    assert {"verdict.json", "comparison.json", "seal.json", "report.html", "junit.xml", "after/trace.jsonl"} <= evidence
    assert not any(name.startswith(("recipes/", "before/context/", "after/context/")) for name in evidence)
    assert not evidence & {"environment.yaml", "scenario.yaml", "lock.yaml", "issue.md"}
    rest = {name for name in files if "/" not in name}
    assert rest == {"environment.yaml", "environment.lock.yaml", "scenario.yaml", "issue.md"}
    assert (manifest.contents, manifest.images) == ((), ())


def test_inputs_and_evidence_are_those_of_the_run(run: RunFolder) -> None:
    _, files = made(run)
    for name in ("environment.yaml", "scenario.yaml", "recipes/shop/recipe.yaml"):
        assert files[name] == (run.path / name).read_bytes()
    assert files["evidence/after/trace.jsonl"] == (run.path / "after" / "trace.jsonl").read_bytes()
    assert files["contexts/after/server/Dockerfile"] == b"FROM shop:after\n"
    locked = run.read_lock()
    assert locked is not None
    assert files["environment.lock.yaml"].decode() == lock.text(locked)


def test_renderings_are_made_anew(run: RunFolder) -> None:
    for name in NEVER:
        if name != "lock.yaml":
            (run.path / name).write_text("of long ago")
    _, files = made(run, lang="zh")
    assert b'lang="zh-CN"' in files["evidence/report.html"]
    assert files["evidence/junit.xml"].startswith(b"<?xml")
    assert files["issue.md"].startswith("## 回归".encode())
    assert b"of long ago" not in b"".join(files.values())


def test_what_may_be_run_still_may_and_links_are_left_out(run: RunFolder, tmp_path: Path) -> None:
    (run.path / "recipes/shop/files/seed.sh").chmod(0o755)
    (tmp_path / "private").write_text("mine")
    (run.path / "recipes/shop/files/link").symlink_to(tmp_path / "private")
    (run.path / "after" / "link.log").symlink_to(tmp_path / "private")
    manifest, files = made(run)
    assert [file.path for file in manifest.files if file.executable] == ["recipes/shop/files/seed.sh"]
    assert not any("link" in name for name in files)


def test_what_it_says_of_itself(run: RunFolder) -> None:
    manifest, _ = made(run)
    verdict = run.read_verdict()
    assert (manifest.name, manifest.environment, manifest.scenario) == ("shop-buy", "shop", "buy")
    assert manifest.tool_version == __version__
    expected = manifest.expected
    assert (expected.verdict, expected.fingerprint, expected.layer, expected.step, expected.reason) == (
        "regression", verdict.fingerprint, "client", 3, verdict.reason,
    )  # fmt: skip


def test_the_same_run_gives_the_same_files(run: RunFolder) -> None:
    assert made(run)[1] == made(run)[1]


# ------------------------------------------------------------------ packages
@pytest.fixture
def from_registries(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[RunFolder, Shop, Engine]:
    """A run whose packages are in the cache, and an engine that has its base image."""
    it = project(tmp_path / "project", recipe=FROM_REGISTRIES, environment=ENVIRONMENT.replace("@156.0", "@156.0-1"))
    case = it.case
    locked = lock.resolve(case.file, case.recipes, shop.registry)
    one = engine()
    one.calls.add(*map(base_reference, locked.bases))
    monkeypatch.setattr(making, "connect", lambda: one)

    def registry(cache: Cache, *, engine: Engine, bases: tuple[Base, ...]) -> DictRegistry:
        assert (engine, bases) == (one, locked.bases)
        return DictRegistry(cache=cache, bases=shop.registry.bases)

    monkeypatch.setattr(making, "ContainerRegistry", registry)
    shop.calls()
    return leave(it, tmp_path / "runs", locked=locked), shop, one


Prepared = tuple[RunFolder, Shop, Engine]


def test_packages_are_all_that_rendering_takes_and_the_base_images(from_registries: Prepared) -> None:
    run, shop, _ = from_registries
    manifest, files = made(run, "packages")
    held = {
        name.removeprefix("packages/files/"): data
        for name, data in files.items()
        if "/files/" in name and name.startswith("packages/")
    }
    words = {data.decode() for data in held.values()}
    assert {"shop 1.0", "shop 2.0", "coupon 0.5", "forms 3.2", "python3 1-2", "chromium 156.0-1"} <= words
    assert shop.calls() == [], "nothing is fetched that is here"
    cache = shop.registry.cache
    assert all(cache.find(sha256) for sha256 in held)
    assert json.loads(files["packages/records.json"]) == []  # these installers keep none
    locked = run.read_lock()
    assert locked is not None
    (image,) = manifest.images
    reference = base_reference(locked.bases[0])
    assert (image.tag, image.id, image.role) == (reference, image_id(reference), "debian:12")
    tags = json.loads(unpacked(files["images/bases.tar"])["manifest.json"])[0]["RepoTags"]
    assert (tags, manifest.contents) == ([reference], ("packages",))


def test_what_the_cache_knows_of_them_goes_along(from_registries: Prepared) -> None:
    run, shop, _ = from_registries
    shop.registry.cache.remember("apt", "asked", value={"packages": []})
    shop.registry.cache.remember("apt", "never asked", value=1)
    fetch = shop.pip.fetch

    def remembering(packages: Any, below: Any, site: Any) -> Any:
        site.registry.cache.record("apt", "asked")
        return fetch(packages, below, site)

    shop.pip.fetch = remembering  # type: ignore[method-assign]
    assert json.loads(made(run, "packages")[1]["packages/records.json"]) == [
        {"key": ["apt", "asked"], "value": {"packages": []}}
    ]


def test_both_sides_are_rendered_to_see_what_they_take(
    from_registries: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    monkeypatch.setattr(making, "render", lambda environment, *more: rendered.append(str(environment.server.product)))
    made(from_registries[0], "packages")
    assert rendered == ["shop@1.0", "shop@2.0"]


def test_a_base_image_that_is_pinned_gets_a_name_of_ours(
    from_registries: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _, one = from_registries
    locked = run.read_lock()
    assert locked is not None
    monkeypatch.setattr(making, "base_reference", lambda base: "debian@sha256:" + "ab" * 32)
    one.calls.add("debian@sha256:" + "ab" * 32)
    assert [image.tag for image in made(run, "packages")[0].images] == ["harness/base:debian-" + "ab" * 12]


def test_packages_that_can_no_longer_be_had(from_registries: Prepared) -> None:
    run, shop, _ = from_registries
    locked = run.read_lock()
    assert locked is not None
    shop.registry.bases[locked.bases[0]] = Base(os="debian:12", source="registry", digest="sha256:" + 64 * "0")
    assert refused(run, "packages") == (
        "RUN cannot be packed: packages that it used can no longer be had\n"
        "  → make the bundle without packages, or with --with-images"
    )


def test_a_package_that_would_be_another_one_now(from_registries: Prepared) -> None:
    run, shop, _ = from_registries
    shutil.rmtree(shop.registry.cache.folder / "files")
    shop.apt.published["python3"] = ["1-1", "1-3"]
    assert "packages that it used can no longer be had" in refused(run, "packages")


# -------------------------------------------------------------------- images
def test_images_are_those_of_both_replicas_each_once(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    one, built = engine(), []

    class Side:
        def __init__(self, **given: Any) -> None:
            assert given["ground"].engine is one
            assert not given["folder"].path.is_relative_to(run.path), "the run stays as it is"
            self.side = given["side"]
            built.append(self.side)

        def build(self, progress: object) -> dict[str, Image]:
            tags = {"product": f"harness/product:{self.side}", "browser": "harness/browser:1"}
            one.calls.add(*tags.values())
            return {name: Image(tag=tag, id=image_id(tag)) for name, tag in tags.items()}

    monkeypatch.setattr(making, "connect", lambda: one)
    monkeypatch.setattr(making, "OneSide", Side)
    manifest, files = made(run, "images")
    assert built == ["before", "after"]
    assert {image.tag: (image.id, image.role) for image in manifest.images} == {
        "harness/product:before": (image_id("harness/product:before"), "before/product"),
        "harness/product:after": (image_id("harness/product:after"), "after/product"),
        "harness/browser:1": (image_id("harness/browser:1"), "before/browser after/browser"),
    }
    rows = json.loads(unpacked(files["images/replicas.tar"])["manifest.json"])
    assert [row["RepoTags"] for row in rows] == [[image.tag] for image in manifest.images]
    assert manifest.contents == ("images",)
    assert "images/bases.tar" not in files


def test_nothing_is_left_of_what_was_collected(from_registries: Prepared, tmp_path: Path) -> None:
    made(from_registries[0], "packages")
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []

"""From a bundle to a run here: where its faults are placed, what it brings, and whether it came to the same."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.bundle import Bundle, Member, pack, replaying
from harness.bundle.replaying import Unpacked, compared, replay, unpacked
from harness.cache import Cache
from harness.engine import Engine, base_reference
from harness.errors import InputError, Problem
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import Base, Drift, Expected, FailedStep, File, Image, Said, Verdict, VerdictName
from harness.progress import Silent
from harness.run import Result
from harness.sides import Ground
from tests.unit.bundle.forging import MANIFEST
from tests.unit.bundle.reproductions import RECIPE, SCENARIO, Project, bundled, images, opened, project, records
from tests.unit.engine.stand_in import engine, image_id, image_tar

EXPECTED = Expected(verdict="regression", fingerprint="5f2c", layer="client", step=3, reason="“2 results” is gone")
ROLES = {
    "harness/product:a": "before/product",
    "harness/product:b": "after/product",
    "harness/browser:c": "before/browser after/browser",
}
BASE_TAG = "harness/base:debian-12-0123456789ab"


@pytest.fixture(autouse=True)
def nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return project(tmp_path / "shop")


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The engine of this machine."""
    made = engine()
    monkeypatch.setattr(replaying, "connect", lambda: made)
    monkeypatch.setattr(replaying, "sweep", lambda swept: None)
    return made


# ------------------------------------------------------------------ unpacked
def test_inputs_are_read_in_a_folder_that_goes_away(shop: Project, tmp_path: Path) -> None:
    more = [Member(path="evidence/verdict.json", content=b"{}"), Member(path="packages/records.json", content=b"[]")]
    path = bundled(tmp_path / "bundle.zip", shop, *more)
    with Bundle.open(path) as bundle, unpacked(bundle, path) as there:
        assert (there.path, there.bundle) == (path, bundle)
        assert there.case.file.name == "shop"
        assert there.lock == shop.lock
        assert sorted(file.name for file in there.folder.iterdir()) == [
            "environment.lock.yaml", "environment.yaml", "manifest.json", "recipes", "scenario.yaml",
        ]  # fmt: skip
        assert there.asked == {}
    assert not there.folder.exists()


def test_nothing_is_read_here_that_could_not_be_read_within_limits(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(folder: Path) -> None:
        assert (folder / "environment.yaml").exists()
        raise InputError(Message("it takes too long"))

    def never(folder: Path) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(replaying, "stand", refuses)
    monkeypatch.setattr(replaying, "inputs", never)
    path = bundled(tmp_path / "bundle.zip", shop)
    with Bundle.open(path) as bundle, pytest.raises(InputError, match="it takes too long"), unpacked(bundle, path):
        pass


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("scenario.yaml", "steps: []\n", "{bundle}/scenario.yaml:1:8: too few: at least 1"),
        ("recipes/shop/recipe.yaml", RECIPE.replace(" 8000\n", " 0\n"), "{bundle}/recipes/shop/recipe.yaml:17:7: "),
        ("recipes/shop/shop.ini.j2", "{{ nothing }}", "{bundle}/recipes/shop/shop.ini.j2:1:1: no template sees"),
        ("environment.yaml", "name: a\nserver: {product: shopp@1}\n", "{bundle}/environment.yaml:2:19: there is"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_file_in_the_bundle(
    shop: Project, tmp_path: Path, name: str, text: str, said: str
) -> None:
    members = {member.path: member for member in shop.inputs}
    members[name] = Member(path=name, content=text.encode())
    path = tmp_path / "bundle.zip"
    pack(path, MANIFEST, members.values())
    with Bundle.open(path) as bundle, pytest.raises(InputError) as caught, unpacked(bundle, path):
        pass
    assert said.format(bundle=path) in caught.value.into("en")
    assert str(tmp_path / "cache") not in caught.value.into("en")
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []


def test_places_in_words_are_those_of_the_bundle_too(tmp_path: Path) -> None:
    folder, path = tmp_path / 'a "folder"', tmp_path / "bündel.zip"
    inner = Message("see {path}", path=folder / "x")
    problem = Problem(path=folder / "recipes/a.yaml", line=2, column=3, what=inner, advice=Message("{m}", m=inner))
    other = Problem(path=Path("elsewhere"), line=1, column=1, what=Message("{n} of {path}", n=7, path="elsewhere"))
    error = InputError(
        Message("{path} is bad", path=folder), Message("mend {path}", path=folder), problems=(problem, other)
    )
    with pytest.raises(InputError) as caught, replaying._placed(folder, path):
        raise error
    assert caught.value.problems == (
        Problem(
            path=path / "recipes/a.yaml",
            line=2,
            column=3,
            what=Message("see {path}", path=f"{path}/x"),
            advice=Message("{m}", m=Message("see {path}", path=f"{path}/x")),
        ),
        other,
    )
    assert (str(caught.value.what), str(caught.value.advice)) == (f"{path} is bad", f"mend {path}")
    assert caught.value.__cause__ is error


# ------------------------------------------------------------------ compared
def came_to(
    verdict: VerdictName = "regression",
    fingerprint: str = "5f2c",
    step: int | None = 3,
    drifts: tuple[Drift, ...] = (),
    why: str = "because",
) -> Result:
    failed = FailedStep(number=step, description="") if step else None
    said = Verdict(
        verdict=verdict, reason=why, reason_said=Said(text=why), fingerprint=fingerprint, step=failed, drifts=drifts
    )
    return Result(folder=RunFolder(path=Path("run")), verdict=said)


def told(expected: Expected, result: Result) -> tuple[str, list[str]]:
    replayed = compared(expected, result)
    assert (replayed.expected, replayed.result) == (expected, result)
    return replayed.outcome, [one.message().into("en") for one in replayed.differences]


DRIFT = Drift(package="npm jquery", locked="3.7.0", used="3.7.1")


def test_the_same() -> None:
    assert told(EXPECTED, came_to()) == ("same", [])
    assert told(EXPECTED, came_to(drifts=(DRIFT,), why="in other words")) == ("same", [])
    good = EXPECTED.model_copy(update={"verdict": "same", "fingerprint": "", "step": None})
    assert told(good, came_to("same", "", None)) == ("same", [])


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (came_to("same"), ["verdict: same here, regression expected"]),
        (came_to(step=4), ["step: 4 here, 3 expected"]),
        (came_to(step=None), ["step: – here, 3 expected"]),
        (came_to(fingerprint="beef"), ["fingerprint: beef here, 5f2c expected"]),
        (
            came_to("fixed", "", None),
            [
                "verdict: fixed here, regression expected",
                "step: – here, 3 expected",
                "fingerprint: – here, 5f2c expected",
            ],
        ),
        (
            came_to(step=4, drifts=(DRIFT,)),
            ["step: 4 here, 3 expected", "npm jquery is 3.7.1 here and was 3.7.0"],
        ),
    ],
)
def test_something_else_and_what_it_is(result: Result, said: list[str]) -> None:
    assert told(EXPECTED, result) == ("different", said)


def test_it_could_not_be_tried() -> None:
    result = came_to("no-verdict", "", None, (DRIFT,), "the engine is gone")
    assert told(EXPECTED, result) == ("could-not", ["the engine is gone"])


def test_that_there_is_no_verdict_may_be_what_is_expected() -> None:
    nothing = EXPECTED.model_copy(update={"verdict": "no-verdict", "fingerprint": "", "step": None})
    assert told(nothing, came_to("no-verdict", "", None)) == ("same", [])
    assert told(nothing, came_to())[0] == "different"


# --------------------------------------------------------------- with images
def with_images(tmp_path: Path, shop: Project, roles: Mapping[str, str] = ROLES, tar: bytes | None = None) -> Path:
    member = Member(path="images/replicas.tar", content=image_tar(*roles) if tar is None else tar)
    return bundled(tmp_path / "bundle.zip", shop, member, contents=("images",), images=images(roles))


def ground(path: Path, shop: Project) -> Ground:
    with opened(path, shop) as there:
        return replaying._with_images(there)


def key_of(path: Path) -> str:
    with Bundle.open(path) as bundle:
        return replaying._key(bundle)


def test_images_get_names_of_the_bundles_own(tmp_path: Path, shop: Project, one: Engine) -> None:
    path = with_images(tmp_path, shop)
    found, key = ground(path, shop), key_of(path)
    tags = [f"harness/bundled:{key}-{number}" for number in range(3)]
    before, after, browser = (Image(tag=tag, id=image_id(tag)) for tag in tags)
    assert found.images == {
        "before": {"product": before, "browser": browser},
        "after": {"product": after, "browser": browser},
    }
    assert set(one.calls.images) == set(tags), "no run of ours takes them for its own"
    assert (found.engine, found.lock) == (one, shop.lock)


def test_another_bundle_gets_other_names(tmp_path: Path, shop: Project, one: Engine) -> None:
    first = key_of(with_images(tmp_path, shop))
    shop.write("recipes/shop/more", "x")
    second = key_of(with_images(tmp_path, shop))
    assert first != second
    assert len(first) == len(second) == 16


@pytest.mark.parametrize(
    "roles",
    [
        {"harness/product:a": "before/product", "harness/product:b": "after/product"},
        {**ROLES, "harness/product:d": "before/product"},
        {**ROLES, "harness/product:d": "after/database"},
        {**ROLES, "harness/browser:c": "before/browser after/browser after/browser"},
        {**ROLES, "harness/browser:c": "before/browser later/browser"},
        {tag: role.replace("/", "-") for tag, role in ROLES.items()},
        {"harness/base:1": "debian:12"},
        {},
    ],
)
def test_images_of_other_roles_than_a_run_has(
    tmp_path: Path, shop: Project, one: Engine, roles: dict[str, str]
) -> None:
    path = with_images(tmp_path, shop, roles)
    with pytest.raises(InputError, match="the bundle does not bring the images of both sides"):
        ground(path, shop)
    assert one.calls.images == {}


def test_base_images_beside_them_are_left_where_they_are(tmp_path: Path, shop: Project, one: Engine) -> None:
    path = with_images(tmp_path, shop, {**ROLES, BASE_TAG: "debian:12"})
    assert len(ground(path, shop).images) == 2
    assert len(one.calls.images) == 3


def test_an_archive_that_is_damaged(tmp_path: Path, shop: Project, one: Engine) -> None:
    with pytest.raises(InputError, match="this is no archive of images"):
        ground(with_images(tmp_path, shop, tar=image_tar("harness/product:a")), shop)
    with pytest.raises(InputError, match="this is no archive of images"):
        ground(with_images(tmp_path, shop, tar=b"no tar" * 300), shop)
    assert one.calls.images == {}


def test_one_that_is_not_there(tmp_path: Path, shop: Project, one: Engine) -> None:
    path = bundled(tmp_path / "bundle.zip", shop, contents=("images",), images=images(ROLES))
    with pytest.raises(InputError, match=r"there is no `images/replicas\.tar` in "):
        ground(path, shop)


# ------------------------------------------------------------- with packages
Given = Callable[..., Ground]
WHEEL = File.of("", b"shop 1.0")


@pytest.fixture
def given(tmp_path: Path, shop: Project, one: Engine, monkeypatch: pytest.MonkeyPatch) -> Given:
    """What a run with a bundle's packages stands on; nothing is resolved."""

    def prepared(file: object, recipes: object, existing: Any, *, strict: bool, cache: Cache) -> Any:
        assert strict, "nothing is fetched in the place of what is missing"
        return one, existing

    monkeypatch.setattr(replaying, "prepare", prepared)

    def given(
        *more: Member,
        rows: bytes | None = None,
        roles: Mapping[str, str] | None = None,
        tar: bytes | None = None,
    ) -> Ground:
        brought = {BASE_TAG: "debian:12"} if roles is None else roles
        members = [
            Member(path="packages/records.json", content=records([]) if rows is None else rows),
            Member(path="images/bases.tar", content=image_tar(*brought) if tar is None else tar),
            *more,
        ]
        path = bundled(tmp_path / "bundle.zip", shop, *members, contents=("packages",), images=images(brought))
        with opened(path, shop) as there:
            return replaying._with_packages(there, Cache(tmp_path / "of the bundle"))

    return given


def packed(sha256: str, content: bytes) -> Member:
    return Member(path=f"packages/files/{sha256}", content=content)


def test_packages_lie_in_a_cache_of_the_bundles_own(given: Given, one: Engine, tmp_path: Path) -> None:
    found = given(packed(WHEEL.sha256, b"shop 1.0"), rows=records([(("npm-files", "sha512-x"), WHEEL.sha256)]))
    assert found.cache.folder == tmp_path / "of the bundle"
    place = found.cache.find(WHEEL.sha256)
    assert place is not None
    assert place.read_bytes() == b"shop 1.0"
    assert found.cache.record("npm-files", "sha512-x") == WHEEL.sha256
    assert Cache().find(WHEEL.sha256) is None, "what a stranger says is not true in any other run"
    assert Cache().record("npm-files", "sha512-x") is None


def test_its_base_images_are_known_as_the_bundles(given: Given, one: Engine, tmp_path: Path) -> None:
    found = given()
    base = Base(os="debian:12", source="bundle", digest=key_of(tmp_path / "bundle.zip"))
    assert found.lock.bases == (base,)
    assert set(one.calls.images) == {base_reference(base)}, "nothing of ours is built on them"


def test_what_is_said_of_a_base_is_said_of_the_one_in_its_place(given: Given, shop: Project) -> None:
    (base,) = shop.lock.bases
    found = given(rows=records([(("apt", base.model_dump_json(), "python3=1"), {"a": 1})]))
    (brought,) = found.lock.bases
    assert found.cache.record("apt", brought.model_dump_json(), "python3=1") == {"a": 1}
    assert found.cache.record("apt", base.model_dump_json(), "python3=1") is None


@pytest.mark.parametrize(
    "name", [File.of("", b"another").sha256, "shop-1.0.whl", WHEEL.sha256.upper(), "a/" + WHEEL.sha256]
)
def test_a_file_that_is_not_what_it_is_named_after(given: Given, one: Engine, name: str) -> None:
    with pytest.raises(InputError) as caught:
        given(packed(name, b"shop 1.0"))
    assert str(caught.value) == f"`packages/files/{name}` of the bundle is not the file that it is named after"
    assert one.calls.images == {}


@pytest.mark.parametrize(
    "rows",
    [
        b"", b"{", b"\xff", b"7", b'"text"', b"null", b'{"key": []}', b"[7]", b"[[]]", b"[null]",
        b'[{"value": 1}]', b'[{"key": ["apt"]}]', b'[{"key": [], "value": 1}]', b'[{"key": 7, "value": 1}]',
        b'[{"key": ["../../x"], "value": 1}]', b'[{"key": ["Apt"], "value": 1}]', b'[{"key": [["apt"]], "value": 1}]',
        b'[{"key": ["apt", "\\ud800"], "value": 1}]', b"[" * 100_000,
        b'[{"key": ["apt"], "value": ' + b"[" * 5000 + b"]" * 5000 + b"}]",
    ],
)  # fmt: skip
def test_records_that_are_damaged(given: Given, one: Engine, tmp_path: Path, rows: bytes) -> None:
    with pytest.raises(InputError) as caught:
        given(rows=rows)
    assert caught.value.into("en") == (
        "`packages/records.json` of the bundle is damaged\n  → ask for it to be made again"
    )
    assert one.calls.images == {}
    assert not (tmp_path / "x.json").exists()


def test_records_of_kinds_that_nobody_reads_do_no_harm(given: Given) -> None:
    odd = b'{"key": ["apt", 7, null, {"a": 1}], "value": null}, {"key": "abc", "value": NaN}'
    rows = b"[" + odd + b', {"key": ["x"], "value": 1}]'
    assert given(rows=rows).cache.record("x") == 1


@pytest.mark.parametrize("roles", [{}, {BASE_TAG: "debian:11"}, {BASE_TAG: "debian:12", "harness/base:b": "debian:12"}])
def test_base_images_that_are_not_there_or_too_many(given: Given, one: Engine, roles: dict[str, str]) -> None:
    with pytest.raises(InputError, match="the bundle does not bring its base images"):
        given(roles=roles)
    assert one.calls.images == {}


def test_base_images_that_are_damaged(given: Given, one: Engine) -> None:
    with pytest.raises(InputError, match="this is no archive of images"):
        given(tar=image_tar("harness/base:other"))
    assert one.calls.images == {}


# -------------------------------------------------------------------- replay
@pytest.fixture
def replicated(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Ground, RunFolder]]:
    """What was run, and in which folder; it comes to what is expected."""
    ran: list[tuple[Ground, RunFolder]] = []

    def replicate(case: object, ground: Ground, folder: RunFolder, **more: Any) -> Result:
        ran.append((ground, folder))
        return came_to(step=4)

    monkeypatch.setattr(replaying, "replicate", replicate)
    return ran


def replayed(there: Unpacked, tmp_path: Path, environ: Mapping[str, str]) -> replaying.Replayed:
    return replay(there, runs=tmp_path / "runs", progress=Silent(), environ=environ)


def test_without_anything_brought_versions_are_those_of_the_lock(
    shop: Project,
    tmp_path: Path,
    one: Engine,
    replicated: list[tuple[Ground, RunFolder]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replaying, "prepare", lambda file, recipes, existing: (one, existing))
    with opened(bundled(tmp_path / "bundle.zip", shop), shop) as there:
        assert replayed(there, tmp_path, {}).outcome == "same"
    ((ground, folder),) = replicated
    assert (ground.engine, ground.lock, ground.images, ground.environ) == (one, shop.lock, {}, {})
    kept = {name: (folder.path / name).read_bytes() for name in ("environment.yaml", "scenario.yaml")}
    assert kept == {name: (shop.folder / name).read_bytes() for name in kept}
    assert (folder.path / "recipes/shop/recipe.yaml").read_text() == RECIPE


def test_images_go_before_packages(
    shop: Project, tmp_path: Path, one: Engine, replicated: list[tuple[Ground, RunFolder]]
) -> None:
    member = Member(path="images/replicas.tar", content=image_tar(*ROLES))
    path = bundled(tmp_path / "b.zip", shop, member, contents=("packages", "images"), images=images(ROLES))
    with opened(path, shop) as there:
        replayed(there, tmp_path, {})
    ((ground, _),) = replicated
    assert set(ground.images) == {"before", "after"}


def test_it_is_given_no_other_variables_than_those_it_is_allowed(
    tmp_path: Path, one: Engine, replicated: list[tuple[Ground, RunFolder]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "from our environment")
    shop = project(tmp_path / "wants", scenario=SCENARIO + "  - open: '/${env:SHOP_KEY}'\n")
    path = with_images(tmp_path, shop)
    with opened(path, shop) as there:
        with pytest.raises(InputError) as caught:
            replayed(there, tmp_path, {})
        (problem,) = caught.value.problems
        assert (problem.path, problem.line) == (path / "scenario.yaml", 6)
        assert str(problem.what) == "the environment variable SHOP_KEY is not set"
        assert replicated == []
        assert not (tmp_path / "runs").exists()
        replayed(there, tmp_path, {"SHOP_KEY": "battery-staple"})
    ((ground, _),) = replicated
    assert ground.environ == {"SHOP_KEY": "battery-staple"}
    assert ground.secrets.named == ("battery-staple",)

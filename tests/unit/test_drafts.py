"""drafts: the first files of a customer's environment."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import drafts, spec
from harness.drafts import Draft, NewRecipe, beginnings
from harness.errors import InputError
from harness.installers import INSTALLERS
from harness.model import Ref

NEW = NewRecipe(installer="pip", package="shop-server", port=8000, start=("shop", "serve"))
DRAFT = Draft(
    name="shop-coupon",
    product="shop",
    before="1.0",
    after="2.0",
    plugins=(Ref(name="coupon", version="0.5"),),
    os="debian:12",
    browser="chromium@156",
    recipe=NEW,
)


def changed(**fields: object) -> Draft:
    return Draft(**{**vars(DRAFT), **fields})  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_draft_becomes_a_case(tmp_path: Path) -> None:
    environment, recipe, scenario = drafts.write(DRAFT, tmp_path, "en")
    case = spec.load(environment, scenario)
    before, after = case.file.environments
    assert (case.file.name, str(before.server.product), str(after.server.product)) == (
        "shop-coupon", "shop@1.0", "shop@2.0"
    )  # fmt: skip
    assert before.server.plugins == after.server.plugins == DRAFT.plugins
    assert (before.client.os, before.server.os, str(before.client.browser)) == (
        "debian:12",
        "debian:12",
        "chromium@156",
    )
    made = case.recipes["shop"]
    assert recipe == made.path
    assert (made.start, made.port, made.dependencies) == (NEW.start, NEW.port, "pip")
    assert made.product.version.package == "shop-server"  # type: ignore[union-attr]
    assert made.product.install[0].arguments == ["shop-server=={{ product.version }}"]
    assert made.plugins["coupon"].install[0].arguments == ["coupon=={{ plugin.version }}"]


@pytest.mark.parametrize("installer", sorted(beginnings()))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_installer_that_can_be_chosen_makes_valid_files(installer: str, lang: str, tmp_path: Path) -> None:
    assert installer in INSTALLERS
    recipe = NewRecipe(installer=installer, package="shop", port=8123, start=("x", "8123"))
    environment, *_, scenario = drafts.write(changed(recipe=recipe), tmp_path, lang)  # type: ignore[arg-type]
    made = spec.load(environment, scenario).recipes["shop"]
    assert made.product.version.installer == {"node": "npm"}.get(installer, installer)  # type: ignore[union-attr]
    assert "[[" not in "".join(path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file())


def test_a_page_is_there_where_there_is_no_server(tmp_path: Path) -> None:
    drafts.write(changed(recipe=NewRecipe(installer="npm", package="shop", port=1, start=("x",))), tmp_path, "en")
    page = (tmp_path / "environments/recipes/shop/index.html.j2").read_text("utf-8")
    assert "<h1>shop {{ product.version }}</h1>" in page


def test_comments_are_in_the_language_of_the_user(tmp_path: Path) -> None:
    drafts.write(DRAFT, tmp_path, "zh")
    assert "客户" in (tmp_path / "environments/shop-coupon.yaml").read_text("utf-8")


def test_without_an_upgrade_there_is_none(tmp_path: Path) -> None:
    environment, *_ = drafts.write(changed(after="", plugins=()), tmp_path, "en")
    assert len(spec.load_environment(environment).environments) == 1
    assert "upgrade" not in environment.read_text("utf-8")


def test_a_recipe_that_is_there_is_used(tmp_path: Path) -> None:
    drafts.write(DRAFT, tmp_path, "en")
    recipe = tmp_path / "environments/recipes/shop/recipe.yaml"
    kept = recipe.read_bytes()
    written = drafts.write(changed(name="other", recipe=None), tmp_path, "en")
    assert [path.name for path in written] == ["other.yaml", "other.yaml"]
    assert recipe.read_bytes() == kept


@pytest.mark.parametrize(
    "taken", ["environments/shop-coupon.yaml", "environments/recipes/shop/recipe.yaml", "scenarios/shop-coupon.yaml"]
)
def test_nothing_is_written_over(taken: str, tmp_path: Path) -> None:
    path = tmp_path / taken
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(InputError, match="nothing is written over"):
        drafts.write(DRAFT, tmp_path, "en")
    assert names(tmp_path) == [taken]
    assert path.read_text() == "mine"


def test_what_would_not_be_valid_is_not_written_and_named_where_it_would_be(tmp_path: Path) -> None:
    wrong = NewRecipe(installer="pip", package="shop", port=8000, start=("run", "{% if %}"))
    with pytest.raises(InputError) as refused:
        drafts.write(changed(recipe=wrong), tmp_path, "en")
    assert refused.value.problems[0].path == tmp_path / "environments/recipes/shop/recipe.yaml"
    assert list(tmp_path.iterdir()) == []


def test_where_one_file_cannot_be_written_none_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = drafts.write_whole

    def fail(path: Path, content: str) -> None:
        if path == tmp_path / "scenarios/shop-coupon.yaml":
            raise PermissionError(13, "Permission denied")
        write(path, content)

    monkeypatch.setattr(drafts, "write_whole", fail)
    with pytest.raises(InputError, match="Permission denied"):
        drafts.write(DRAFT, tmp_path, "en")
    assert list(tmp_path.iterdir()) == []


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="{}$\ufeff\ufffe\uffff"), max_size=8
)
slugs = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True)


@settings(deadline=None, max_examples=40)
@given(
    name=slugs,
    product=slugs,
    start=st.lists(words, min_size=1, max_size=4),
    version=st.sampled_from(["1e3", "0x1", "1.10"]),
)
def test_whatever_is_answered_is_read_back_as_it_was_meant(
    name: str, product: str, start: list[str], version: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("draft")
    recipe = NewRecipe(installer="pip", package="shop", port=8000, start=tuple(start))
    draft = changed(name=name, product=product, before=version, recipe=recipe)
    environment, *_, scenario = drafts.write(draft, folder, "en")
    case = spec.load(environment, scenario)
    assert case.file.name == name
    assert case.recipes[product].start == tuple(start)
    assert case.file.environments[0].server.product == Ref(name=product, version=version)

"""harness.versions: which published version a wanted one means."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from harness.errors import InputError
from harness.versions import choose, choose_in_turn, in_order

JQUERY = ("1.12.3", "1.12.4", "2.2.4", "3.0.0-beta1", "3.0.0", "3.7.1", "4.0.0-beta.2", "4.0.0-rc.1.2", "4.0.0")
DATASETTE = ("0.64.8", "0.65", "0.65.1", "1.0a2", "1.0a14")
CHROMIUM = ("150.0.7871.100-1~deb12u1", "156.0.8078.73-1~deb12u1", "156.0.8078.79-1~deb12u1")


@pytest.mark.parametrize(
    ("wanted", "published", "expected"),
    [
        ("1.12.4", JQUERY, "1.12.4"),
        ("1.12", JQUERY, "1.12.4"),
        ("1", JQUERY, "1.12.4"),
        ("3", JQUERY, "3.7.1"),
        ("3.*", JQUERY, "3.7.1"),
        ("1.*", JQUERY, "1.12.4"),
        ("1.x", JQUERY, "1.12.4"),
        ("3.0.*", JQUERY, "3.0.0"),
        ("156.*", CHROMIUM, "156.0.8078.79-1~deb12u1"),
        ("v3.7.1", JQUERY, "3.7.1"),
        ("3.0", JQUERY, "3.0.0"),
        ("4.0.0-beta.2", JQUERY, "4.0.0-beta.2"),
        ("latest", JQUERY, "4.0.0"),
        ("oldest", JQUERY, "1.12.3"),
        (">=3,<4", JQUERY, "3.7.1"),
        (">=1.12,<2", JQUERY, "1.12.4"),
        (">3.0.0,<=3.7.1", JQUERY, "3.7.1"),
        ("!=4.0.0", JQUERY, "3.7.1"),
        ("==3.*", JQUERY, "3.7.1"),
        ("!=4.*,!=3.*", JQUERY, "2.2.4"),
        ("^1.12", JQUERY, "1.12.4"),
        ("~1.12.3", JQUERY, "1.12.4"),
        ("===3.0.0-beta1", JQUERY, "3.0.0-beta1"),
        (">=4.0.0-beta.1,<4.0.0", JQUERY, "4.0.0-rc.1.2"),
        ("latest", DATASETTE, "0.65.1"),
        ("1.0", DATASETTE, "1.0a14"),
        ("1.0a2", DATASETTE, "1.0a2"),
        ("~=0.64", DATASETTE, "0.65.1"),
        ("~=0.65.0", DATASETTE, "0.65.1"),
        (">=1.0a1", DATASETTE, "1.0a14"),
        ("0.65.0", DATASETTE, "0.65"),
        ("latest", ("1.0a1", "1.0a2"), "1.0a2"),
        ("156", CHROMIUM, "156.0.8078.79-1~deb12u1"),
        ("156.0.8078.73", CHROMIUM, "156.0.8078.73-1~deb12u1"),
        ("156.0.8078.73-1~deb12u1", CHROMIUM, "156.0.8078.73-1~deb12u1"),
        ("oldest", CHROMIUM, "150.0.7871.100-1~deb12u1"),
        (">=150,<156", CHROMIUM, "150.0.7871.100-1~deb12u1"),
        ("==150.0.7871.100", CHROMIUM, "150.0.7871.100-1~deb12u1"),
        ("6.0.1", ("1:6.0.1r16-1.1", "1:7.0-1~rc1"), "1:6.0.1r16-1.1"),
        ("1:7", ("1:6.0.1r16-1.1", "1:7.0-1~rc1"), "1:7.0-1~rc1"),
        ("latest", ("1:6.0.1r16-1.1", "1:7.0-1~rc1"), "1:6.0.1r16-1.1"),
    ],
)
def test_what_is_wanted_is_found(wanted: str, published: tuple[str, ...], expected: str) -> None:
    assert choose(wanted, published) == expected
    assert choose(wanted, published[::-1]) == expected


def test_a_prefix_is_of_components_and_not_of_letters() -> None:
    with pytest.raises(InputError):
        choose("15", CHROMIUM)
    assert choose("1.1", ("1.1.0", "1.10.0")) == "1.1.0"


@pytest.mark.parametrize("exclusive", ["<4", "<4.0.0", ">=2.0,<4"])
def test_below_a_version_its_pre_releases_do_not_count(exclusive: str) -> None:
    assert choose(exclusive, ("2.0.0", "4.0.0-rc.1.2")) == "2.0.0"
    with pytest.raises(InputError):
        choose(exclusive, ("4.0.0-rc.1.2", "5.0.0"))


@pytest.mark.parametrize(
    ("wanted", "published", "near"),
    [
        ("3.8", JQUERY, ("3.7.1", "4.0.0")),
        ("1.12.5", JQUERY, ("1.12.4", "2.2.4")),
        (">=9", JQUERY, ("4.0.0",)),
        ("157", CHROMIUM, ("156.0.8078.79-1~deb12u1",)),
        ("0.64.9", DATASETTE, ("0.64.8", "0.65")),
    ],
)
def test_what_is_not_there_names_the_nearest(wanted: str, published: tuple[str, ...], near: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as refused:
        choose(wanted, published)
    assert refused.value.advice is not None
    words = refused.value.advice.into("en")
    assert all(version in words for version in near)


@pytest.mark.parametrize("wanted", [">=", ">=3;<4", "<>1", ">=3 <4", ""])
def test_nonsense_is_refused(wanted: str) -> None:
    with pytest.raises(InputError):
        choose(wanted, JQUERY)


def test_nothing_published_is_said() -> None:
    with pytest.raises(InputError, match="no published version"):
        choose("latest", ())


def test_semver_orders_pre_releases_as_its_specification_does() -> None:
    in_the_text = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
                   "1.0.0-rc.1", "1.0.0"]  # item 11 of semver.org 2.0.0  # fmt: skip
    assert list(in_order(reversed(in_the_text))) == in_the_text


def test_debian_orders_as_its_policy_does() -> None:
    in_order_of_policy = ["1.0~~", "1.0~~a", "1.0~", "1.0~rc1-1", "1.0-1~deb12u1", "1.0-1", "1.0-1+b1", "1.0a-1",
                          "1.0+x-1", "1.9-1", "1.10-1", "1:0.5-1"]  # fmt: skip
    assert list(in_order(reversed(in_order_of_policy))) == in_order_of_policy


numbers = st.lists(st.integers(0, 40), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
suffixes = st.sampled_from(["", "", "a1", "rc2", ".post1", ".dev3"])
pep440 = st.builds(lambda number, suffix: number + suffix, numbers, suffixes)


@given(st.lists(pep440, min_size=1, max_size=12))
def test_python_versions_are_ordered_as_pep_440_does(versions: list[str]) -> None:
    ordered = in_order(versions)
    assert all(Version(a) <= Version(b) for a, b in itertools.pairwise(ordered))
    assert set(ordered) == set(versions)


@given(st.lists(st.one_of(pep440, numbers.map(lambda n: n + "-1~deb12u1")), min_size=1, max_size=12), st.data())
def test_every_published_version_can_be_asked_for_by_its_own_name(versions: list[str], data: st.DataObject) -> None:
    version = data.draw(st.sampled_from(versions))
    assert choose(version, versions) == version


@given(st.text(max_size=20), st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=10), max_size=6))
def test_any_text_gives_a_published_version_or_words(wanted: str, published: list[str]) -> None:
    try:
        assert choose(wanted, published) in published
    except InputError as refused:
        assert refused.into("en")


# ------------------------------------------------------------ several sources
DEBIAN = ("150.0.7871.100-1~deb12u1", "156.0.8078.79-1~deb12u1")
NPM = ("131.0.0", "131.0.1", "140.0.0", "153.0.0")


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("latest", DEBIAN[1]),
        ("oldest", "131.0.0"),
        ("150", DEBIAN[0]),
        ("131", "131.0.1"),
        ("140.0.0", "140.0.0"),
        (">=131,<150", "140.0.0"),
        (">=140", DEBIAN[1]),
    ],
)
def test_the_first_source_that_has_one_that_fits_gives_it(wanted: str, chosen: str) -> None:
    assert choose_in_turn(wanted, [DEBIAN, NPM]) == chosen


def test_sources_are_looked_at_only_as_far_as_needed() -> None:
    def sources() -> Iterator[tuple[str, ...]]:
        yield DEBIAN
        raise AssertionError("the second source was asked")

    assert choose_in_turn("156", sources()) == DEBIAN[1]


def test_the_nearest_are_of_all_sources() -> None:
    with pytest.raises(InputError) as refused:
        choose_in_turn("145", [DEBIAN, NPM])
    words = refused.value.into("en")
    assert "140.0.0" in words
    assert DEBIAN[0] in words
    assert "there are 6" in words


def test_where_there_is_no_source_nothing_fits() -> None:
    with pytest.raises(InputError, match="no published version"):
        choose_in_turn("1", [])

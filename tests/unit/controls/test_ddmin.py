"""Delta debugging finds a set of which nothing can be left out."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from harness.controls.ddmin import Tested, ddmin

LETTERS = "abcdefgh"


def search(
    changes: Iterable[str], guilty: Iterable[str], unresolved: Iterable[frozenset[str]] = (), tests_max: int = 1000
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """What comes out where all of ``guilty`` together break it, and what was tested."""
    tested: list[tuple[str, ...]] = []

    def test(some: tuple[str, ...]) -> Tested:
        tested.append(some)
        if frozenset(some) in set(unresolved):
            return "unresolved"
        return "fails" if set(guilty) <= set(some) else "works"

    return ddmin(tuple(changes), test, tests_max=tests_max), tested


def test_one_of_two_takes_one_or_two_tests() -> None:
    assert search("ab", "a") == (("a",), [("a",)])
    assert search("ab", "b") == (("b",), [("a",), ("b",)])


def test_both_of_two() -> None:
    assert search("ab", "ab") == (("a", "b"), [("a",), ("b",)])


def test_what_is_unresolved_is_never_a_failure() -> None:
    found, _ = search("ab", "a", unresolved=[frozenset("a")])
    assert found == ("a", "b")
    found, _ = search("abc", "a", unresolved=[frozenset("a"), frozenset("b"), frozenset("c")])
    assert set(found) < set("abc")
    assert "a" in found


@given(guilty=st.sets(st.sampled_from(LETTERS), min_size=1))
def test_it_finds_just_what_is_guilty(guilty: set[str]) -> None:
    found, tested = search(LETTERS, guilty)
    assert found == tuple(letter for letter in LETTERS if letter in guilty)
    assert len(tested) == len(set(tested)), "a set was tested twice"


@given(guilty=st.sets(st.sampled_from(LETTERS), min_size=1), tests_max=st.integers(0, 5))
def test_a_budget_is_kept_and_what_is_found_still_fails(guilty: set[str], tests_max: int) -> None:
    found, tested = search(LETTERS, guilty, tests_max=tests_max)
    assert len(tested) <= tests_max
    assert guilty <= set(found)

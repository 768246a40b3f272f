"""What looks different between two sides is named, and nothing that only looks so."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.facts.appearance import Noise, appearances, noise_of
from harness.model import Appearance, Element, Outcome, Seen, Trace


def element(text: str, tag: str = "p", **more: Any) -> Element:
    return Element(tag=tag, text=text, **more)


def trace(*steps: Sequence[Element] | None, failed: bool = False) -> Trace:
    """One step each; None where a step was not looked at anew."""
    outcomes = [
        Outcome(number=number, action="click", description={}, outcome="passed") for number in range(1, len(steps) + 1)
    ]
    if failed:
        outcomes[-1] = outcomes[-1].model_copy(update={"outcome": "failed"})
    seen = [
        Seen(step=number, time_s=0.0, elements=tuple(elements))
        for number, elements in enumerate(steps, 1)
        if elements is not None
    ]
    return Trace(side="before", browser="chromium 1", outcomes=tuple(outcomes), observations=tuple(seen))


def differing(old: Sequence[Element], new: Sequence[Element], noise: Noise = frozenset()) -> Appearance | None:
    return next(appearances(trace(old), trace(new), [1], noise), None)


TITLE, SAVE, NOTE = element("Orders", "h1"), element("Save", "button", id="save"), element("3 of 4")


def test_what_is_the_same_is_no_difference() -> None:
    assert differing([TITLE, SAVE], [TITLE, SAVE]) is None


def test_what_is_gone_and_what_is_new() -> None:
    found = differing([TITLE, SAVE, NOTE], [TITLE, NOTE, element("Help", "a")])
    assert found
    assert (found.gone, found.new, found.changed) == ((SAVE,), (element("Help", "a"),), ())


def test_other_words_in_the_same_place_are_a_change() -> None:
    found = differing([TITLE, SAVE, NOTE], [element("{{ title }}", "h1"), SAVE, NOTE])
    assert found
    assert [(one.before.text, one.after.text) for one in found.changed] == [("Orders", "{{ title }}")]
    assert (found.gone, found.new) == ((), ())


def test_what_lies_elsewhere_is_no_change_of_it() -> None:
    """Leaflet's “4” on a map did not become the “+” of its corner."""
    here, there = element("4", "span", box=(280, 250, 40, 40)), element("+", "span", box=(18, 90, 26, 26))
    found = differing([TITLE, here], [TITLE, there])
    assert found
    assert (found.gone, found.new, found.changed) == ((here,), (there,), ())
    lower = element("5", "span", box=(300, 600, 40, 40))
    found = differing([TITLE, here], [TITLE, lower])
    assert found
    assert len(found.changed) == 1, "what is above pushes it down"
    same = [element(text, "b", id="total", box=box) for text, box in (("4", here.box), ("5", there.box))]
    found = differing([TITLE, same[0]], [TITLE, same[1]])
    assert found
    assert len(found.changed) == 1, "it has a name"


def test_an_address_and_a_title_that_differ_are_told() -> None:
    """AngularJS 1.6 led a link to `#!/#%2Flist`; nothing else said why the list was not there."""

    def at(url: str, title: str = "Phones") -> Trace:
        seen = trace([TITLE])
        outcome = seen.outcomes[0].model_copy(update={"page_url": url, "page_title": title})
        return seen.model_copy(update={"outcomes": (outcome,)})

    old, new = at("http://product:8000/#/list"), at("http://product:8000/#!/#%2Flist", "Welcome")
    (found,) = appearances(old, new, [1])
    assert [(one.before.tag, one.before.text, one.after.text) for one in found.changed] == [
        ("url", "/#/list", "/#!/#%2Flist"),
        ("title", "Phones", "Welcome"),
    ]
    assert list(appearances(old, at("http://127.0.0.1:4711/#/list"), [1])) == [], "the replica's own host"
    noise = noise_of([old, new], [old])
    assert list(appearances(old, new, [1], noise)) == []


def test_another_order_is_no_difference() -> None:
    rows = [element(text, "td") for text in ("Ann", "Bob", "Cleo")]
    assert differing(rows, rows[::-1]) is None


def test_places_and_what_varies_by_nature_are_no_difference() -> None:
    old, new = element("saved at 12:00:01", box=(0, 0, 9, 9)), element("saved at 12:00:07", box=(5, 0, 9, 9))
    assert differing([old], [new]) is None


def test_what_comes_and_goes_between_equals_is_none() -> None:
    lucky, other = element("Your number is 7"), element("Your number is 8")
    noise = noise_of([trace([TITLE, lucky]), trace([TITLE, other])], [trace([TITLE, lucky])])
    assert differing([TITLE, lucky], [TITLE, other], noise) is None
    assert differing([TITLE, lucky], [lucky], noise) is not None


def test_what_differs_in_each_replay_of_one_side_is_a_difference_of_the_others() -> None:
    noise = noise_of([trace([TITLE])] * 2, [trace([NOTE])] * 2)
    assert noise == frozenset()
    assert differing([TITLE], [NOTE], noise) is not None


def test_a_step_that_was_not_looked_at_anew_is_as_the_one_before() -> None:
    found = list(appearances(trace([TITLE], None), trace([TITLE], [NOTE]), [1, 2]))
    assert [one.step for one in found] == [2]


def test_what_was_never_looked_at_says_nothing() -> None:
    assert list(appearances(trace(None), trace([NOTE]), [1])) == []


words = st.lists(st.sampled_from([TITLE, SAVE, NOTE, element("Ann", "td"), element("Bob", "td")]), max_size=12)


@given(old=words, new=words)
def test_both_ways_say_the_same(old: list[Element], new: list[Element]) -> None:
    there, back = differing(old, new), differing(new, old)
    assert (there is None) == (back is None)
    if there and back:
        assert len(there.gone) + len(there.changed) - len(there.new) - len(there.changed) == len(old) - len(new)
        assert len(back.gone) - len(back.new) == len(new) - len(old)


@given(old=words, data=st.data())
def test_what_stands_elsewhere_is_none(old: list[Element], data: st.DataObject) -> None:
    found = differing(old, data.draw(st.permutations(old)))
    assert found is None

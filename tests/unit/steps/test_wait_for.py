from typing import Any

import pytest
from pydantic import ValidationError

from harness.protocols import Sight
from tests.unit.steps.steps import FakePage, arguments, run, words

NOTHING = Sight(url="http://p/a", title="T")
HIDDEN = Sight(url="http://p/a", title="T", count=1)
VISIBLE = Sight(url="http://p/a", title="T", count=1, visible=True, visible_count=1)


@pytest.mark.parametrize(
    ("state", "good"),
    [
        ("visible", (VISIBLE,)),
        ("hidden", (NOTHING, HIDDEN)),
        ("attached", (HIDDEN, VISIBLE)),
        ("detached", (NOTHING,)),
    ],
)
def test_states(state: str, good: tuple[Sight, ...]) -> None:
    for sight in (NOTHING, HIDDEN, VISIBLE):
        (said,) = run("wait_for", {"target": "#a", "state": state}, FakePage(sight)).complaints
        assert (said is None) == (sight in good), (state, sight, said)


def test_address_and_title() -> None:
    assert run("wait_for", {"url": "/a", "title": "T"}, FakePage(NOTHING)).complaints == [None]
    assert run("wait_for", {"url": "/b"}, FakePage(NOTHING)).complaints == [
        "the address should be “/b” and is http://p/a"
    ]
    assert run("wait_for", {"title": "X"}, FakePage(NOTHING)).complaints == ["the title should be “X” and is “T”"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("#a", "wait until #a is visible"),
        ({"target": "#a", "state": "hidden"}, "wait until #a is hidden"),
        ({"target": "#a", "state": "attached"}, "wait until #a is in the page"),
        ({"target": "#a", "state": "detached"}, "wait until #a is no longer in the page"),
        ({"url": "/a"}, "wait until the address contains “/a”"),
        ({"title": {"equals": "T"}}, "wait until the title is “T”"),
    ],
)
def test_it_describes_itself(raw: Any, said: str) -> None:
    assert words("wait_for", raw) == said


@pytest.mark.parametrize("raw", [{}, {"state": "hidden"}, {"target": "#a", "state": "gone"}])
def test_what_makes_no_sense_is_refused(raw: Any) -> None:
    with pytest.raises(ValidationError):
        arguments("wait_for", raw)

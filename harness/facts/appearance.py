"""What a person sees on one side and not on the other, at the end of a step. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from harness.facts import identity
from harness.model import Appearance, Element, ElementChange, Outcome, Seen, Trace

Key = tuple[str, str, str, str, str]  # of what looks the same
Noise = frozenset[tuple[int, Key]]  # step, and what comes and goes there between equals


def appearances(before: Trace, after: Trace, steps: Iterable[int], noise: Noise = frozenset()) -> Iterator[Appearance]:
    """Of each of the steps at whose end both sides were seen, and do not look the same."""
    old, new = _by_step(before), _by_step(after)
    for step in steps:
        if step not in old or step not in new:
            continue
        found = _difference(step, old[step], new[step], noise)
        if found.gone or found.new or found.changed:
            yield found


def noise_of(before: Sequence[Trace], after: Sequence[Trace]) -> Noise:
    """What replays of one side, with nothing changed, show now and then."""
    return frozenset(_varying(before)) | frozenset(_varying(after))


def _varying(equals: Sequence[Trace]) -> Iterator[tuple[int, Key]]:
    seen = [_by_step(trace) for trace in equals]
    for step in {step for one in seen for step in one}:
        counts = [Counter(map(_key, one[step])) for one in seen if step in one]
        for key in {key for count in counts for key in count}:
            if len({count[key] for count in counts}) > 1:
                yield step, key


def _by_step(trace: Trace) -> Mapping[int, tuple[Element, ...]]:
    """What was seen at the end of each step that ran; where it was not looked at anew, nothing had changed."""
    looked = {one.step: one.elements for one in trace.observations if isinstance(one, Seen)}
    seen: dict[int, tuple[Element, ...]] = {}
    last: tuple[Element, ...] | None = None
    for outcome in trace.outcomes:
        last = looked.get(outcome.number, last)
        if last is not None and outcome.outcome != "not-run":
            seen[outcome.number] = (*_of_page(outcome), *last)
    return seen


def _of_page(outcome: Outcome) -> Iterator[Element]:
    """What the browser shows around the page: a link that leads elsewhere breaks a page without a word."""
    if outcome.page_url:
        parts = urlsplit(outcome.page_url)
        yield Element(tag="url", text=parts._replace(scheme="", netloc="").geturl() or "/")
    if outcome.page_title:
        yield Element(tag="title", text=outcome.page_title)


def _difference(step: int, old: Sequence[Element], new: Sequence[Element], noise: Noise) -> Appearance:
    """Of what only one side has, things of one kind that stand behind the same thing are one that changed."""
    old = [one for one in old if (step, _key(one)) not in noise]
    new = [one for one in new if (step, _key(one)) not in noise]
    common = Counter(map(_key, old)) & Counter(map(_key, new))
    gone, came, changed = list[Element](), list(_only(new, common)), list[ElementChange]()
    for one, place in _only(old, common):
        alike = ((other, there) for other, there in came if (_kind(other), there) == (_kind(one), place))
        same = next((found for found in alike if one.id or _near(one, found[0])), None)
        if same is None:
            gone.append(one)
        else:
            came.remove(same)
            changed.append(ElementChange(before=one, after=same[0]))
    return Appearance(step=step, gone=tuple(gone), new=tuple(one for one, _ in came), changed=tuple(changed))


def _near(one: Element, other: Element) -> bool:
    """In one row or one column, as far as it is known where they are: a label of a map is no button that changed."""
    if not (any(one.box) and any(other.box)):
        return True
    (left, top, width, height), (left_2, top_2, width_2, height_2) = one.box, other.box
    beside = top < top_2 + height_2 and top_2 < top + height
    above = left < left_2 + width_2 and left_2 < left + width
    return beside or above


def _only(elements: Sequence[Element], common: Counter[Key]) -> Iterator[tuple[Element, Key | None]]:
    """What the other side has not, wherever it stands there, each with what both have that is before it."""
    left, place = Counter(common), None
    for one in elements:
        key = _key(one)
        if left[key] > 0:
            left[key] -= 1
            place = key
        else:
            yield one, place


def _key(element: Element) -> Key:
    text, label = identity.of_text(element.text), identity.of_text(element.label)
    return element.tag, identity.of_text(element.id), element.role, label, text


def _kind(element: Element) -> tuple[str, str, str]:
    return element.tag, identity.of_text(element.id), element.role

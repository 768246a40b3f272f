"""expect: what the customer should see. Waits until all of it holds or the timeout ends."""

from typing import Any, Literal

from pydantic import Field, model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.base import Frozen
from harness.model.matching import TextMatch
from harness.model.scenario import Target
from harness.protocols import Page, Sight

OF_ELEMENT = ("visible", "hidden", "text", "value", "count", "attribute", "enabled", "checked")
NOT_MODIFIED = 304  # what the browser kept of an answer with status 200 is good, as Chromium says now and then


class Status(Frozen):
    """The status of the last answer to a request, of the page itself where no URL is given."""

    code: int = Field(ge=100, le=599)
    url: TextMatch | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"code": value} if isinstance(value, int) else value


class ExpectArguments(StepArguments):
    """Several conditions in one step hold together. A target alone must be visible."""

    target: Target | None = None
    visible: Literal[True] | None = None
    hidden: Literal[True] | None = None  # not visible, or not in the page
    text: TextMatch | None = None  # as it is seen
    value: TextMatch | None = None  # of a field
    count: int | None = Field(default=None, ge=0)  # visible elements
    attribute: dict[str, TextMatch] | None = None
    enabled: bool | None = None
    checked: bool | None = None
    url: TextMatch | None = None
    title: TextMatch | None = None
    status: Status | None = None
    no_errors: Literal[True] | None = None  # no uncaught script error and no console error so far

    @model_validator(mode="before")
    @classmethod
    def _no_errors(cls, value: Any) -> Any:
        return {"no_errors": True} if value == "no_errors" else value

    @model_validator(mode="after")
    def _makes_sense(self) -> "ExpectArguments":
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if not given:
            raise Mistake(Message("nothing is expected"))
        of_element = [name for name in given if name in OF_ELEMENT]
        if of_element and self.target is None:
            raise Mistake(Message("{condition} needs a target", condition=of_element[0]))
        if self.hidden and len(of_element) > 1:
            other = next(name for name in of_element if name != "hidden")
            raise Mistake(Message("hidden and {condition} contradict each other", condition=other))
        return self


class Expect:
    Arguments = ExpectArguments
    default_timeout_s = 5.0
    passive = True

    def describe(self, arguments: ExpectArguments) -> Message:
        if arguments.target is not None:
            return _of_element(in_words(arguments.target), arguments)
        if arguments.url is not None:
            return Message("expect that the address {match}", match=arguments.url.in_words())
        if arguments.title is not None:
            return Message("expect that the title {match}", match=arguments.title.in_words())
        if arguments.status is not None:
            return Message("expect status {code}", code=arguments.status.code)
        return Message("expect no errors")

    def run(self, page: Page, arguments: ExpectArguments) -> None:
        if arguments.target is not None or arguments.url is not None or arguments.title is not None:
            page.watch(arguments.target, lambda sight: complaint(sight, arguments))
        if (status := arguments.status) is not None:
            page.await_observation(lambda: _status(page, status))
        if arguments.no_errors:
            page.await_observation(lambda: _errors(page), now=True)


def _of_element(target: Message, arguments: ExpectArguments) -> Message:
    if arguments.text is not None:
        return Message("expect that {target} {match}", target=target, match=arguments.text.in_words())
    if arguments.value is not None:
        return Message("expect that the value of {target} {match}", target=target, match=arguments.value.in_words())
    if arguments.count is not None:
        return Message("expect {count} of {target}", count=arguments.count, target=target)
    if arguments.attribute:
        name, match = next(iter(arguments.attribute.items()))
        return Message("expect that {name} of {target} {match}", name=name, target=target, match=match.in_words())
    if arguments.hidden:
        return Message("expect that {target} is hidden", target=target)
    if arguments.enabled is not None:
        if arguments.enabled:
            return Message("expect that {target} is enabled", target=target)
        return Message("expect that {target} is disabled", target=target)
    if arguments.checked is not None:
        if arguments.checked:
            return Message("expect that {target} is ticked", target=target)
        return Message("expect that {target} is not ticked", target=target)
    return Message("expect to see {target}", target=target)


def complaint(sight: Sight, arguments: ExpectArguments) -> Message | None:
    """The first condition about an element, the address or the title that does not hold."""
    if arguments.target is not None:
        target = str(arguments.target)
        unmet = _presence(sight, target, arguments) or _content(sight, target, arguments)
        if unmet:
            return unmet
    if arguments.url is not None and not arguments.url.holds(sight.url):
        return Message("the address should be “{wanted}” and is {seen}", wanted=arguments.url.words, seen=sight.url)
    if arguments.title is not None and not arguments.title.holds(sight.title):
        return Message("the title should be “{wanted}” and is “{seen}”", wanted=arguments.title.words, seen=sight.title)
    return None


def _presence(sight: Sight, target: str, arguments: ExpectArguments) -> Message | None:
    if arguments.count is not None:
        if sight.visible_count != arguments.count:
            return Message(
                "{seen} of {target} are visible, not {count}",
                seen=sight.visible_count,
                target=target,
                count=arguments.count,
            )
        if arguments.count == 0:
            return None
    if arguments.hidden:
        return Message("{target} is visible", target=target) if sight.visible else None
    if not sight.count:
        return Message("{target} is not in the page", target=target)
    if not sight.visible and arguments.text is None:
        return Message("{target} is in the page and hidden", target=target)
    return None


def _content(sight: Sight, target: str, arguments: ExpectArguments) -> Message | None:
    if arguments.text is not None and not arguments.text.holds(sight.text):
        if not sight.visible:
            return Message(
                "the text of {target} should be “{wanted}”, and nothing of it is to be seen",
                target=target,
                wanted=arguments.text.words,
            )
        return Message(
            "the text of {target} should be “{wanted}” and is “{seen}”",
            target=target,
            wanted=arguments.text.words,
            seen=_short(sight.text),
        )
    if arguments.value is not None and not arguments.value.holds(sight.value or ""):
        return Message(
            "the value of {target} should be “{wanted}” and is “{seen}”",
            target=target,
            wanted=arguments.value.words,
            seen=_short(sight.value or ""),
        )
    for name, match in (arguments.attribute or {}).items():
        seen = sight.attributes.get(name)
        if seen is None:
            return Message("{target} has no attribute {name}", target=target, name=name)
        if not match.holds(seen):
            return Message(
                "the attribute {name} of {target} should be “{wanted}” and is “{seen}”",
                name=name,
                target=target,
                wanted=match.words,
                seen=_short(seen),
            )
    if arguments.enabled is not None and sight.enabled != arguments.enabled:
        return (
            Message("{target} is enabled", target=target)
            if sight.enabled
            else Message("{target} is disabled", target=target)
        )
    if arguments.checked is not None and sight.checked != arguments.checked:
        return (
            Message("{target} is ticked", target=target)
            if sight.checked
            else Message("{target} is not ticked", target=target)
        )
    return None


def _status(page: Page, status: Status) -> Message | None:
    answers = [
        request
        for request in page.requests()
        if (status.url.holds(request.url) if status.url else request.resource == "document")
    ]
    if not answers and status.url:
        return Message("no request to {url} was seen", url=status.url.words)
    if not answers:
        return Message("no page was requested")
    last = answers[-1]
    if last.status is None:
        return Message("{url} got no answer: {failure}", url=last.url, failure=last.failure or "-")
    seen = 200 if last.status == NOT_MODIFIED and status.code != NOT_MODIFIED else last.status
    if seen != status.code:
        return Message("{url} answered with status {seen} instead of {code}", url=last.url, seen=seen, code=status.code)
    return None


def _errors(page: Page) -> Message | None:
    errors = page.errors()
    return Message("{count} error(s), the first: {text}", count=len(errors), text=errors[0]) if errors else None


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:299] + "…"

"""wait_for: wait until an element, the address or the title is as it should be."""

from typing import Literal

from pydantic import model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.matching import TextMatch
from harness.model.scenario import Target
from harness.protocols import Page, Sight

State = Literal["visible", "hidden", "attached", "detached"]


class WaitForArguments(StepArguments):
    target: Target | None = None
    state: State = "visible"  # hidden: not visible, or not there; attached: in the DOM
    url: TextMatch | None = None
    title: TextMatch | None = None

    @model_validator(mode="after")
    def _something(self) -> "WaitForArguments":
        if self.target is None and self.url is None and self.title is None:
            raise Mistake(Message("give a target, a url or a title to wait for"))
        return self


class WaitFor:
    Arguments = WaitForArguments
    default_timeout_s = 10.0
    passive = True

    def describe(self, arguments: WaitForArguments) -> Message:
        if arguments.target is not None:
            return _awaited(in_words(arguments.target), arguments.state)
        if arguments.url is not None:
            return Message("wait until the address {match}", match=arguments.url.in_words())
        assert arguments.title is not None
        return Message("wait until the title {match}", match=arguments.title.in_words())

    def run(self, page: Page, arguments: WaitForArguments) -> None:
        page.watch(arguments.target, lambda sight: _missing(sight, arguments))


def _awaited(target: Message, state: State) -> Message:
    match state:
        case "visible":
            return Message("wait until {target} is visible", target=target)
        case "hidden":
            return Message("wait until {target} is hidden", target=target)
        case "attached":
            return Message("wait until {target} is in the page", target=target)
        case "detached":
            return Message("wait until {target} is no longer in the page", target=target)


def _missing(sight: Sight, arguments: WaitForArguments) -> Message | None:
    if arguments.target is not None and (complaint := _state(sight, str(arguments.target), arguments.state)):
        return complaint
    if arguments.url is not None and not arguments.url.holds(sight.url):
        return Message("the address should be “{wanted}” and is {seen}", wanted=arguments.url.words, seen=sight.url)
    if arguments.title is not None and not arguments.title.holds(sight.title):
        return Message("the title should be “{wanted}” and is “{seen}”", wanted=arguments.title.words, seen=sight.title)
    return None


def _state(sight: Sight, target: str, state: State) -> Message | None:
    match state:
        case "visible" if not sight.count:
            return Message("{target} is not in the page", target=target)
        case "visible" if not sight.visible:
            return Message("{target} is in the page and hidden", target=target)
        case "hidden" if sight.visible:
            return Message("{target} is still visible", target=target)
        case "attached" if not sight.count:
            return Message("{target} is not in the page", target=target)
        case "detached" if sight.count:
            return Message("{target} is still in the page", target=target)
        case _:
            return None

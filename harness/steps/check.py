"""check: tick a check box or choose a radio button, or take the tick away."""

from typing import Any

from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.scenario import Target
from harness.protocols import Page, StepFailure


class CheckArguments(StepArguments):
    target: Target
    checked: bool = True


class Check:
    Arguments = CheckArguments
    default_timeout_s = 10.0

    def describe(self, arguments: CheckArguments) -> Message:
        target = in_words(arguments.target)
        return (
            Message("tick {target}", target=target) if arguments.checked else Message("untick {target}", target=target)
        )

    def run(self, page: Page, arguments: CheckArguments) -> None:
        def click_where_needed(element: Any) -> None:
            if element.is_selected() == arguments.checked:
                return
            element.click()
            if element.is_selected() != arguments.checked:
                raise StepFailure(
                    Message("{target} did not change when it was clicked", target=str(arguments.target)), retry=False
                )

        page.act(arguments.target, click_where_needed)

"""check: tick a check box or choose a radio button, or take the tick away."""

from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.scenario import Target
from harness.protocols import Found, Page, StepFailure


class CheckArguments(StepArguments):
    target: Target
    checked: bool = True


class Check:
    Arguments = CheckArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: CheckArguments) -> Message:
        target = in_words(arguments.target)
        return (
            Message("tick {target}", target=target) if arguments.checked else Message("untick {target}", target=target)
        )

    def run(self, page: Page, arguments: CheckArguments) -> None:
        from selenium.webdriver import ActionChains

        def click_where_needed(found: Found) -> None:
            if found.checked == arguments.checked:
                return
            ActionChains(page.session.driver, duration=0).click(found.element).perform()
            if found.element.is_selected() != arguments.checked:
                raise StepFailure(Message("{target} did not change when it was clicked", target=str(arguments.target)))

        page.act(arguments.target, click_where_needed)

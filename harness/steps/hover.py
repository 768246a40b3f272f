"""hover: move the mouse over an element."""

from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.scenario import Target
from harness.protocols import Found, Page


class HoverArguments(StepArguments):
    target: Target


class Hover:
    Arguments = HoverArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: HoverArguments) -> Message:
        return Message("move the mouse over {target}", target=in_words(arguments.target))

    def run(self, page: Page, arguments: HoverArguments) -> None:
        from selenium.webdriver import ActionChains

        def hover(found: Found) -> None:
            ActionChains(page.session.driver, duration=0).move_to_element(found.element).perform()

        page.act(arguments.target, hover, enabled=False)

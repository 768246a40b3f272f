"""click: press and release the mouse button on an element."""

from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.scenario import Target
from harness.protocols import Found, Page


class ClickArguments(StepArguments):
    target: Target


class Click:
    Arguments = ClickArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: ClickArguments) -> Message:
        return Message("click {target}", target=in_words(arguments.target))

    def run(self, page: Page, arguments: ClickArguments) -> None:
        from selenium.webdriver import ActionChains

        def click(found: Found) -> None:
            ActionChains(page.session.driver, duration=0).click(found.element).perform()

        page.act(arguments.target, click)

"""double_click: click an element twice, as quickly as a person does."""

from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.scenario import Target
from harness.protocols import Found, Page


class DoubleClickArguments(StepArguments):
    target: Target


class DoubleClick:
    Arguments = DoubleClickArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: DoubleClickArguments) -> Message:
        return Message("double-click {target}", target=in_words(arguments.target))

    def run(self, page: Page, arguments: DoubleClickArguments) -> None:
        from selenium.webdriver import ActionChains

        def double_click(found: Found) -> None:
            ActionChains(page.session.driver, duration=0).double_click(found.element).perform()

        page.act(arguments.target, double_click)

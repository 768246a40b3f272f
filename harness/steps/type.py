"""type: click into a field, take out what is in it, and type."""

from typing import Any

from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.scenario import Target
from harness.protocols import Found, Page

PICKERS = frozenset({"date", "time", "datetime-local", "month", "week", "color", "range"})


class TypeArguments(StepArguments):
    short = ""

    into: Target
    text: str
    clear: bool = True  # false: type after what is there


class Type:
    Arguments = TypeArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: TypeArguments) -> Message:
        return Message("type “{text}” into {target}", text=arguments.text, target=in_words(arguments.into))

    def run(self, page: Page, arguments: TypeArguments) -> None:
        page.act(arguments.into, lambda found: _type(page.session.driver, found, arguments), editable=True)


def _type(driver: Any, found: Found, arguments: TypeArguments) -> None:
    """One request for the whole gesture. A field with a picker of its own (a date, a colour) has
    no text to select; there WebDriver's own way to fill it is used."""
    from selenium.webdriver import ActionChains, Keys

    if found.type.lower() in PICKERS:
        found.element.send_keys(arguments.text)
        return
    chain = ActionChains(driver, duration=0).click(found.element)
    if arguments.clear:
        chain = chain.key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(Keys.DELETE)
    else:
        chain = chain.key_down(Keys.CONTROL).send_keys(Keys.END).key_up(Keys.CONTROL)
    chain.send_keys(arguments.text).perform()

"""type: click into a field, take out what is in it, and type."""

from pydantic import Field

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
    pace_ms: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="Time of the page between two keys, for fields that move the caret after each, as masks do",
    )
    secret: bool | None = Field(
        default=None,
        description="true: what is typed is masked in all evidence; false: it is not, also in a password field",
    )


class Type:
    Arguments = TypeArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: TypeArguments) -> Message:
        return Message("type “{text}” into {target}", text=arguments.text, target=in_words(arguments.into))

    def run(self, page: Page, arguments: TypeArguments) -> None:
        page.act(arguments.into, lambda found: _type(page, found, arguments), editable=True)


def _type(page: Page, found: Found, arguments: TypeArguments) -> None:
    """One request for the whole gesture; with a pace, one a key and one for the time after it, which the page's own
    timers keep, however busy the machine is. A field with a picker of its own (a date, a colour) has
    no text to select; there WebDriver's own way to fill it is used."""
    from selenium.webdriver import ActionChains, Keys

    if arguments.secret is not False and (arguments.secret or found.type.lower() == "password"):
        page.hide(arguments.text)
    driver = page.session.driver
    if found.type.lower() in PICKERS:
        found.element.send_keys(arguments.text)
        return
    chain = ActionChains(driver, duration=0).click(found.element)
    if arguments.clear:
        chain = chain.key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(Keys.DELETE)
    else:
        chain = chain.key_down(Keys.CONTROL).send_keys(Keys.END).key_up(Keys.CONTROL)
    if not arguments.pace_ms:
        chain.send_keys(arguments.text).perform()
        return
    chain.perform()
    for letter in arguments.text:
        ActionChains(driver, duration=0).send_keys(letter).perform()
        page.run(f"await new Promise(done => setTimeout(done, {arguments.pace_ms}))")

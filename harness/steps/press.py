"""press: press keys, such as ``m``, ``Enter`` or ``Control+A``."""

from typing import Any

from pydantic import Field, field_validator

from harness.errors import Mistake, nearest
from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.scenario import Target
from harness.protocols import Found, Page

NAMED = {
    "Alt": "\ue00a",
    "ArrowDown": "\ue015",
    "ArrowLeft": "\ue012",
    "ArrowRight": "\ue014",
    "ArrowUp": "\ue013",
    "Backspace": "\ue003",
    "Control": "\ue009",
    "Delete": "\ue017",
    "End": "\ue010",
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "Home": "\ue011",
    "Insert": "\ue016",
    "Meta": "\ue03d",
    "PageDown": "\ue00f",
    "PageUp": "\ue00e",
    "Shift": "\ue008",
    "Space": " ",
    "Tab": "\ue004",
    **{f"F{number}": chr(0xE030 + number) for number in range(1, 13)},
}
"""WebDriver's code points (W3C WebDriver, "Keyboard actions") of the keys that have names."""


class PressArguments(StepArguments):
    short = "keys"

    keys: tuple[str, ...] = Field(min_length=1, json_schema_extra={"type": ["array", "string", "integer"]})
    """One after the other; "Control+A" is held together."""
    target: Target | None = None  # clicked first; without it the keys go where the focus is

    @field_validator("keys", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        many = value if isinstance(value, (list, tuple)) else (value,)
        return [str(key) if type(key) is int else key for key in many]  # YAML reads the key 5 as a number

    @field_validator("keys")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for chord in value:
            codes(chord)
        return value


def codes(chord: str) -> tuple[str, ...]:
    """``"Control+A"`` as WebDriver's code points; Mistake names a key that does not exist."""
    keys = [*chord[:-2].split("+"), "+"] if chord.endswith("++") else [chord] if chord == "+" else chord.split("+")
    unknown = [key for key in keys if len(key) != 1 and key not in NAMED]
    if unknown:
        raise Mistake(
            Message("no key is called “{key}”", key=unknown[0]),
            nearest(unknown[0], NAMED) or Message("a key is one character or one of: {keys}", keys=", ".join(NAMED)),
        )
    found = [NAMED.get(key, key) for key in keys]
    return tuple(code.lower() if len(found) > 1 and NAMED["Shift"] not in found else code for code in found)


class Press:
    Arguments = PressArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: PressArguments) -> Message:
        keys = ", ".join(arguments.keys)
        if arguments.target is None:
            return Message("press {keys}", keys=keys)
        return Message("press {keys} in {target}", keys=keys, target=in_words(arguments.target))

    def run(self, page: Page, arguments: PressArguments) -> None:
        from selenium.webdriver import ActionChains

        def press(found: Found | None = None) -> None:
            chain = ActionChains(page.session.driver, duration=0)
            if found is not None:
                chain = chain.click(found.element)
            for chord in arguments.keys:
                *held, last = codes(chord)
                for key in held:
                    chain = chain.key_down(key)
                chain = chain.send_keys(last)
                for key in reversed(held):
                    chain = chain.key_up(key)
            chain.perform()

        if arguments.target is None:
            page.act_anywhere(press)
        else:
            page.act(arguments.target, press)

"""select: choose an option of a drop-down list, by its label, value or place."""

from typing import Any

from pydantic import Field, model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.arguments import StepArguments, in_words
from harness.model.scenario import Target
from harness.protocols import Page, StepFailure


class SelectArguments(StepArguments):
    short = ""

    target: Target  # a <select>
    label: str | None = None
    value: str | None = None
    index: int | None = Field(default=None, ge=0)  # from 0

    @model_validator(mode="after")
    def _one(self) -> "SelectArguments":
        if sum(choice is not None for choice in (self.label, self.value, self.index)) != 1:
            raise Mistake(Message("give one of label, value and index"))
        return self


class Select:
    Arguments = SelectArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: SelectArguments) -> Message:
        return Message("choose {option} in {target}", option=_option(arguments), target=in_words(arguments.target))

    def run(self, page: Page, arguments: SelectArguments) -> None:
        page.act(arguments.target, lambda found: _choose(found.element, arguments))


def _option(arguments: SelectArguments) -> Message:
    if arguments.label is not None:
        return Message("“{label}”", label=arguments.label)
    if arguments.value is not None:
        return Message("the value “{value}”", value=arguments.value)
    return Message("option {index}", index=arguments.index)


def _choose(element: Any, arguments: SelectArguments) -> None:
    from selenium.common.exceptions import NoSuchElementException, UnexpectedTagNameException
    from selenium.webdriver.support.select import Select as Options

    try:
        options = Options(element)
        if arguments.label is not None:
            options.select_by_visible_text(arguments.label)
        elif arguments.value is not None:
            options.select_by_value(arguments.value)
        elif arguments.index is not None:
            options.select_by_index(arguments.index)
    except UnexpectedTagNameException as exc:
        raise StepFailure(Message("{target} is no drop-down list", target=str(arguments.target))) from exc
    except NoSuchElementException as exc:
        raise StepFailure(
            Message(
                "{target} has no such option; it has: {options}", target=str(arguments.target), options=_seen(element)
            ),
            retry=True,
        ) from exc


def _seen(element: Any) -> str:
    from selenium.webdriver.support.select import Select as Options

    return ", ".join(f"“{option.text.strip()}”" for option in Options(element).options[:20]) or "-"

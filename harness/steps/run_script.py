"""run_script: run JavaScript in the page. What a person cannot do; for looking, not for acting."""

from typing import Any

from harness.language import Message
from harness.model.arguments import StepArguments
from harness.protocols import Page, StepFailure


class RunScriptArguments(StepArguments):
    short = "script"

    script: str  # the body of a function; what it returns (or promises) must be JSON
    expect: Any = None  # the value it must return, where `expect` is given


class RunScript:
    Arguments = RunScriptArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: RunScriptArguments) -> Message:
        first = arguments.script.strip().splitlines()[0] if arguments.script.strip() else ""
        return Message("run the script {script}", script=first if len(first) <= 60 else first[:59] + "…")

    def run(self, page: Page, arguments: RunScriptArguments) -> None:
        value = page.run(arguments.script)
        page.note(Message("the script returned {value}", value=_short(value)))
        if "expect" in arguments.model_fields_set and value != arguments.expect:
            raise StepFailure(
                Message(
                    "the script returned {value} instead of {expected}",
                    value=_short(value),
                    expected=_short(arguments.expect),
                )
            )


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 500 else text[:499] + "…"

"""pause: do nothing for a while. The last resort: ``wait_for`` is quicker and does not guess."""

from pydantic import Field

from harness.language import Message
from harness.model.arguments import StepArguments
from harness.protocols import Page


class PauseArguments(StepArguments):
    short = "seconds"

    seconds: float = Field(gt=0, le=60)


class Pause:
    Arguments = PauseArguments
    default_timeout_s = 61.0
    passive = False

    def describe(self, arguments: PauseArguments) -> Message:
        return Message("wait {seconds} s", seconds=f"{arguments.seconds:g}")

    def run(self, page: Page, arguments: PauseArguments) -> None:
        page.rest(arguments.seconds)

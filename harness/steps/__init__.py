"""What a customer can do and expect: one module a step, one line each in ``STEPS``."""

from harness.protocols import StepKind
from harness.steps.check import Check
from harness.steps.click import Click
from harness.steps.double_click import DoubleClick
from harness.steps.expect import Expect
from harness.steps.hover import Hover
from harness.steps.open import Open
from harness.steps.pause import Pause
from harness.steps.press import Press
from harness.steps.run_script import RunScript
from harness.steps.select import Select
from harness.steps.type import Type
from harness.steps.wait_for import WaitFor

STEPS: dict[str, StepKind] = {
    "open": Open(),
    "click": Click(),
    "double_click": DoubleClick(),
    "hover": Hover(),
    "type": Type(),
    "press": Press(),
    "select": Select(),
    "check": Check(),
    "wait_for": WaitFor(),
    "expect": Expect(),
    "run_script": RunScript(),
    "pause": Pause(),
}

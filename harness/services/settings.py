"""What all services have alike."""

import re

from harness.model import Mail
from harness.protocols import Convention
from harness.systems import System

HOME = "/srv"
DATA = f"{HOME}/data"
DATABASE = "app"  # and its owner
PASSWORD = "PASSWORD"  # the variable that a service's container finds it in


class Defaults:
    """A service that takes no seed, needs nothing after an upgrade, and takes no mails."""

    noise: re.Pattern[str] | None = None
    seeds = ""
    convention: Convention | None = None

    def load(self, system: System, file: str) -> tuple[str, ...]:
        return ()

    def upgraded(self, system: System) -> tuple[str, ...]:
        return ()

    def mail(self, line: str, step: int, time_s: float) -> Mail | None:
        return None

"""apt: packages of the distribution, with what they depend on."""

import re

from harness.errors import Mistake
from harness.language import Message
from harness.model.packages import PackageList

_ENTRY = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)(?:=(?P<version>[A-Za-z0-9.+~:-]+))?")  # Debian Policy 5.6


class AptArguments(PackageList):
    """``[python3, chromium=156.0.8078.73-1~deb12u1]``"""

    @classmethod
    def check(cls, entry: str) -> None:
        super().check(entry)
        if not _ENTRY.fullmatch(entry):
            raise Mistake(
                Message("`{entry}` names no package of the distribution", entry=entry),
                Message("write a name, or name=version"),
            )


class Apt:
    Arguments = AptArguments
    drifts = True

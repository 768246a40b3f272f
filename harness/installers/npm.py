"""npm: packages of an npm registry, put under ``node_modules`` of the working folder."""

import re

from harness.errors import Mistake
from harness.language import Message
from harness.model.packages import PackageList

_ENTRY = re.compile(r"(?P<name>(?:@[a-z0-9~][\w.~-]*/)?[A-Za-z0-9~][\w.~-]*)(?:@(?P<version>[\w.~^<>=|*+ -]+))?")


class NpmArguments(PackageList):
    """``[jquery@1.12.4, "@babel/core@^7"]``"""

    @classmethod
    def check(cls, entry: str) -> None:
        super().check(entry)
        if not _ENTRY.fullmatch(entry):
            raise Mistake(
                Message("`{entry}` names no package of an npm registry", entry=entry),
                Message("write a name, or name@version"),
            )


class Npm:
    Arguments = NpmArguments
    drifts = False

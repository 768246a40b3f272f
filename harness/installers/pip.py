"""pip: packages of a Python index, installed into a virtual environment of the distribution's Python."""

from packaging.requirements import InvalidRequirement, Requirement

from harness.errors import Mistake
from harness.language import Message
from harness.model.packages import PackageList


class PipArguments(PackageList):
    """``[flask==3.0.3, "uvicorn[standard]>=0.30"]``, as PEP 508 has it, from an index."""

    @classmethod
    def check(cls, entry: str) -> None:
        super().check(entry)
        try:
            requirement = Requirement(entry)
        except InvalidRequirement as exc:
            raise Mistake(
                Message("`{entry}` is no requirement", entry=entry), Message("write it as name==1.2.3")
            ) from exc
        if requirement.url:
            raise Mistake(Message("`{entry}` is an address; only packages of an index can be locked", entry=entry))


class Pip:
    Arguments = PipArguments
    drifts = False

"""Origin: which exception an error is, in which file it was raised, and whose code that is."""

from typing import Literal

from pydantic import Field

from harness.model.base import Captured

Role = Literal["plugin", "compat", "product", "library"]


class Origin(Captured):
    """Where an error comes from, as its stack says it. What a stack does not say is empty."""

    exception: str = Field(default="", description="Its class: `KeyError`, `java.lang.NullPointerException`")
    began_as: str = Field(default="", description="The first exception of a chain, where that is another")
    file: str = Field(default="", description="The innermost file that is not the language's own; a path or an address")
    line: int | None = None
    package: str = Field(default="", description="Whose file that is: `search-all@1.0`, or the name of a package")
    role: Role | None = Field(
        default=None,
        description="What that is in the environment; `library` where it is neither the product nor a plug-in nor a "
        "compat layer; null where nothing says whose file it is",
    )
    caller: str = Field(
        default="", description="The plug-in or compat layer nearest on the stack, where the file is not its own"
    )

"""files: a folder beside the recipe, copied in."""

from pydantic import Field

from harness.model import Frozen


class FilesArguments(Frozen):
    """``{from: site, to: /srv}``: what is in the folder comes to lie in ``to``."""

    source: str = Field(alias="from", min_length=1)  # a folder, relative to the recipe's
    to: str = Field(pattern=r"^/")  # in the image


class Files:
    Arguments = FilesArguments
    drifts = False

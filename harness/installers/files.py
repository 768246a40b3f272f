"""files: a folder beside the recipe, copied in."""

import posixpath
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from harness import beside
from harness.errors import InputError
from harness.language import Message
from harness.model import File, Frozen, Package
from harness.model.recipe import Beside
from harness.protocols import Contents, Site
from harness.unpublished import Unpublished


class FilesArguments(Frozen):
    """``{from: site, to: /srv}``: what is in the folder comes to lie in ``to``."""

    source: Annotated[str, Beside()] = Field(alias="from", min_length=1)
    to: str = Field(pattern=r"^/[^\x00-\x1f\"\\$]*$")  # in the image


class Files(Unpublished):
    Arguments = FilesArguments

    def contents(
        self, wanted: Sequence[FilesArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        files: list[File] = []
        instructions = []
        for number, arguments in enumerate(wanted, start=1):
            place = f"files-{number}"
            found = list(beside.files(site.folder, arguments.source, place))
            if not found:
                raise InputError(Message("there is no file in {folder}", folder=site.folder / arguments.source))
            files += found
            to = posixpath.normpath(arguments.to).rstrip("/") + "/"
            instructions.append(f'COPY --chown={site.user} ["{place}", "{to}"]')
        return Contents(files=tuple(files), instructions=tuple(instructions))

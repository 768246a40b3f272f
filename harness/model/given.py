"""Images that somebody gives: of a product, in its recipe, or of a service, in an environment file."""

import re
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen
from harness.model.packages import Sparse, also_text, is_open
from harness.model.recipe import Beside
from harness.model.seed import Command
from harness.model.tokens import FileSum

SERVICES = "services"  # the folder beside an environment file that has archives of images of services
PINNED = re.compile(r"(?P<name>[a-z0-9]+([A-Za-z0-9._:/-]*[a-z0-9])?)@sha256:(?P<digest>[0-9a-f]{64})")
ARCHIVE = re.compile(rf"{SERVICES}/[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SHOWN = 12  # hexadecimal digits of a digest


class GivenImage(Sparse):
    """``registry.example/shop@sha256:9f86…``, or ``{from: shop.tar, sha256: …}``, an archive beside the file that says
    so, as ``docker save`` makes it; ``name`` says which image of several in it."""

    model_config = ConfigDict(json_schema_extra=also_text)

    reference: str = ""
    source: Annotated[str, Beside(is_file=True)] = Field(default="", alias="from")
    sha256: FileSum = ""
    name: str = Field(default="", pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$", max_length=300)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"reference": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_one(self, info: ValidationInfo) -> Self:
        if bool(self.reference) == bool(self.source) or (self.source and not self.sha256):
            raise Mistake(
                Message("an image comes from a registry, or out of an archive"),
                Message("write name@sha256:…, or `from` and `sha256`"),
            )
        if self.reference and not is_open(self.reference, info) and not PINNED.fullmatch(self.reference):
            raise Mistake(
                Message("`{reference}` is not pinned by its digest", reference=self.reference),
                Message("write name@sha256:…, as `docker images --digests` shows it"),
            )
        return self

    @property
    def digest(self) -> str:
        """64 hexadecimal digits: of the image, or of the archive that holds it."""
        match = PINNED.fullmatch(self.reference)
        return match["digest"] if match else self.sha256

    @property
    def version(self) -> str:
        """What tells it from another, in a few characters."""
        return self.digest[:_SHOWN]

    def __str__(self) -> str:
        match = PINNED.fullmatch(self.reference)
        return f"{match['name'] if match else self.source}@{self.version}"


class ServiceImage(GivenImage):
    """The same of a service: pinned as it stands, and an archive lies in ``services`` beside the environment file."""

    @model_validator(mode="after")
    def _is_plain(self) -> Self:
        if self.source and not ARCHIVE.fullmatch(self.source):
            raise Mistake(
                Message("`{text}` is no archive beside this file", text=self.source),
                Message("put it into {folder} and write {folder}name.tar", folder=f"{SERVICES}/"),
            )
        if not re.fullmatch(r"[0-9a-f]{64}", self.digest):
            raise Mistake(
                Message("`{reference}` is not pinned by its digest", reference=self.reference or self.sha256),
                Message("write name@sha256:…, as `docker images --digests` shows it"),
            )
        return self


class ServiceReady(Frozen):
    """When a service is ready: a ``command`` in its container ends well; without one, its port takes a connection."""

    command: Command | None = None
    timeout_s: float = Field(default=60, gt=0, le=600)

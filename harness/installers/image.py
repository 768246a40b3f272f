"""image: an image that there is already, in the place of the whole server image."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator

from harness import beside
from harness.errors import FetchError, InputError, Mistake
from harness.language import Message
from harness.model import Package
from harness.model.packages import Sparse, also_text, is_open
from harness.model.recipe import Beside
from harness.model.tokens import FileSum
from harness.protocols import Contents, Site
from harness.unpublished import Unpublished

_PINNED = re.compile(r"(?P<name>[a-z0-9]+([A-Za-z0-9._:/-]*[a-z0-9])?)@sha256:(?P<digest>[0-9a-f]{64})")


class ImageArguments(Sparse):
    """``registry.example/shop@sha256:9f86…``, or ``{from: shop.tar, sha256: …}``, an archive beside the recipe
    as ``docker save`` makes it; ``name`` says which image of several in it."""

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
        if self.reference and not is_open(self.reference, info) and not _PINNED.fullmatch(self.reference):
            raise Mistake(
                Message("`{reference}` is not pinned by its digest", reference=self.reference),
                Message("write name@sha256:…, as `docker images --digests` shows it"),
            )
        return self


class Image(Unpublished):
    Arguments = ImageArguments

    def resolve(
        self, wanted: Sequence[ImageArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        return tuple(dict.fromkeys(map(_package, wanted)))

    def contents(
        self, wanted: Sequence[ImageArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        if not wanted:
            return Contents()
        arguments = wanted[-1]
        if arguments.reference:
            if site.base.source == "bundle":
                raise FetchError(
                    Message("the bundle does not bring the image {image}", image=arguments.reference),
                    Message("ask for it to be made again with --with-images"),
                )
            return Contents(parent=site.registry.image(arguments.reference))
        if wrong := next(beside.faults(arguments, site.folder), None):
            raise InputError(wrong.what, wrong.advice)
        path = site.folder / arguments.source
        return Contents(parent=site.registry.image(arguments.name, archive=(path, arguments.sha256)))


def _package(arguments: ImageArguments) -> Package:
    match = _PINNED.fullmatch(arguments.reference)
    name, sha256 = (match["name"], match["digest"]) if match else (arguments.source, arguments.sha256)
    name = re.sub(r"[^A-Za-z0-9_.+~-]", "-", posixpath.basename(name)).lstrip(".+-")
    return Package(installer="image", name=name or "image", version=sha256[:12], checksum=f"sha256:{sha256}")

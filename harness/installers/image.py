"""image: an image that there is already, in the place of the whole server image."""

import posixpath
import re
from collections.abc import Mapping, Sequence

from harness import beside
from harness.errors import FetchError, InputError
from harness.language import Message
from harness.model import Package
from harness.model.given import PINNED, GivenImage
from harness.protocols import Contents, Site
from harness.unpublished import Unpublished


class Image(Unpublished):
    Arguments = GivenImage

    def resolve(
        self, wanted: Sequence[GivenImage], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        return tuple(dict.fromkeys(map(_package, wanted)))

    def contents(
        self, wanted: Sequence[GivenImage], packages: Sequence[Package], below: Sequence[Package], site: Site
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


def _package(arguments: GivenImage) -> Package:
    match = PINNED.fullmatch(arguments.reference)
    name = re.sub(r"[^A-Za-z0-9_.+~-]", "-", posixpath.basename(match["name"] if match else arguments.source))
    checksum = f"sha256:{arguments.digest}"
    return Package(installer="image", name=name.lstrip(".+-") or "image", version=arguments.version, checksum=checksum)

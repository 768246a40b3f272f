"""The installer itself."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from harness import beside
from harness.errors import FetchError, InputError
from harness.installers.dockerfile.reading import Read
from harness.language import Message
from harness.model import Context, Package
from harness.model.packages import Sparse, also_text
from harness.model.recipe import Beside
from harness.protocols import Contents, Site
from harness.systems import SYSTEMS
from harness.unpublished import Unpublished

ArgName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
ArgValue = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$", max_length=1000)]
_PINNED = re.compile(r"[a-z0-9]+([A-Za-z0-9._:/-]*[a-z0-9])?@sha256:[0-9a-f]{64}")


class DockerfileArguments(Sparse):
    """The folder beside the recipe that is its context; or ``{from: app, file: Dockerfile, args: {RELEASE: "12"},
    egress: allow}``. ``args`` are for its ``ARG`` instructions, and come to stand in the image's history. What it runs
    has no network unless ``egress`` allows it."""

    model_config = ConfigDict(json_schema_extra=also_text)

    source: Annotated[str, Beside()] = Field(alias="from", min_length=1)
    file: str = Field(default="Dockerfile", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")
    args: dict[ArgName, ArgValue] = {}
    egress: Literal["deny", "allow"] = "deny"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str) else value


class Dockerfile(Unpublished):
    Arguments = DockerfileArguments

    def contents(
        self, wanted: Sequence[DockerfileArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        if not wanted:
            return Contents()
        from harness.engine.dockerignore import sent

        arguments = wanted[-1]
        if wrong := next(beside.faults(arguments, site.folder), None):
            raise InputError(wrong.what, wrong.advice)
        folder = site.folder / arguments.source
        path = folder / arguments.file
        egress = arguments.egress == "allow"
        read = Read(path=path, image=lambda name: _image(name, site), remote=egress, given=arguments.args)
        text = read.rewritten(_text(path, folder))
        kept = sent(folder, arguments.file)
        files = tuple(beside.files(site.folder, arguments.source, "", only=kept.__contains__))
        context = Context(name="dockerfile", parent=read.first, dockerfile=text, files=files, egress=egress)
        return Contents(parent=context.tag, below=(context,))


def _text(path: Path, folder: Path) -> str:
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise InputError(Message("{path} lies outside of the recipe", path=path))
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(Message("{path} cannot be read: {reason}", path=path, reason=type(exc).__name__)) from exc


def _image(name: str, site: Site) -> str:
    """What an image is called on the engine: the base image of the server's system, or one that is pinned."""
    from harness.engine import base_reference

    for system in SYSTEMS.values():
        release = system.name.partition(":")[2]
        if re.fullmatch(rf"debian:({release}|{system.suite})(-slim)?", name):
            if system.name != site.system.name:
                own = site.system.name
                raise InputError(
                    Message("it builds on {image}, and the server's system is {system}", image=name, system=own),
                    Message("write `os: {system}` under `server`", system=system.name),
                )
            return base_reference(site.base)
    if not _PINNED.fullmatch(name):
        raise InputError(
            Message("`{reference}` is not pinned by its digest", reference=name),
            Message("write name@sha256:…, as `docker images --digests` shows it"),
        )
    if site.base.source == "bundle":
        raise FetchError(
            Message("the bundle does not bring the image {image}", image=name),
            Message("ask for it to be made again with --with-images"),
        )
    return site.registry.image(name)

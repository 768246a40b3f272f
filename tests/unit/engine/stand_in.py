"""An engine that is a dictionary of images, and tars of images to put into it."""

import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from docker.errors import ImageNotFound

from harness.engine import Engine


@dataclass(kw_only=True)
class Calls:
    """The part of the SDK that images are looked up, named, saved, loaded and removed with."""

    api_version: str = "1.41"
    images: dict[str, dict[str, Any]] = field(default_factory=dict)  # reference -> what is said of it
    config: dict[str, Any] = field(default_factory=dict)  # of what is loaded
    says: list[dict[str, Any]] = field(default_factory=list)  # when something is loaded
    loaded: bytes = b""
    removed: list[str] = field(default_factory=list)

    def add(self, *references: str) -> None:
        for reference in references:
            self.images[reference] = {"Id": image_id(reference), "Config": self.config}

    def inspect_image(self, reference: str) -> dict[str, Any]:
        if reference not in self.images:
            raise ImageNotFound(reference)
        return self.images[reference]

    def tag(self, image: str, repository: str, tag: str) -> None:
        self.images[f"{repository}:{tag}"] = self.inspect_image(image)

    def remove_image(self, reference: str) -> None:
        self.inspect_image(reference)
        self.removed.append(reference)
        del self.images[reference]

    def load_image(self, data: Iterable[bytes], quiet: bool) -> Iterator[dict[str, Any]]:
        self.loaded = b"".join(data)
        if not any("error" in line for line in self.says):
            for image in json.loads(unpacked(self.loaded).get("manifest.json") or b"[]"):
                self.add(*image["RepoTags"])
        yield from self.says

    def _url(self, path: str) -> str:
        return f"http://engine{path}"

    def get(self, url: str, *, params: Mapping[str, Sequence[str]], stream: bool, timeout: None) -> Any:
        assert (url, stream) == ("http://engine/images/get", True)
        for name in params["names"]:
            self.inspect_image(name)
        data = image_tar(*params["names"])
        return SimpleNamespace(iter_content=lambda size: (data[at : at + size] for at in range(0, len(data), size)))

    def _raise_for_status(self, answer: object) -> None:
        assert answer is not None


def engine(**fields: Any) -> Engine:
    """An engine whose ``calls`` are a ``Calls``."""
    sdk: Any = SimpleNamespace(api=Calls(**fields), info=dict)
    return Engine(client=sdk, endpoint="unix:///x.sock", version={"Version": "1"})


def image_id(reference: str) -> str:
    return "sha256:" + reference.encode().hex()[:64].rjust(64, "0")


def image_tar(*references: str) -> bytes:
    """What ``docker save`` makes of images, each with a configuration and a layer of its own."""
    rows, files = list[dict[str, Any]](), dict[str, bytes]()
    for number, reference in enumerate(references):
        files |= {f"{number}.json": b"{}", f"{number}/layer.tar": reference.encode()}
        rows.append({"Config": f"{number}.json", "RepoTags": [reference], "Layers": [f"{number}/layer.tar"]})
    return tar(*(member(name, data) for name, data in [*files.items(), ("manifest.json", json.dumps(rows).encode())]))


Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"", **fields: Any) -> Member:
    """A member of a tar; ``fields`` are those of its header."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def tar(*members: Member, format: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of members, in that order, whatever they are."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a tar by name."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        files = {info.name: archive.extractfile(info) for info in archive if info.isreg()}
        return {name: file.read() for name, file in files.items() if file}

"""Images out of an engine and into one, as the tar that ``docker save`` makes.

A stranger's tar may name its images as it likes. So names are never taken from it: on the
way in every image gets the name that the caller gives it, and all others are left out
(``manifest.json`` of Docker's image format, ``index.json`` of OCI's layout). Engines unpack
the tar before they look for these two. So nothing passes that could come to lie in their
place, and headers are written anew, lest an engine read them in another way than we do.
"""

import hashlib
import io
import json
import re
import secrets
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness.engine import owner
from harness.engine.archive import Incoming
from harness.engine.build import built
from harness.engine.client import Engine, translated
from harness.engine.locks import only_one
from harness.errors import EngineError, FetchError, InputError
from harness.language import Message
from harness.model import Image

CHUNK_BYTES = 1 << 20
INDEX_BYTES = 1 << 20  # of a list of images, at most
GIVEN = "harness/given"  # the repository of images that come out of archives
LISTS = ("manifest.json", "index.json")
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_MEMBER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,2}")
_SAME_LAYER = re.compile(r"\.\./[0-9a-f]{64}(/layer)?\.tar")  # what one that is there twice links to


def named(engine: Engine, reference: str) -> str:
    """A name of ours for an image, by which it can be saved; one that is pinned by digest gets one."""
    if reference.startswith("harness/"):
        return reference
    name, _, digest = reference.partition("@sha256:")
    tag = f"{name.rpartition('/')[2]}-{digest[:24]}"
    with translated(Message("the engine did not name the image {image}", image=reference)):
        engine.calls.tag(reference, "harness/base", tag)
    return f"harness/base:{tag}"


def save(engine: Engine, references: Sequence[str]) -> Iterator[bytes]:
    """One tar of several images, layers that they share once. EngineError where one is not there."""
    api = engine.calls
    with translated(Message("the engine did not give the images")):
        answer = api.get(api._url("/images/get"), params={"names": list(references)}, stream=True, timeout=None)
        api._raise_for_status(answer)
        yield from answer.iter_content(CHUNK_BYTES)


def file_system(engine: Engine, reference: str) -> Iterator[bytes]:
    """A tar of all files of an image. EngineError where it is not there."""
    what = Message("the engine could not look into the image {image}", image=reference)
    with translated(what), unstarted(engine, reference) as container:
        yield from engine.calls.export(container, chunk_size=CHUNK_BYTES)


@contextmanager
def unstarted(engine: Engine, reference: str) -> Iterator[str]:
    """A container of an image that is never started; yields its name."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    api, name = engine.calls, f"harness-look-{secrets.token_hex(8)}"
    try:
        api.create_container(reference, ["true"], name=name, labels=owner.labels(name.removeprefix("harness-"), "look"))
        yield name
    finally:
        with suppress(DockerException, RequestException):
            api.remove_container(name, force=True, v=True)


def load(engine: Engine, chunks: Iterable[bytes], names: Mapping[str, str]) -> dict[str, Image]:
    """Load a tar; ``names`` are the references that its images have in it → those that they get here.

    Returns the images by the references that they have in it. InputError where the tar is
    none, holds what could be something else to an engine, lacks one of them, or one would do
    something when others are built on it; EngineError where the engine refuses it. Then nothing
    has a name in ``names``.
    """
    what = Message("the engine did not take the images")
    try:
        with translated(what):
            said = list(engine.calls.load_image(_renamed(chunks, names), quiet=True))
        refused = next((str(line["error"]) for line in said if "error" in line), None)
        found = {old: built(engine, new) for old, new in names.items()}
        missing = next((old for old, image in found.items() if image is None), None)
        if refused or missing:
            raise EngineError(what, Message("the engine said: {said}", said=refused or f"{missing} is not there"))
        for new in names.values():
            _check_config(engine, new)
    except BaseException:
        _forget(engine, names.values())
        raise
    return {old: image for old, image in found.items() if image}


def unpacked(engine: Engine, name: str, path: Path, sha256: str) -> str:
    """Load one image of an archive: the one of that ``name``, or the only one. Returns the reference that it has
    here, which is of the archive's checksum and that name. Errors as ``load``."""
    reference = f"{GIVEN}:{sha256[:24]}" + (f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}" if name else "")
    with only_one("given", engine.endpoint, reference):
        if built(engine, reference) is None:
            there = _names_in(path)
            if (name not in there) if name else len(there) != 1:
                what = Message("{path} holds the images {names}", path=path, names=", ".join(there) or "–")
                raise InputError(what, Message("say which of them, as `name`"))
            with path.open("rb") as archive:
                load(engine, iter(lambda: archive.read(CHUNK_BYTES), b""), {name or there[0]: reference})
    return reference


def pull(engine: Engine, reference: str) -> None:
    """Bring an image that is pinned by its digest. FetchError where no registry has it."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    name, _, digest = reference.partition("@")
    what = Message("the image {image} cannot be had", image=reference)
    with only_one("given", engine.endpoint, reference):
        try:
            for line in engine.calls.pull(name, tag=digest, stream=True, decode=True):
                if "error" in line:
                    raise FetchError(what, Message("the engine said: {error}", error=line["error"]))
        except (DockerException, RequestException) as exc:
            raise FetchError(what, Message("the engine said: {error}", error=exc)) from exc
    _check_config(engine, reference)


def user(engine: Engine, reference: str) -> str:
    """Who runs what is started from an image. EngineError where the engine does not say."""
    with translated(Message("the engine did not look up the image {tag}", tag=reference)):
        found = engine.calls.inspect_image(reference)
    return str((found.get("Config") or {}).get("User") or "root")


def command(engine: Engine, reference: str) -> tuple[str, ...]:
    """What an image starts. EngineError where the engine does not say."""
    with translated(Message("the engine did not look up the image {tag}", tag=reference)):
        config: dict[str, Any] = engine.calls.inspect_image(reference)["Config"]
    return (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))


def label(engine: Engine, reference: str, name: str) -> str:
    """A label of an image; empty where it has none of that name. EngineError where the engine does not say."""
    with translated(Message("the engine did not look up the image {tag}", tag=reference)):
        found = engine.calls.inspect_image(reference).get("Config") or {}
    return str((found.get("Labels") or {}).get(name) or "")


def volumes(engine: Engine, reference: str) -> tuple[str, ...]:
    """The folders that are volumes of whatever is started from an image. EngineError as ``label``."""
    with translated(Message("the engine did not look up the image {tag}", tag=reference)):
        found = engine.calls.inspect_image(reference).get("Config") or {}
    return tuple(found.get("Volumes") or ())


def exposed_port(engine: Engine, tag: str) -> int:
    """The port that an image says its program listens on. InputError where it says none, or several."""
    with translated(Message("the engine did not look up the image {tag}", tag=tag)):
        ports = engine.calls.inspect_image(tag)["Config"].get("ExposedPorts") or {}
    numbers = sorted(int(port.partition("/")[0]) for port in ports if port.endswith("/tcp"))
    if len(numbers) != 1:
        raise InputError(
            Message("the image of the product exposes the ports {ports}", ports=", ".join(map(str, numbers)) or "–"),
            Message("say in the recipe which `port` is the product's"),
        )
    return numbers[0]


def _names_in(path: Path) -> list[str]:
    """The references in an archive's ``manifest.json``. InputError where it is none."""
    try:
        with tarfile.open(path) as archive:
            member = next((one for one in archive if one.isreg() and one.name == LISTS[0]), None)
            content = archive.extractfile(member) if member and member.size <= INDEX_BYTES else None
            images = json.loads(content.read()) if content else []
            return [str(tag) for image in images for tag in image.get("RepoTags") or ()]
    except (tarfile.TarError, EOFError, OSError, ValueError, TypeError, AttributeError, RecursionError) as exc:
        raise _broken(Message("{reason}", reason=f"{type(exc).__name__}: {exc}")) from exc


def _check_config(engine: Engine, reference: str) -> None:
    with translated(Message("the engine did not look up the image {tag}", tag=reference)):
        config = engine.calls.inspect_image(reference).get("Config") or {}
    if config.get("OnBuild"):  # the engine itself would fetch what an ADD names
        raise _broken(Message("one of them has commands for whatever is built on it"))


def _forget(engine: Engine, references: Iterable[str]) -> None:
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    for reference in references:
        with suppress(DockerException, RequestException):
            engine.calls.remove_image(reference)


def _renamed(chunks: Iterable[bytes], names: Mapping[str, str]) -> Iterator[bytes]:
    """The same tar, its images named as ``names`` says."""
    stream: Any = Incoming(chunks)
    there: dict[str, bool] = {}  # whether it is a folder
    seen: set[str] = set()
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                _check(member, there)
                if member.name == "repositories":
                    continue  # names of the format before
                content = archive.extractfile(member) if member.isreg() else None
                header = _header(member)
                if content is not None and member.name in LISTS:
                    rename = _manifest if member.name == LISTS[0] else _index
                    text = json.dumps(rename(json.loads(content.read()), names, seen))
                    content, header.size = io.BytesIO(text.encode()), len(text)
                yield header.tobuf(tarfile.PAX_FORMAT)
                if content is not None:
                    while chunk := content.read(CHUNK_BYTES):
                        yield chunk
                    yield bytes(-header.size % tarfile.BLOCKSIZE)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise _broken(Message("{reason}", reason=f"{type(exc).__name__}: {exc}")) from exc
    if missing := set(names) - seen:
        raise _broken(Message("{image} is not in it", image=min(missing)))
    yield bytes(2 * tarfile.BLOCKSIZE)


def _check(member: tarfile.TarInfo, there: dict[str, bool]) -> None:
    """Whether a member is what engines write, and is there once; ``there`` are those before it."""
    is_file = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and member.sparse is None and member.size >= 0
    is_link = member.issym() and member.name.endswith("/layer.tar") and _SAME_LAYER.fullmatch(member.linkname)
    if not _MEMBER.fullmatch(member.name) or not (is_file or is_link or member.isdir()):
        raise _broken(Message("`{name}` does not belong in one", name=member.name))
    if member.name in there and not (there[member.name] and member.isdir()):
        raise _broken(Message("`{name}` is there twice", name=member.name))
    if member.name in LISTS and member.size > INDEX_BYTES:
        raise _broken(Message("its list of images is too large"))
    there[member.name] = member.isdir()


def _header(member: tarfile.TarInfo) -> tarfile.TarInfo:
    header = tarfile.TarInfo(member.name)
    header.type, header.mode = member.type, member.mode & 0o777
    header.linkname = member.linkname if member.issym() else ""
    header.size = member.size if member.isreg() else 0
    return header


def _manifest(images: Any, names: Mapping[str, str], seen: set[str]) -> Any:
    """``manifest.json``: a list of images, each with its tags."""
    kept = []
    for image in images:
        if tags := [tag for tag in image.get("RepoTags") or () if tag in names]:
            seen.update(tags)
            kept.append(image | {"RepoTags": [names[tag] for tag in tags]})
    return kept


def _index(index: Any, names: Mapping[str, str], seen: set[str]) -> Any:
    """``index.json``: manifests whose annotations name them, in full where it is containerd's."""
    kept = []
    for manifest in index["manifests"]:
        annotations = manifest.get("annotations") or {}
        full = annotations.get(_NAMES[0], "")
        old = full if full in names else full.removeprefix("docker.io/")
        if old not in names:
            continue
        seen.add(old)
        new = names[old]
        named = {_NAMES[0]: f"docker.io/{new}" if full != old else new, _NAMES[1]: new.rpartition(":")[2]}
        others = {key: value for key, value in annotations.items() if key not in _NAMES}
        kept.append(manifest | {"annotations": others | named})
    return index | {"manifests": kept}


def _broken(why: Message) -> InputError:
    return InputError(Message("this is no archive of images: {why}", why=why), Message("make it again"))

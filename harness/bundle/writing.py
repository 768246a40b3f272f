"""Write a bundle: the same input gives the same bytes, and whatever is written can be read."""

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.bundle.names import MANIFEST, clash, name_fault
from harness.bundle.refusals import shown
from harness.bundle.source import CHUNK_BYTES, opened, readable
from harness.errors import InputError
from harness.evidence import whole
from harness.language import Message
from harness.limits import LIMITS, Limits
from harness.model import BundledFile, Manifest

_WORTH = 0.95  # of its size is what a file must come below to be packed
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3
_LARGE_BYTES = 32 << 20  # what is larger is packed faster and less
_FAST = 1


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file to put into a bundle: its bytes, or where it is on disk."""

    path: str  # relative, forward slashes
    content: bytes | Path
    executable: bool = False


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A member that was read once, and how it will be written."""

    member: Member
    sha256: str
    size_bytes: int
    deflated: bool

    @property
    def listed(self) -> BundledFile:
        member = self.member
        return BundledFile(
            path=member.path, sha256=self.sha256, size_bytes=self.size_bytes, executable=member.executable
        )


def pack(path: Path, manifest: Manifest, members: Iterable[Member], limits: Limits = LIMITS) -> Manifest:
    """Write a bundle to ``path`` of ``members`` and ``manifest``, whose ``files`` are made here; returns it with them.

    Files are read twice, as their checksums come first, in constant memory. The bundle is
    there whole or not at all. InputError where it cannot be written, a file cannot be read,
    changes meanwhile, or no bundle may hold it.
    """
    ordered = sorted(members, key=lambda member: member.path)
    _check_names(path, ordered, limits)
    plans = [_plan(member, limits) for member in ordered]
    files = tuple(plan.listed for plan in plans)
    complete = manifest.model_copy(update={"files": files})
    document = (complete.model_dump_json(indent=1) + "\n").encode()
    plans.insert(0, _plan(Member(path=MANIFEST, content=document), limits))
    _check_sizes(path, plans, limits)
    try:
        with whole(path) as out, zipfile.ZipFile(out, "w") as archive:
            for plan in plans:
                _write(archive, plan)
    except OSError as exc:
        raise InputError(
            Message("{path} cannot be written: {why}", path=path, why=exc.strerror or exc),
            Message("name a place that you may write to and that has room"),
        ) from exc
    return complete


def _check_names(path: Path, members: list[Member], limits: Limits) -> None:
    for member in members:
        if fault := name_fault(member.path, limits):
            raise _impossible(path, fault, member.path)
    if found := clash([MANIFEST, *(member.path for member in members)]):
        name, fault = found
        raise _impossible(path, fault, name)


def _check_sizes(path: Path, plans: list[_Plan], limits: Limits) -> None:
    for number, plan in enumerate(plans):
        limit = limits.member_bytes if number else limits.manifest_bytes
        if fault := limits.member_fault(plan.size_bytes, plan.size_bytes, limit):
            raise _impossible(path, fault, plan.member.path)
    size = sum(plan.size_bytes for plan in plans)
    if fault := limits.total_fault(len(plans) - 1, size, size):
        raise _impossible(path, fault)


def _impossible(path: Path, what: Message, member: str = "") -> InputError:
    advice = Message("leave it out, or make it fit")
    if not member:
        return InputError(Message("{bundle} cannot be made: {what}", bundle=path, what=what), advice)
    return InputError(
        Message("{bundle} cannot be made: `{member}` {what}", bundle=path, member=shown(member), what=what), advice
    )


def _plan(member: Member, limits: Limits) -> _Plan:
    """Read a member once. It is deflated where that is worth it and does not look like a bomb; to know that
    it does not, no more of it is packed than what makes that certain."""
    digest, size, packed = hashlib.sha256(), 0, 0
    expected = len(member.content) if isinstance(member.content, bytes) else _size(member.content)
    packer, worth = zlib.compressobj(wbits=-zlib.MAX_WBITS), False
    for chunk in _chunks(member):
        if not size:
            worth = len(zlib.compress(chunk)) < len(chunk) * _WORTH
        if worth and packed * limits.ratio < expected:
            packed += len(packer.compress(chunk))
        digest.update(chunk)
        size += len(chunk)
    if worth and packed * limits.ratio < size:
        packed += len(packer.flush())
    deflated = worth and size <= packed * limits.ratio
    return _Plan(member=member, sha256=digest.hexdigest(), size_bytes=size, deflated=deflated)


def _size(path: Path) -> int:
    with readable(path):
        return path.stat().st_size


def _chunks(member: Member) -> Iterator[bytes]:
    if isinstance(member.content, bytes):
        for at in range(0, len(member.content), CHUNK_BYTES):
            yield member.content[at : at + CHUNK_BYTES]
        return
    with opened(member.content) as file:
        while True:
            with readable(member.content):
                chunk = file.read(CHUNK_BYTES)
            if not chunk:
                return
            yield chunk


def _write(archive: zipfile.ZipFile, plan: _Plan) -> None:
    info = zipfile.ZipInfo(plan.member.path)  # of 1980-01-01
    info.create_system, info.external_attr, info.file_size = _UNIX, _MODE, plan.size_bytes
    info.compress_type = zipfile.ZIP_DEFLATED if plan.deflated else zipfile.ZIP_STORED
    if plan.size_bytes > _LARGE_BYTES:
        info._compresslevel = _FAST  # type: ignore[attr-defined]  # public only from Python 3.13 on
    digest, left = hashlib.sha256(), plan.size_bytes
    with archive.open(info, "w") as out:
        for chunk in _chunks(plan.member):
            digest.update(chunk)
            left -= len(chunk)
            if left < 0:
                break
            out.write(chunk)
    if digest.hexdigest() != plan.sha256:
        raise InputError(
            Message("{path} changed while it was packed", path=plan.member.content),
            Message("let nothing write to it, and make the bundle again"),
        )

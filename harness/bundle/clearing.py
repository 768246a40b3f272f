"""clear: no secret of the run is in what is about to be handed over, or nothing is written.

Secrets that a run saw are nowhere kept. So what the run left must be as it was when it was
searched for all of them (``seal.json``); and everything, also what is made now, is
searched for those that are still known: what files mark as one, and ``${env:NAME}`` where it is set.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.bundle.writing import Member
from harness.case_secrets import known_secrets
from harness.errors import InputError
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import Case, Seal

CHUNK_BYTES = 8 << 20
OVERLAP_BYTES = 64 << 10  # no spelling of a secret is longer


def clear(run: RunFolder, case: Case, members: Iterable[Member], environ: Mapping[str, str] = os.environ) -> None:
    """InputError, with the file and which secret is in it, where one is, or where a file has changed
    since it was searched."""
    seal = run.read_seal()
    if seal.found:
        first = seal.found[0]
        raise _stopped(first.file, first.secret, first.encoding)
    secrets = known_secrets(case, environ)
    for member in members:
        _unchanged(run, seal, member)
        for data in _pieces(member.content) if secrets else ():
            if hits := secrets.find(data):
                raise _stopped(member.path, hits[0].name, hits[0].encoding)


def _unchanged(run: RunFolder, seal: Seal, member: Member) -> None:
    """What comes from the run's folder is what was sealed; where there was no secret, it may be anything."""
    if not seal.secrets or not isinstance(member.content, Path) or not member.content.is_relative_to(run.path):
        return
    name = member.content.relative_to(run.path).as_posix()
    if name == RunFolder.SEAL:
        return
    if hashlib.sha256(member.content.read_bytes()).hexdigest() != seal.files.get(name):
        raise InputError(
            Message("{file} has changed since the run, so nobody knows whether a secret is in it", file=name),
            Message("take it out of {folder}, or run the case again", folder=run.path),
        )


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    """A file in pieces that overlap, so that nothing is cut in two."""
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        end = b""
        while chunk := file.read(CHUNK_BYTES):
            yield end + chunk
            end = chunk[-OVERLAP_BYTES:]


def _stopped(file: str, secret: str, encoding: str) -> InputError:
    return InputError(
        Message(
            "nothing was written: the secret {secret} is in {file} ({encoding})",
            secret=secret,
            file=file,
            encoding=encoding,
        ),
        Message("write `${env:NAME}` in its place and run the case again; where it is no secret, say `secret: false`"),
    )

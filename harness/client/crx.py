"""An extension in one file: a ``.crx`` of Chromium, whose signature must fit, or an ``.xpi`` of Firefox.

Formats: XPI, which is a zip; CRX3 (``Cr24``, version 3, length of the header, header, zip), whose header is the
protobuf message ``CrxFileHeader`` of Chromium's ``components/crx_file/crx3.proto``.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.errors import InputError
from harness.language import Message
from harness.model.desktop import EXTENSIONS

NAME_BYTES, PATH_BYTES = 255, 1_000  # of what can be put on a disk, with the folders above
_MAGIC, _VERSION, _ZIP = b"Cr24", 3, b"PK\x03\x04"
_HEAD = struct.Struct("<4sII")
_DAMAGED = (
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_RSA, _ECDSA, _SIGNED = 2, 3, 10_000  # fields of CrxFileHeader
_KEY, _SIGNATURE, _CRX_ID = 1, 2, 1  # of AsymmetricKeyProof, and of SignedData
_SIGNED_FIRST = b"CRX3 SignedData\0"  # what is signed begins so, then the length of the signed data (32 bits), both


@dataclass(frozen=True, kw_only=True)
class Packed:
    """What is in such a file: an archive, and the public key (DER) that Chromium knows the extension by."""

    path: Path
    archive: zipfile.ZipFile
    key: bytes

    @property
    def members(self) -> list[zipfile.ZipInfo]:
        """Its files, without its folders."""
        return [info for info in self.archive.infolist() if not info.filename.endswith("/")]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Path and content of each. InputError where one is damaged, or would lie where no file can."""
        members = self.members
        try:
            _check_names([info.filename for info in members])
            for info in members:
                if info.compress_type not in _COMPRESSIONS:
                    raise ValueError(info.compress_type)
                content = self.archive.read(info)
                if len(content) != info.file_size:
                    raise ValueError(info.file_size)
                yield info.filename, content
        except _DAMAGED as exc:
            raise _unreadable(self.path) from exc


def opened(path: Path, data: bytes) -> Packed:
    """What ``data`` of the file at ``path`` holds. InputError where it is neither, is damaged, or is not signed by
    the key that it names."""
    at, key = (0, b"") if data.startswith(_ZIP) else _signed(path, data)
    try:
        if not data[at:].startswith(_ZIP):
            raise ValueError("no archive")
        return Packed(path=path, archive=zipfile.ZipFile(io.BytesIO(data[at:])), key=key)
    except _DAMAGED as exc:
        raise _unreadable(path) from exc


def _unreadable(path: Path) -> InputError:
    return InputError(Message("the archive in {path} is damaged", path=path), Message("get the extension anew"))


def _check_names(names: list[str]) -> None:
    """ValueError where not all of them can be files of one folder."""
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    if len({*names}) < len(names) or folders & {*names}:
        raise ValueError("a file twice")
    for name in names:
        parts = PurePosixPath(name).parts
        longest = max((len(part.encode()) for part in parts), default=0)
        if (
            not name
            or "/".join(parts) != name
            or ".." in parts
            or "\\" in name
            or not name.isprintable()
            or longest > NAME_BYTES
            or len(name.encode()) > PATH_BYTES
        ):
            raise ValueError(name)


# ------------------------------------------------------------------ signature
def _signed(path: Path, data: bytes) -> tuple[int, bytes]:
    """Where the archive of a ``.crx`` begins, and its key."""
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        raise InputError(
            Message("{path} is neither an extension of Chromium (CRX3) nor of Firefox (XPI)", path=path),
            Message("unpack it into a folder of {folder} and name that", folder=f"{EXTENSIONS}/"),
        )
    _, version, length = _HEAD.unpack_from(data)
    if version != _VERSION:
        raise InputError(
            Message(
                "{path} is of version {version} of CRX; Chromium takes version 3 alone", path=path, version=version
            ),
            Message("unpack it into a folder of {folder} and name that", folder=f"{EXTENSIONS}/"),
        )
    at = _HEAD.size + length
    try:
        if at > len(data):
            raise ValueError("longer than the file")
        fields = list(_fields(data[_HEAD.size : at]))
        signed = next((value for number, value in fields if number == _SIGNED), b"")
        wanted = next((value for number, value in _fields(signed) if number == _CRX_ID), b"")
        proofs = [(number, dict(_fields(value))) for number, value in fields if number in (_RSA, _ECDSA)]
        key = next(key for _, one in proofs if hashlib.sha256(key := one.get(_KEY, b"")).digest()[:16] == wanted)
    except (ValueError, StopIteration) as exc:
        raise InputError(
            Message("{path} is damaged: its signature block cannot be read", path=path),
            Message("get the extension anew"),
        ) from exc
    said = _SIGNED_FIRST + len(signed).to_bytes(4, "little") + signed + data[at:]
    if not all(_fits(number, one.get(_KEY, b""), one.get(_SIGNATURE, b""), said) for number, one in proofs):
        raise InputError(
            Message("{path} is not what was signed: it has been changed since, or is damaged", path=path),
            Message("get the extension anew; where the change is meant, unpack it into a folder and name that"),
        )
    return at, key


def _fits(kind: int, key: bytes, signature: bytes, said: bytes) -> bool:
    """Whether the owner of a key (SubjectPublicKeyInfo, DER) signed that; ``kind`` is the field of the proof."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        public = load_der_public_key(key)
        if kind == _RSA and isinstance(public, RSAPublicKey):
            public.verify(signature, said, PKCS1v15(), SHA256())
        elif kind == _ECDSA and isinstance(public, EllipticCurvePublicKey):
            public.verify(signature, said, ECDSA(SHA256()))
        else:
            return False
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a protobuf message, which are all that these have. ValueError."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        size, at = _varint(message, at)
        if tag & 7 != 2 or at + size > len(message):
            raise ValueError("not such a message")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("not such a message")
        byte = message[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at

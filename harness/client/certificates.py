"""Certificate authorities that a browser trusts besides its own."""

import re
from pathlib import Path

from harness.errors import InputError
from harness.language import Message
from harness.model import Client

FOLDER = "/opt/certificates"  # in the container of a browser
SIZE_LIMIT_BYTES = 1 << 20
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


def places(client: Client) -> tuple[str, ...]:
    """Where each of them lies in the container."""
    return tuple(f"{FOLDER}/{Path(name).name}" for name in client.certificates)


def read(name: str, home: Path) -> bytes:
    """What ``certificates/<name>`` holds, which lies in ``home``, the folder of the environment file: one certificate
    (RFC 7468). InputError where it is not there, or is none."""
    path = home / name
    try:
        if not path.resolve().is_relative_to(home.resolve()):
            raise InputError(Message("{path} leads out of its folder", path=path))
        content = path.read_bytes() if path.stat().st_size <= SIZE_LIMIT_BYTES else b""
    except OSError as exc:
        raise InputError(Message("{path} cannot be read: {reason}", path=path, reason=exc.strerror)) from exc
    if b"PRIVATE KEY" in content:
        raise InputError(
            Message("{path} has a private key in it", path=path),
            Message("keep it to yourself: the certificate will do"),
        )
    if len(_PEM.findall(content)) != 1:
        raise InputError(
            Message("{path} is not one certificate in PEM", path=path),
            Message("write each into a file of its own, from BEGIN CERTIFICATE to END CERTIFICATE"),
        )
    return content

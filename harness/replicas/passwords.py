"""The password of a service in its replica: a new one each time, but for data of an image that is given.

What the distribution packages takes a new password over old data; images that somebody gives take one when their data
is new, and no other after that. So an image of such a service over a state says which state its data goes back to, and
the password is made of that: it is in no image.
"""

import hashlib
import secrets

from harness.engine import Engine, images
from harness.engine.owner import PREFIX

LINEAGE = f"{PREFIX}lineage"  # the label of an image: the key of the state that its data began with
_BYTES = 16


def password_of(engine: Engine, name: str, tag: str) -> str:
    """Of the service of that name, in a container of that image. EngineError."""
    lineage = images.label(engine, tag, LINEAGE)
    return (
        hashlib.sha256(f"{lineage} {name}".encode()).hexdigest()[: 2 * _BYTES] if lineage else secrets.token_hex(_BYTES)
    )

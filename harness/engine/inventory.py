"""What is installed in a base image that was bootstrapped: dpkg's own list, read without starting anything."""

import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Any

from harness.cache import Cache
from harness.engine.archive import members
from harness.engine.bases import base_reference
from harness.engine.build import built
from harness.engine.client import Engine, translated
from harness.engine.images import unstarted
from harness.errors import EngineError
from harness.language import Message

if TYPE_CHECKING:
    from harness.model import Base, Inventory

STATUS = "/var/lib/dpkg/status"
_FIELD = re.compile(r"^(Package|Version|Status): (.+)$", re.MULTILINE)


def inventory(engine: Engine, base: "Base", cache: Cache | None = None) -> "Inventory | None":
    """The packages of a base image; None where a digest says which it is, or the engine has it not.
    Each image is looked into once. EngineError where the engine fails."""
    from pydantic import ValidationError

    from harness.model import Inventory

    image = built(engine, base_reference(base)) if base.source == "bootstrap" else None
    if image is None:
        return None
    cache = cache or Cache()
    record: Any = cache.record("inventories", base.os, image.id)
    with contextlib.suppress(ValidationError):
        if record is not None:
            return Inventory.model_validate(record)
    found = parsed(_status(engine, base_reference(base)), base.os)
    cache.remember("inventories", base.os, image.id, value=found.model_dump(mode="json"))
    return found


def parsed(status: str, os: str) -> "Inventory":
    """The inventory in the text of dpkg's status file (deb822(5)): paragraphs, a blank line between them."""
    from harness.model import Inventory

    packages: dict[str, tuple[str, str]] = {}
    for paragraph in re.split(r"\n{2,}", status.strip()):
        fields = dict(_FIELD.findall(paragraph))
        if fields.get("Status", "").endswith(" installed"):
            packages[fields["Package"]] = fields["Version"], paragraph
    digest = hashlib.sha256("\n\n".join(packages[name][1] for name in sorted(packages)).encode())
    return Inventory(
        os=os,
        checksum=f"sha256:{digest.hexdigest()}",
        packages={name: packages[name][0] for name in sorted(packages)},
    )


def _status(engine: Engine, reference: str) -> str:
    what = Message("the engine could not look into the image {image}", image=reference)
    with translated(what), unstarted(engine, reference) as container:
        chunks, _ = engine.calls.get_archive(container, STATUS)
        for _, content in members(chunks):
            if not hasattr(content, "relative_to"):
                return b"".join(content).decode("utf-8", "replace")
    raise EngineError(what)

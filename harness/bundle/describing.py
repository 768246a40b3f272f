"""``manifest.json``: read as a stranger's, and compared with what is there."""

import json
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.bundle.layout import Entry
from harness.bundle.names import MANIFEST
from harness.bundle.refusals import DAMAGED, FOREIGN, HOSTILE, refused, shown
from harness.errors import Mistake
from harness.language import Message
from harness.limits import Limits
from harness.model import BUNDLE_SCHEMA, BundledFile, Manifest

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[,\[{]', re.DOTALL)  # a string, or what stands before a value
_KEYS = 32  # no object of ours has more


def manifest(data: bytes, bundle: Path, limits: Limits) -> Manifest:
    """The manifest in JSON (RFC 8259, no key twice) of ``bundle``. InputError where it is none of ours."""
    _check_count(data, bundle, limits)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError as exc:
        raise refused(bundle, Message("is not UTF-8"), DAMAGED, member=MANIFEST) from exc
    except RecursionError as exc:
        raise refused(bundle, Message("is nested too deeply"), HOSTILE, member=MANIFEST) from exc
    except ValueError as exc:
        why = exc.what if isinstance(exc, Mistake) else shown(str(exc))
        what = Message("is not valid JSON: {why}", why=why)
        raise refused(bundle, what, DAMAGED, member=MANIFEST) from exc
    _refuse_newer(value, bundle)
    try:
        return Manifest.model_validate_json(data, strict=True)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        what = Message(
            "is not as it must be at `{place}`: {why}",
            place=shown(".".join(map(str, first["loc"]))),
            why=shown(first["msg"]),
        )
        raise refused(bundle, what, FOREIGN, member=MANIFEST) from exc


def compare(listed: Iterable[BundledFile], found: Iterable[Entry], bundle: Path) -> None:
    """InputError where the members beside ``manifest.json`` are not those that it lists, or not of their size."""
    files: dict[str, BundledFile] = {}
    for file in listed:
        if file.path in files:
            raise refused(bundle, Message("is listed twice in {name}", name=MANIFEST), FOREIGN, member=file.path)
        files[file.path] = file
    for entry in found:
        if entry.name not in files:
            raise refused(bundle, Message("is not listed in {name}", name=MANIFEST), HOSTILE, member=entry.name)
        file = files.pop(entry.name)
        if file.size_bytes != entry.size_bytes:
            what = Message("has {size} bytes, and {listed} in the list", size=entry.size_bytes, listed=file.size_bytes)
            raise refused(bundle, what, DAMAGED, member=entry.name)
    if files:
        missing = next(iter(files))
        raise refused(bundle, Message("is listed in {name} and not there", name=MANIFEST), DAMAGED, member=missing)


def _check_count(data: bytes, bundle: Path, limits: Limits) -> None:
    """A value may take two bytes of JSON, and hundreds once it is parsed. A file takes nine tokens."""
    limit = 10 * limits.members + 1000
    if any(islice(_TOKEN.finditer(data), limit, None)):
        raise refused(bundle, Message("has more than {limit} values", limit=limit), HOSTILE, member=MANIFEST)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _KEYS:
        raise Mistake(Message("an object has more than {limit} keys", limit=_KEYS))
    value: dict[str, Any] = {}
    for key, item in pairs:
        if key in value:
            raise Mistake(Message("the key `{key}` is there twice", key=shown(key)))
        value[key] = item
    return value


def _refuse_newer(value: Any, bundle: Path) -> None:
    version = value.get("schema_version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > BUNDLE_SCHEMA:
        what = Message(
            "it was made by harness {tool}, with format {found} of bundles; this one reads format {ours}",
            tool=shown(str(value.get("tool_version"))),
            found=shown(str(version)),
            ours=BUNDLE_SCHEMA,
        )
        raise refused(bundle, what, Message("update harness"))

"""The source of a page without the secrets in it, else byte for byte as it was."""

import re

from harness.masking.lists import OPEN_INPUTS
from harness.masking.names import is_secret
from harness.masking.pairs import values_hidden
from harness.masking.patterns import without_known
from harness.masking.secrets import Secrets
from harness.masking.texts import addresses_hidden

# Both match whatever comes, to the end of the page where something is left open: one pass, however it is written.
_TAG = re.compile(r"<(input|meta)(?=[\s/>])(?:[^>\"']++|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)|'([^']*+)|([^\s\"'>]*+)))?+")


def document(page: str, secrets: Secrets) -> str:
    """The source with a mask for passwords, for fields of forms, ``<meta>``, attributes and values in scripts whose
    name says that they are secret, and for secrets in addresses; ``secrets`` learns them. Takes anything."""
    return secrets.settle(_hidden, page)


def _hidden(page: str, secrets: Secrets) -> str:
    page = _TAG.sub(lambda found: _tag(found, secrets), without_known(page, secrets))
    return secrets.mask(values_hidden(addresses_hidden(page, secrets), secrets, prose=False))


def _tag(found: re.Match[str], secrets: Secrets) -> str:
    source = found[0]
    attributes: dict[str, re.Match[str]] = {}
    for attribute in _ATTRIBUTE.finditer(source, found.end(1) - found.start()):
        attributes.setdefault(attribute[1].lower(), attribute)
    holder = attributes.get("value" if found[1].lower() == "input" else "content")
    if holder is None:
        return source
    texts = {name: next(filter(None, match.groups()[1:]), "") for name, match in attributes.items()}
    group = next((number for number in (2, 3, 4) if holder[number] is not None), None)
    if group is None or not _holds_secret(texts, holder[group]):
        return source
    start, end = holder.span(group)
    return source[:start] + secrets.hide(source[start:end], f"field {_name(texts)}") + source[end:]


def _holds_secret(attributes: dict[str, str], value: str) -> bool:
    kind = attributes.get("type", "").lower()
    if kind == "password":
        return True
    named = (attributes.get(name, "") for name in ("name", "property", "id", "itemprop"))
    return kind not in OPEN_INPUTS and any(is_secret(name, value) for name in named)


def _name(attributes: dict[str, str]) -> str:
    return attributes.get("name") or attributes.get("id") or attributes.get("type", "")

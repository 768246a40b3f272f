"""Header fields of HTTP messages without the secrets in them."""

from collections.abc import Mapping

from harness.masking.fields import FIELDS
from harness.masking.names import is_secret
from harness.masking.secrets import Secrets
from harness.masking.texts import text
from harness.masking.urls import url

_ADDRESSES = frozenset({"location", "content-location", "referer", "origin"})


def headers(fields: Mapping[str, str], secrets: Secrets) -> dict[str, str]:
    """The same fields with a mask for what authenticates and for what a field's name says is secret;
    ``secrets`` learns it. Schemes, names of cookies and their attributes stay."""
    return secrets.settle(_fields, dict(fields))


def _fields(fields: dict[str, str], secrets: Secrets) -> dict[str, str]:
    return {name: _field(name, value, secrets) for name, value in fields.items()}


def _field(name: str, value: str, secrets: Secrets) -> str:
    lower = name.lower()
    if hide := FIELDS.get(lower):
        return secrets.mask(hide(value, secrets))
    if lower in _ADDRESSES:
        return url(value, secrets)
    if is_secret(name, value):
        return secrets.hide(value, f"header {lower}")
    return text(value, secrets)

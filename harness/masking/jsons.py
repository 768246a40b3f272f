"""JSON values without the secrets in them."""

from typing import Any, TypeVar

from harness.masking.names import is_secret, says
from harness.masking.needles import MASK
from harness.masking.secrets import Secrets
from harness.masking.texts import text

N = TypeVar("N", int, float)


def json_value(value: Any, secrets: Secrets) -> Any:
    """A JSON value with a mask for every string and number under a key whose name says that it is secret, and
    for secrets in all others; ``secrets`` learns them. Shapes stay, as do null, true and false."""
    try:
        return secrets.settle(_value, value)
    except RecursionError:  # deeper than anything that a product answers
        return MASK


def number(value: N, secrets: Secrets) -> N | str:
    """A number, unless a secret stands in it."""
    digits = str(value)
    return value if secrets.mask(digits) is digits else MASK


def _value(value: Any, secrets: Secrets) -> Any:
    if isinstance(value, str):
        return text(value, secrets)
    if isinstance(value, list):
        return [_value(item, secrets) for item in value]
    if isinstance(value, dict):
        return _object(value, secrets)
    return value if value is None or isinstance(value, bool) else number(value, secrets)


def _object(value: dict[str, Any], secrets: Secrets) -> dict[str, Any]:
    """Also one that says the name of its value: ``{"name": "sid", "value": …}``."""
    called = next((value[key] for key in ("name", "key") if isinstance(value.get(key), str)), "")
    masked: dict[str, Any] = {}
    for key, item in value.items():
        name = called if key == "value" else key
        hides = says(name) == "secret" or (isinstance(item, str) and is_secret(name, item))
        masked[secrets.mask(key)] = _hidden(item, name, secrets) if hides else _value(item, secrets)
    return masked


def _hidden(value: Any, name: str, secrets: Secrets) -> Any:
    if isinstance(value, str):
        return secrets.hide(value, f"value of {name}")
    if isinstance(value, list):
        return [_hidden(item, name, secrets) for item in value]
    if isinstance(value, dict):
        return {secrets.mask(key): _hidden(item, name, secrets) for key, item in value.items()}
    return value if value is None or isinstance(value, bool) else MASK

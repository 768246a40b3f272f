"""Text of strangers without the secrets in it: lines of logs, messages of the console, errors."""

import re

from harness.masking.pairs import values_hidden
from harness.masking.patterns import without_known
from harness.masking.secrets import Secrets
from harness.masking.urls import AROUND, parts_hidden

_REST = r"[^\s\"'<>`\\^{}|]++"
_ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{{1,30}}+://{_REST}"
    rf"|(?<![\w.:/<-])/{_REST}"  # from the root of a site, as access logs have it
)


def text(line: str, secrets: Secrets) -> str:
    """The text with a mask for what is known to be secret, what looks so and what its name says is; ``secrets``
    learns it. Takes anything, of any length."""
    return secrets.settle(_hidden, line)


def _hidden(line: str, secrets: Secrets) -> str:
    line = addresses_hidden(without_known(line, secrets), secrets)
    return secrets.mask(values_hidden(line, secrets, prose=True))


def addresses_hidden(text: str, secrets: Secrets) -> str:
    """With the secrets of all addresses masked."""

    def hidden(found: re.Match[str]) -> str:
        address = found[0].rstrip(AROUND)
        return parts_hidden(address, secrets) + found[0][len(address) :]

    return _ADDRESS.sub(hidden, text)

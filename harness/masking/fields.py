"""The fields of HTTP messages that authenticate, without what does: Authorization, Cookie and Set-Cookie."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable

from harness.masking.lists import COOKIE_ATTRIBUTES, OPEN_PARAMETERS
from harness.masking.secrets import Secrets

_SCHEMES = (  # those that IANA lists, and others in use
    r"(?i:API-?Key|AWS4-[A-Z0-9-]+|Basic|Bearer|Concealed|Digest|DPoP|GNAP|GoogleLogin|Hawk|HOBA|JWT|MAC|Mutual|Negotiate"
    r"|NTLM|OAuth|PrivateToken|SCRAM-[A-Z0-9-]+|SharedKey(?:Lite)?|Signature|SSWS|Token|vapid)"
)
_SCHEME = re.compile(rf"(\s*)({_SCHEMES})(\s+)(\S.*)", re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/:-]+=*\s*")  # RFC 9110, 11.2: token68
_PARAMETER = r"""([\w-]+)(\s*=\s*)("(?:[^"\\]|\\.)*+"|[^\s,"]++)"""
_ONE_PARAMETER = re.compile(_PARAMETER)
_PARAMETERS = re.compile(rf"{_PARAMETER}(?:[\s,]+{_PARAMETER})*+[\s,]*")
_CREDENTIALS = re.compile(rf"\[?(?:{_SCHEMES} +)?+[A-Za-z0-9._~+/:=-]++(?=[\s,;'}}\])]|$)")
_BETWEEN = re.compile(r"((?:,\s*|\n)(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=))")  # fields joined into one; not `Wed, 21 Oct …`


def authorization(value: str, secrets: Secrets) -> str:
    """RFC 9110, 11.6.2: a scheme, which stays, with a token or with parameters."""
    found = _SCHEME.fullmatch(value)
    if not found:
        return secrets.hide(value, "header authorization")
    before, scheme, space, rest = found.groups()
    if _TOKEN.fullmatch(rest) or not _PARAMETERS.fullmatch(rest):
        if scheme.lower() == "basic":
            secrets.learn(_password(rest), "password in a header")
        return f"{before}{scheme}{space}{secrets.hide(rest, 'header authorization')}"

    def parameter(found: re.Match[str]) -> str:
        name, sign, content = found.groups()
        if name.lower() in OPEN_PARAMETERS:
            return found[0]
        quote = '"' if content.startswith('"') else ""
        return f"{name}{sign}{quote}{secrets.hide(content.strip(quote or None), f'header authorization {name}')}{quote}"

    return f"{before}{scheme}{space}{_ONE_PARAMETER.sub(parameter, rest)}"


def _password(token: str) -> str:
    """RFC 7617: ``user:password`` in base64."""
    try:
        return b64decode(token).decode("utf-8", "replace").partition(":")[2]
    except (Error, ValueError):
        return ""


def credentials_end(text: str, start: int) -> int | None:
    """Where a scheme and a token, or a token alone, end that stand at ``start`` in a line."""
    found = _CREDENTIALS.match(text, start)
    return found.end() if found else None


def cookies(value: str, secrets: Secrets) -> str:
    """RFC 6265, 4.2: ``sid=…; theme=…``, the names stay."""
    return "".join(
        piece if index % 2 else ";".join(_cookie(pair, secrets) for pair in piece.split(";"))
        for index, piece in enumerate(_BETWEEN.split(value))
    )


def set_cookies(value: str, secrets: Secrets) -> str:
    """RFC 6265, 4.1, one or several joined by commas: names and attributes stay."""
    return "".join(
        piece if index % 2 else _set_cookie(piece, secrets) for index, piece in enumerate(_BETWEEN.split(value))
    )


def _set_cookie(value: str, secrets: Secrets) -> str:
    pair, *attributes = value.split(";")
    kept = (
        text if text.partition("=")[0].strip().lower() in COOKIE_ATTRIBUTES else _cookie(text, secrets)
        for text in attributes
    )
    return ";".join([_cookie(pair, secrets), *kept])


def _cookie(pair: str, secrets: Secrets) -> str:
    name, sign, value = pair.partition("=")
    if not sign:
        name, value = pair[: len(pair) - len(pair.lstrip())], pair.lstrip()
    bare = value.strip()
    if not bare.strip('"'):
        return pair
    quote = '"' if bare[0] == bare[-1] == '"' else ""
    before, after = value[: len(value) - len(value.lstrip())], value[len(value.rstrip()) :]
    return (
        f"{name}{sign}{before}{quote}{secrets.hide(bare.strip(quote or None), f'cookie {name.strip()}')}{quote}{after}"
    )


FIELDS: dict[str, Callable[[str, Secrets], str]] = {
    "authorization": authorization,
    "proxy-authorization": authorization,
    "cookie": cookies,
    "set-cookie": set_cookies,
}
"""What hides the secrets of a field, by its name in lower case."""

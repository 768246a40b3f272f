"""Addresses without the secrets in them, else byte for byte as they were."""

import re
from urllib.parse import unquote_plus

from harness.masking.names import is_secret, says
from harness.masking.patterns import without_known
from harness.masking.secrets import Secrets

_USERINFO = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]+)@")  # RFC 3986, 3.2.1
_PATH_PARAMETER = re.compile(r";([^=;/]{1,200})=([^;/]+)")  # `/cart;jsessionid=…`

_QUERY_OR_FRAGMENT = re.compile(r"[?#]")

# `name=value` of a query or a fragment; of one inside a value, where its signs are percent-encoded, also twice.
_NAME = re.compile(r"[?&#;]([^=&#?;]{1,200}+)=")
_VALUE = re.compile(r"[^&#;]*+(?:;(?![^=&#;]*=)[^&#;]*+)*+")
_NESTED_NAME = re.compile(r"(?:[?&#;=]|%(?:25)?(?:3F|26|23|3B))([^=&#?;%]{1,200}+)%(?:25)?3D", re.IGNORECASE)
_NESTED_VALUE = re.compile(r"(?:(?!%(?:25)?(?:26|23))[^&#;])*+", re.IGNORECASE)
_GLANCE = 100  # characters of a value that may be a secret, enough to see whether it is
_OPAQUE = ("data:", "blob:")
AROUND = ".,:;!?)]"
"""Signs of prose at the end of an address that are none of it."""


def url(address: str, secrets: Secrets) -> str:
    """The address with a mask for userinfo and for parameters, in path, query or fragment, whose name
    says that they are secret; ``secrets`` learns their values. Takes anything."""
    return secrets.settle(_url, address)


def _url(address: str, secrets: Secrets) -> str:
    if not address.startswith(_OPAQUE):
        address = parts_hidden(without_known(address, secrets), secrets)
    return secrets.mask(address)


def parts_hidden(address: str, secrets: Secrets) -> str:
    """``url`` without a look at what is known elsewhere."""
    return _without_parameters(_without_userinfo(address, secrets), secrets)


def _without_userinfo(address: str, secrets: Secrets) -> str:
    found = _USERINFO.match(address)
    if not found:
        return address
    user, colon, password = found[1].partition(":")
    userinfo = secrets.hide(user, "user in an address") + colon
    userinfo += secrets.hide(password, "password in an address")
    return address[: found.start(1)] + userinfo + address[found.end(1) :]


def _without_parameters(address: str, secrets: Secrets) -> str:
    def in_path(found: re.Match[str]) -> str:
        name, value = found.groups()
        return f";{name}={secrets.hide(value, f'parameter {name}')}" if is_secret(name, value) else found[0]

    sign = _QUERY_OR_FRAGMENT.search(address)
    end = sign.start() if sign else len(address)
    path, rest = _PATH_PARAMETER.sub(in_path, address[:end]), address[end:]
    rest = _hidden(rest, _NAME, _VALUE, secrets)
    return path + (_hidden(rest, _NESTED_NAME, _NESTED_VALUE, secrets) if "%" in rest else rest)


def _hidden(text: str, name: re.Pattern[str], value: re.Pattern[str], secrets: Secrets) -> str:
    """With a mask for the value of each secret ``name``; a value ends where ``value``, from there, does."""
    names = {unquote_plus(found[1]).lower() for found in name.finditer(text)}
    oauth = {"code", "state"} if {"code", "state"} <= names else frozenset()  # RFC 6749, 4.1.2
    pieces: list[str] = []
    done = start = 0
    while found := name.search(text, start):
        start = found.end()
        called = unquote_plus(found[1])
        if says(called) == "nothing":
            continue
        glance = value.match(text, start, start + _GLANCE)
        if called.lower() in oauth or is_secret(called, glance[0] if glance else ""):
            content = value.match(text, start)
            end = content.end() if content else start
            pieces += (text[done:start], secrets.hide(text[start:end], f"parameter {called}"))
            done = start = end
    return "".join([*pieces, text[done:]])

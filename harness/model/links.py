"""What stands between a customer's browser and the product: blocked hosts, a proxy, TLS, a login."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen
from harness.references import ENV

REPLICA = "replica"  # the certificate authority that is made for each replica
CERTIFICATES = "certificates"  # the folder beside an environment file that has others
GATEWAYS = "gateways"  # and the one that has gateways
GATEWAY = rf"{GATEWAYS}/[A-Za-z0-9_][A-Za-z0-9_.-]*\.yaml"
_HOST = r"[a-z0-9*_]([a-z0-9*_-]*[a-z0-9*_])?(\.[a-z0-9*_]([a-z0-9*_-]*[a-z0-9*_])?)*"
_CERTIFICATE = rf"({REPLICA}|{CERTIFICATES}/[A-Za-z0-9_][A-Za-z0-9_.-]*\.(pem|crt))"
_USER = r"[A-Za-z0-9_][A-Za-z0-9_.@-]*"


def _is_host(value: str) -> str:
    if not re.fullmatch(_HOST, value):
        raise Mistake(
            Message("`{text}` is no host", text=value),
            Message("write {example} without scheme, port and path", example="ads.example or *.ads.example,"),
        )
    return value


def _is_certificate(value: str) -> str:
    if not re.fullmatch(_CERTIFICATE, value):
        raise Mistake(
            Message("`{text}` is no certificate authority beside this file", text=value),
            Message(
                "write {replica}, or put a .pem into {folder} and write {folder}name.pem",
                replica=REPLICA,
                folder=f"{CERTIFICATES}/",
            ),
        )
    return value


def _is_gateway(value: str) -> str:
    if not re.fullmatch(GATEWAY, value):
        raise Mistake(
            Message("`{text}` is no gateway beside this file", text=value),
            Message("put a .yaml into {folder} and write {folder}name.yaml", folder=f"{GATEWAYS}/"),
        )
    return value


HostPattern = Annotated[
    str, AfterValidator(_is_host), Field(max_length=253, json_schema_extra={"pattern": f"^{_HOST}$"})
]
"""A host; ``*`` stands for any characters: ``*.example.com`` is every host below ``example.com``."""
CertificateName = Annotated[
    str, AfterValidator(_is_certificate), Field(json_schema_extra={"pattern": f"^{_CERTIFICATE}$"})
]
"""``replica``, or ``certificates/name.pem`` beside the environment file."""
GatewayName = Annotated[str, AfterValidator(_is_gateway), Field(json_schema_extra={"pattern": f"^{GATEWAY}$"})]
"""``gateways/name.yaml`` beside the environment file."""
Knows = Literal["right", "wrong", "none"]


class Login(Frozen):
    """A user whom something asks for, and what the client knows of the password; without a ``password`` each replica
    has one of its own."""

    user: str = Field(default="", pattern=f"^({_USER})?$", max_length=100)
    password: str = Field(default="", json_schema_extra={"pattern": rf"^({ENV.pattern})?$"})
    client_knows: Knows = "right"

    @model_validator(mode="after")
    def _fits(self) -> "Login":
        if self.password and not ENV.fullmatch(self.password):
            raise Mistake(
                Message("a password does not stand in a file"),
                Message("write ${{env:NAME}}, or leave it out: each replica has one of its own then"),
            )
        if not self.user and (self.password or self.client_knows != "right"):
            raise Mistake(Message("there is no `user` whose password it is"), Message("say `user` beside it"))
        return self


class Proxy(Login):
    """A forward proxy of the client's network; ``{}`` is one that asks nobody who they are."""


class BasicAuth(Login):
    """A login (RFC 7617) before the product."""

    user: str = Field(pattern=f"^{_USER}$", max_length=100)


def is_gateway(name: str) -> bool:
    """Whether an entry of ``compat`` names a gateway, and not a part of a recipe."""
    return name.startswith(f"{GATEWAYS}/")


def matches(pattern: str, host: str) -> bool:
    """Whether a host is one of those that a pattern means."""
    return bool(re.fullmatch(regex(pattern), host.lower().rstrip(".")))


def regex(pattern: str) -> str:
    """A pattern of hosts as a regular expression (of Python, and PCRE)."""
    return ".*".join(re.escape(part) for part in pattern.split("*"))


def shown(login: Any) -> dict[str, str]:
    """What people are shown of a proxy or a login, by field; the empty one says that it is there."""
    rows = {"": "on", "user": login["user"], "password": login["password"], "client_knows": login["client_knows"]}
    return {name: text for name, text in rows.items() if text and (name, text) != ("client_knows", "right")}

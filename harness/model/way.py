"""How a browser gets to what it asks for, in one replica."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A user, and a password."""

    user: str
    password: str


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a browser gets to what it asks for."""

    proxy: str = ""  # "proxy:3128"
    blocked: tuple[str, ...] = ()  # patterns of hosts that it does not get to
    product: str = "product"  # its host
    proxy_realm: str = "proxy"
    product_realm: str = "front"
    logins: Mapping[str, Credential | None] = field(default_factory=dict)
    """What it answers a realm that asks for a login; None where the client does not know it."""

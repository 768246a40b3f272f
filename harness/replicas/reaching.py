"""How a browser that runs elsewhere reaches a product that is in a network of this machine."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness import references
from harness.engine.tunnel import listening
from harness.errors import ReplicaError
from harness.language import Message
from harness.model import Client

ADVICE = Message(
    "`product_host` is a name or address that the browser's machine has for this one; a free port of it is passed on "
    "to the product as long as it runs"
)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The product's URL for that browser, or why there is none."""

    url: str = ""
    problem: Message | None = None


def reach(
    client: Client, scheme: str, entrance: tuple[str, int], stack: ExitStack, environ: Mapping[str, str]
) -> Reach:
    """By the address that the product has here, where the browser's server is on this machine; by a port of this
    machine, which is closed with ``stack``, where the file has a name for it. ReplicaError where there is none free."""
    browser = client.browser
    if host := references.expanded(browser.product_host, environ):
        try:
            port = stack.enter_context(listening(_own_address(host), entrance))
        except OSError as exc:
            raise ReplicaError(Message("no port of this machine is to be had: {why}", why=str(exc)), ADVICE) from exc
        return Reach(url=f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")
    server = urlsplit(references.expanded(browser.url, environ)).hostname or ""
    try:
        addresses = _addresses(server)
    except OSError as exc:
        why = Message("there is no address of {host}: {why}", host=server, why=exc.strerror or str(exc))
        return Reach(problem=Message("the browser does not start: {why}", why=why))
    if all(map(_is_own, addresses)):
        return Reach(url=f"{scheme}://{entrance[0]}:{entrance[1]}")
    return Reach(
        problem=Message(
            "the browser behind {host} is not on this machine, and the file does not say as `product_host` under "
            "which name or address it reaches this machine",
            host=server,
        )
    )


def _own_address(host: str) -> str:
    """What to listen on: the address that ``host`` is, where that is ours; else all, as something leads from there to
    here."""
    try:
        own = [address for address in _addresses(host) if ":" not in address and _is_own(address)]
    except OSError:
        return ""
    return own[0] if own else ""


def _addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def _is_own(address: str) -> bool:
    """Whether something can listen there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as tried:
            tried.bind((address, 0))
    except OSError:
        return False
    return True

"""What stands between browser and product in one replica, planned: names, ports, certificates, logins."""

import os
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from harness import references
from harness.links import LINKS, wanted_links
from harness.links.front import REALM as FRONT
from harness.links.proxy import REALM as PROXY
from harness.masking import Secrets
from harness.model import Credential, Environment, Way
from harness.model.links import Login
from harness.protocols import Crossing
from harness.replicas.specs import ORIGIN, PRODUCT

PASSWORD_BYTES = 12
ISSUED_BEFORE, VALID_FOR = timedelta(days=90), timedelta(days=275)  # a year together, as those of the web
LOOPBACK = ("localhost", "127.0.0.1")  # where a person's own browser gets to it


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A member of ``links/``, and where it stands."""

    member: str
    crossing: Crossing


@dataclass(frozen=True, kw_only=True)
class Crossings:
    """All that stands between browser and product, in the order in which a request passes it."""

    planned: tuple[Planned, ...] = ()
    authority: bytes = b""  # PEM of the certificate authority of the replica, where there is one
    way: Way = field(default_factory=Way)
    scheme: str = "http"
    port: int = 0  # of the product, as the browser sees it

    @property
    def before_product(self) -> tuple[Planned, ...]:
        return tuple(one for one in self.planned if LINKS[one.member].before_product)

    @property
    def login(self) -> Credential | None:
        """What the login before the product takes, whatever the client knows of it."""
        return next((one.crossing.login for one in self.before_product if one.crossing.login), None)


def crossings(
    environment: Environment,
    product_port: int,
    secrets: Secrets,
    environ: Mapping[str, str] = os.environ,
    rules: Sequence[Mapping[str, Any]] = (),
) -> Crossings:
    """The plan; ``rules`` are those of its gateways. Its passwords and keys are kept out of evidence. KeyError where
    a variable is not set, of which ``case_secrets`` has told before."""
    link = environment.link
    wanted = wanted_links(environment)
    fronts = [name for name in wanted if LINKS[name].before_product]
    names = {name: PRODUCT if name in fronts[:1] else name for name in wanted}
    ports = {name: LINKS[name].port(link, product_port) for name in wanted}
    logins = {
        "proxy": (PROXY, link.proxy, _known(link.proxy, "link.proxy.password", secrets, environ)),
        "front": (FRONT, link.basic_auth, _known(link.basic_auth, "link.basic_auth.password", secrets, environ)),
    }
    authority, certificate, key = _certified(secrets) if link.tls else (b"", b"", b"")
    planned = []
    for name in wanted:
        below = [ORIGIN, product_port]
        if name in fronts[:-1]:
            following = fronts[fronts.index(name) + 1]
            below = [names[following], ports[following]]
        crossing = Crossing(
            link=link,
            name=names[name],
            port=ports[name],
            upstream=f"http://{below[0]}:{below[1]}" if name in fronts else "",
            login=logins[name][2] if name in logins else None,
            certificate=certificate if name == "front" else b"",
            key=key if name == "front" else b"",
            rules=tuple(rules) if name == "gateway" else (),
        )
        planned.append(Planned(member=name, crossing=crossing))
    way = Way(
        proxy=f"{names['proxy']}:{ports['proxy']}" if link.proxy else "",
        blocked=link.blocked,
        product=PRODUCT,
        proxy_realm=PROXY,
        product_realm=FRONT,
        logins={realm: _of_client(login, known) for realm, login, known in logins.values() if known and login},
    )
    return Crossings(
        planned=tuple(planned),
        authority=authority,
        way=way,
        scheme="https" if link.tls else "http",
        port=ports[fronts[0]] if fronts else product_port,
    )


def _known(login: Login | None, name: str, secrets: Secrets, environ: Mapping[str, str]) -> Credential | None:
    if login is None or not login.user:
        return None
    password = references.expanded(login.password, environ) or randomness.token_urlsafe(PASSWORD_BYTES)
    secrets.add(password, name)
    return Credential(user=login.user, password=password)


def _of_client(login: Login, known: Credential) -> Credential | None:
    if login.client_knows == "wrong":
        return Credential(user=known.user, password=randomness.token_urlsafe(PASSWORD_BYTES))
    return known if login.client_knows == "right" else None


def _certified(secrets: Secrets) -> tuple[bytes, bytes, bytes]:
    """A certificate authority, the product's certificate of it, and that one's private key, all PEM."""
    import trustme

    authority = trustme.CA(organization_name="Certificate authority of a replica")
    now = datetime.now(UTC)
    certified = authority.issue_cert(PRODUCT, *LOOPBACK, not_before=now - ISSUED_BEFORE, not_after=now + VALID_FOR)
    key = certified.private_key_pem.bytes()
    secrets.add(key.decode(), "link.tls.key")
    chain = b"".join(one.bytes() for one in certified.cert_chain_pems)
    return authority.cert_pem.bytes(), chain, key

"""Services: what can be written under ``server.services`` in an environment file."""

from typing import Any

from harness.language import Message
from harness.model import ServiceRef
from harness.protocols import Service
from harness.services.ldap import Ldap
from harness.services.mariadb import MariaDb
from harness.services.postgresql import PostgreSql
from harness.services.rabbitmq import RabbitMq
from harness.services.redis import Redis
from harness.services.settings import DATA, DATABASE, HOME, PASSWORD
from harness.services.smtp import Smtp
from harness.services.terms import Terms

__all__ = ["DATA", "DATABASE", "HOME", "PASSWORD", "SERVICES", "Terms", "access", "meant", "terms", "unknown"]

SERVICES: dict[str, Service] = {
    "postgresql": PostgreSql(),
    "mariadb": MariaDb(),
    "redis": Redis(),
    "rabbitmq": RabbitMq(),
    "ldap": Ldap(),
    "smtp": Smtp(),
}

UNAVAILABLE = ("mongodb", "mongo", "mongod", "ferretdb")  # what customers have, and no distribution here packages
NEAR = 0.8  # a name is so near to another that it is taken for a slip of the pen, difflib.SequenceMatcher.ratio


def terms(ref: ServiceRef) -> Terms:
    """How a service is used. One that is given as an image is known by its name where there is a convention for such
    images; else it is as its file says."""
    known = SERVICES.get(ref.name)
    return Terms(ref=ref, known=known if known and (not ref.image or known.convention) else None)


def unknown(name: str) -> tuple[Message, Message]:
    """What to say to who asks for a service that is none of ``SERVICES``, and gives no image of it."""
    example = f"{{name: {name}, image: name@sha256:…, port: …, data: […]}}"
    advice = Message("give an image that there is: {example}", example=example)
    if name in UNAVAILABLE:
        return Message("{name} cannot be had: no distribution here packages a server of it", name=name), advice
    if near := meant(name):
        advice = Message("did you mean `{choice}`?", choice=near)
    return Message("there is no service `{name}`", name=name), advice


def meant(name: str) -> str:
    """The service that somebody means who writes the name of none; empty where that is not clear."""
    import difflib

    return next(iter(difflib.get_close_matches(name.lower(), SERVICES, n=1, cutoff=NEAR)), "")


def access(ref: ServiceRef, password: str) -> dict[str, Any]:
    """What templates see of a service that runs, but for its version."""
    return terms(ref).access(password)

"""Services: what can be written under ``server.services`` in an environment file."""

from typing import Any

from harness.errors import nearest
from harness.language import Message
from harness.protocols import Service
from harness.services.ldap import Ldap
from harness.services.mariadb import MariaDb
from harness.services.postgresql import PostgreSql
from harness.services.rabbitmq import RabbitMq
from harness.services.redis import Redis
from harness.services.settings import DATA, DATABASE, HOME, PASSWORD
from harness.services.smtp import Smtp

__all__ = ["DATA", "DATABASE", "HOME", "PASSWORD", "SERVICES", "access", "unknown"]

SERVICES: dict[str, Service] = {
    "postgresql": PostgreSql(),
    "mariadb": MariaDb(),
    "redis": Redis(),
    "rabbitmq": RabbitMq(),
    "ldap": Ldap(),
    "smtp": Smtp(),
}

UNAVAILABLE = ("mongodb", "mongo", "mongod", "ferretdb")  # what customers have, and nothing here brings


def unknown(name: str) -> tuple[Message, Message | None]:
    """What to say to who asks for a service that is none of ``SERVICES``."""
    if name in UNAVAILABLE:
        what = Message("{name} cannot be had: no distribution here packages a server of it", name=name)
        return what, Message(
            "put it into the product's own image (installer `dockerfile` or `image`), or use one of: {choices}",
            choices=", ".join(SERVICES),
        )
    return Message("there is no service `{name}`", name=name), nearest(name, SERVICES)


def access(name: str, password: str) -> dict[str, Any]:
    """What templates see of a service that runs, but for its version."""
    service = SERVICES[name]
    return {
        "url": service.url(name, password),
        "host": name,
        "port": service.port,
        "user": service.account,
        "password": password,
        "database": service.database,
    }

"""Services: what can be written under ``server.services`` in an environment file."""

from typing import Any

from harness.protocols import Service
from harness.services.ldap import Ldap
from harness.services.mariadb import MariaDb
from harness.services.postgresql import PostgreSql
from harness.services.rabbitmq import RabbitMq
from harness.services.redis import Redis
from harness.services.settings import DATA, DATABASE, HOME, PASSWORD
from harness.services.smtp import Smtp

__all__ = ["DATA", "DATABASE", "HOME", "PASSWORD", "SERVICES", "access"]

SERVICES: dict[str, Service] = {
    "postgresql": PostgreSql(),
    "mariadb": MariaDb(),
    "redis": Redis(),
    "rabbitmq": RabbitMq(),
    "ldap": Ldap(),
    "smtp": Smtp(),
}


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
